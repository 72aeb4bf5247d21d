// BMP, WebP and TIFF by OpenCV, which gets to see only files whose header was read here first.
#include <cstdio>
// jpeglib.h needs it first.
#include <jpeglib.h>
#include <png.h>

#include <cstring>
#include <iostream>
#include <map>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string_view>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

// cv::imdecode reports what it throws on std::cerr, too. This buffer drops what a thread writes
// while it decodes and passes on all the rest.
class QuietBuffer : public std::streambuf {
 public:
  explicit QuietBuffer(std::streambuf* target) : target_(target) {}
  static thread_local bool quiet;

 private:
  int_type overflow(int_type c) override {
    return quiet || !target_ ? traits_type::not_eof(c) : target_->sputc(traits_type::to_char_type(c));
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    return quiet || !target_ ? size : target_->sputn(text, size);
  }
  int sync() override { return quiet || !target_ ? 0 : target_->pubsync(); }

  std::streambuf* target_;
};
thread_local bool QuietBuffer::quiet = false;

// What the headers say that OpenCV does not tell.
struct Header {
  std::uint64_t width = 0, height = 0;
  bool premultiplied = false;
  int orientation = 1;
};

// Little or big endian numbers of a header; a header that ends early is a truncated file.
class HeaderReader {
 public:
  HeaderReader(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  std::uint32_t number(std::size_t at, int size) const {
    if (at > bytes_.size() || bytes_.size() - at < static_cast<std::size_t>(size))
      fail_data("truncated header");
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i)
      value |= std::uint32_t{bytes_[at + i]} << 8 * (big_endian_ ? size - 1 - i : i);
    return value;
  }

 private:
  Bytes bytes_;
  bool big_endian_;
};

std::uint64_t magnitude(std::uint32_t value) {
  return value > INT32_MAX ? std::uint64_t{1} + ~value : value;  // two's complement
}

Header bmp_header(Bytes encoded) {
  const HeaderReader in(encoded, false);
  const std::uint32_t size = in.number(14, 4);
  Header header;
  if (size == 12) {
    header.width = in.number(18, 2);
    header.height = in.number(20, 2);
    return header;
  }
  header.width = magnitude(in.number(18, 4));
  header.height = magnitude(in.number(22, 4));  // negative: rows from the top
  return header;
}

Header webp_header(Bytes encoded) {
  const HeaderReader in(encoded, false);
  Header header;
  const std::string_view chunk(reinterpret_cast<const char*>(encoded.data()) + 12,
                               encoded.size() < 16 ? 0 : 4);
  if (chunk == "VP8 ") {
    header.width = in.number(26, 2) & 0x3FFF;
    header.height = in.number(28, 2) & 0x3FFF;
  } else if (chunk == "VP8L") {
    const std::uint32_t bits = in.number(21, 4);
    header.width = (bits & 0x3FFF) + 1;
    header.height = (bits >> 14 & 0x3FFF) + 1;
  } else if (chunk == "VP8X") {
    if (in.number(20, 1) & 2) fail_data("animated WebP");
    header.width = in.number(24, 3) + 1;
    header.height = in.number(27, 3) + 1;
    for (std::size_t at = 12; at + 8 <= encoded.size();) {  // chunks: name, size, bytes, padding to even
      const std::size_t size = in.number(at + 4, 4);
      if (std::memcmp(encoded.data() + at, "EXIF", 4) == 0 && size <= encoded.size() - at - 8) {
        Bytes exif = encoded.subspan(at + 8, size);
        if (exif.size() > 6 && std::memcmp(exif.data(), "Exif\0", 6) == 0) exif = exif.subspan(6);
        header.orientation = exif_orientation(exif);
      }
      at += 8 + size + size % 2;
    }
  } else {
    fail_data("damaged WebP: unknown first chunk");
  }
  return header;
}

bool is_known_compression(std::uint32_t method) {
  // None, three of fax, LZW, JPEG, deflate under two numbers, runs. The rest of what libtiff has is not
  // worth what it could do.
  for (const std::uint32_t known : {1, 2, 3, 4, 5, 7, 8, 32946, 32773})
    if (method == known) return true;
  return false;
}

// The first directory, read as strictly as it must be for libtiff to see the same numbers. Its orientation
// is applied by OpenCV itself.
Header tiff_header(Bytes encoded, const DecodeLimits& limits) {
  enum Tag : std::uint32_t {
    width = 256,
    height = 257,
    bits = 258,
    compression = 259,
    samples = 277,
    tile_width = 322,
    tile_height = 323,
    extra_samples = 338
  };
  const HeaderReader in(encoded, encoded[0] == 'M');
  std::map<std::uint32_t, std::uint32_t> values = {{bits, 1}, {compression, 1}, {samples, 1}};
  std::set<std::uint32_t> given;
  const std::size_t directory = in.number(4, 4);
  const std::uint32_t entries = in.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;  // tag, type, count, value
    const std::uint32_t tag = in.number(entry, 2), type = in.number(entry + 2, 2),
                        count = in.number(entry + 4, 4);
    if (tag != width && tag != height && tag != bits && tag != compression && tag != samples &&
        tag != tile_width && tag != tile_height && tag != extra_samples)
      continue;
    const int size = type == 4 ? 4 : 2;
    if ((type != 3 && type != 4) || count == 0 || !given.insert(tag).second)
      fail_data(core::str("damaged TIFF: tag ", tag));
    const bool inside = std::uint64_t{count} * size <= 4;
    values[tag] = in.number(inside ? entry + 8 : in.number(entry + 8, 4), size);
  }
  if (values[bits] > 16) fail_data(core::str("TIFF with ", values[bits], " bits per sample"));
  if (values[samples] > 5) fail_data(core::str("TIFF with ", values[samples], " samples per pixel"));
  if (!is_known_compression(values[compression]))
    fail_data(core::str("TIFF compressed by method ", values[compression]));
  if (given.contains(tile_width) || given.contains(tile_height))
    check_dimensions(values[tile_width], values[tile_height], limits);
  Header header;
  header.width = values[width], header.height = values[height];
  // libtiff multiplies 8-bit colours by their alpha, and leaves deeper ones as they are.
  header.premultiplied = values[bits] <= 8 || values[extra_samples] == 1;
  return header;
}

Header read_header(Bytes encoded, OpenCvKind kind, const DecodeLimits& limits) {
  switch (kind) {
    case OpenCvKind::bmp:
      return bmp_header(encoded);
    case OpenCvKind::webp:
      return webp_header(encoded);
    default:
      return tiff_header(encoded, limits);
  }
}

cv::Mat imdecode_quietly(Bytes encoded) {
  prepare_opencv();
  const cv::Mat bytes(1, static_cast<int>(encoded.size()), CV_8U, const_cast<unsigned char*>(encoded.data()));
  struct Quiet {
    Quiet() { QuietBuffer::quiet = true; }
    ~Quiet() { QuietBuffer::quiet = false; }
  } quiet;
  try {
    return cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    return {};
  }
}

}  // namespace

void prepare_opencv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    std::cerr.rdbuf(new QuietBuffer(std::cerr.rdbuf()));  // for as long as std::cerr lives
  });
}

Decoded decode_by_opencv(Bytes encoded, OpenCvKind kind, const DecodeLimits& limits) {
  const char* name = kind == OpenCvKind::bmp ? "BMP" : kind == OpenCvKind::webp ? "WebP" : "TIFF";
  if (encoded.size() > INT32_MAX) fail_data(core::str(name, " of more than 2 GiB"));
  const Header header = read_header(encoded, kind, limits);
  check_dimensions(header.width, header.height, limits);
  cv::Mat mat = imdecode_quietly(encoded);
  if (mat.empty()) fail_data(core::str("truncated or damaged ", name));
  if (mat.depth() == CV_16U)
    mat.convertTo(mat, CV_8U, 1 / 257.0);
  else if (mat.depth() != CV_8U)
    fail_data(core::str(name, " with floating-point or signed pixels"));
  if (mat.channels() == 3) cv::cvtColor(mat, mat, cv::COLOR_BGR2RGB);
  if (mat.channels() == 4) cv::cvtColor(mat, mat, cv::COLOR_BGRA2RGBA);
  Image picture(mat.cols, mat.rows, mat.channels());
  for (int y = 0; y < mat.rows; ++y)
    std::memcpy(picture.at(0, y), mat.ptr(y), static_cast<std::size_t>(mat.cols) * mat.channels());
  return {upright(std::move(picture), header.orientation), header.premultiplied};
}

Dimensions opencv_dimensions(Bytes encoded, OpenCvKind kind) {
  const Header header = read_header(encoded, kind, {});
  return {header.width, header.height};
}

std::string decoder_versions() {
  return core::str("OpenCV ", cv::getVersionString(), " libpng ", png_get_libpng_ver(nullptr), " libjpeg ",
                   JPEG_LIB_VERSION, ' ', LIBJPEG_TURBO_VERSION_NUMBER);
}

}  // namespace facegan::image
