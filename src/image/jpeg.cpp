// JPEG by libjpeg-turbo: only the rows and columns of the crop are transformed.
// clang-format off
#include <cstddef>  // jpeglib.h needs the first two, jerror.h needs jpeglib.h
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr int kMaxScans = 64;  // of a progressive file; usual ones have about ten
// Chroma is interpolated from its neighbours: pixels equal those of a whole decode when at least
// one MCU (at most 32 pixels) more is decoded on each side of the box.
constexpr int kSlack = 32;

// What the standard has and libjpeg has not: lossless, hierarchical and 12-bit files, heights told at the
// end.
bool is_unsupported(int message) {
  for (const int known : {JERR_SOF_UNSUPPORTED, JERR_BAD_PRECISION, JERR_EMPTY_IMAGE, JERR_NOTIMPL,
                          JERR_ARITH_NOTIMPL, JERR_CONVERSION_NOTIMPL, JERR_CCIR601_NOTIMPL})
    if (message == known) return true;
  return false;
}

class JpegReader {
 public:
  explicit JpegReader(Bytes encoded) : encoded_(encoded) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) {
      info->err->format_message(info, self(info).message_);
      std::longjmp(self(info).jump_, 1);
    };
    errors_.emit_message = on_message;
    errors_.output_message = [](j_common_ptr) {};
    info_.client_data = this;
    progress_.progress_monitor = on_progress;
  }
  JpegReader(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&info_); }

  Image read(const Crop& crop, int channels, const DecodeLimits& limits);
  Dimensions dimensions() {
    read_header();
    return {info_.image_width, info_.image_height};
  }

 private:
  // Runs calls of libjpeg; its errors come back here by longjmp. So `calls` must not create anything
  // that has a destructor.
  template <class Calls>
  void guarded(Calls calls) {
    if (setjmp(jump_)) {
      if (truncated_) fail_data("truncated JPEG");
      fail_data(core::str(
          is_unsupported(errors_.msg_code) ? "JPEG of a kind that is not supported: " : "damaged JPEG: ",
          core::printable(message_)));
    }
    calls();
  }

  static JpegReader& self(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }
  static void on_message(j_common_ptr info, int level);
  static void on_progress(j_common_ptr info);
  void read_header();
  int orientation() const;
  void choose_colors(int channels);
  Image read_box(const Box& box, bool stop_early);
  Image from_cmyk(const Image& cmyk) const;

  Bytes encoded_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX] = "";
  bool truncated_ = false;
};

// libjpeg fills what is missing with grey and goes on: for training that is no picture.
void JpegReader::on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // trace
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
      self(info).truncated_ = true;
      [[fallthrough]];
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      info->err->error_exit(info);
  }
}

void JpegReader::on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) {
    std::snprintf(self(info).message_, JMSG_LENGTH_MAX, "more than %d scans", kMaxScans);
    std::longjmp(self(info).jump_, 1);
  }
}

void JpegReader::read_header() {
  guarded([this] {
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_mem_src(&info_, encoded_.data(), static_cast<unsigned long>(encoded_.size()));
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
  });
}

int JpegReader::orientation() const {
  for (const auto* marker = info_.marker_list; marker; marker = marker->next) {
    const Bytes block(marker->data, marker->data_length);
    if (block.size() > 6 && std::memcmp(block.data(), "Exif\0", 6) == 0)
      return exif_orientation(block.subspan(6));
  }
  return 1;
}

void JpegReader::choose_colors(int channels) {
  if (info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK)
    info_.out_color_space = JCS_CMYK;
  else if (info_.jpeg_color_space != JCS_UNKNOWN)
    info_.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  else
    fail_data(core::str("JPEG with ", info_.num_components, " unknown colour channels"));
}

Image JpegReader::read(const Crop& crop, int channels, const DecodeLimits& limits) {
  read_header();
  check_dimensions(info_.image_width, info_.image_height, limits);
  // Huffman codes have at least a bit for each 8 x 8 pixels: nothing is allocated for a mere header.
  const std::uint64_t blocks = std::uint64_t{info_.image_width} * info_.image_height / 64;
  if (!info_.arith_code && encoded_.size() < blocks / 8) fail_data("truncated JPEG");
  choose_colors(channels);
  const int width = static_cast<int>(info_.image_width), height = static_cast<int>(info_.image_height);
  const int turn = orientation();
  Image picture;
  if (turn == 1) {
    // Stopping after the box would miss a truncation below it. Coded data cannot hold the end
    // marker, so a file that ends in it is taken as whole; any other is read to its end.
    const bool ends_well =
        encoded_.size() >= 2 && encoded_[encoded_.size() - 2] == 0xFF && encoded_.back() == 0xD9;
    picture = read_box(crop_box(crop, width, height), ends_well);
  } else {
    picture = upright(read_box({0, 0, width, height}, false), turn);
    const Box box = crop_box(crop, picture.width, picture.height);
    picture = cut(picture, box);
  }
  if (picture.channels == 4) picture = from_cmyk(picture);
  return to_channels(std::move(picture), channels);
}

Image JpegReader::read_box(const Box& box, bool stop_early) {
  JDIMENSION left = 0, width = info_.image_width;
  guarded([&] {
    jpeg_start_decompress(&info_);
    if (box.width() == static_cast<int>(width)) return;
    left = static_cast<JDIMENSION>(std::max(0, box.left - kSlack));
    width = std::min<JDIMENSION>(info_.image_width, static_cast<JDIMENSION>(box.right + kSlack)) - left;
    jpeg_crop_scanline(&info_, &left, &width);  // widens to whole MCUs
  });
  const int channels = info_.output_components;
  Image out(box.width(), box.height(), channels);
  std::vector<unsigned char> line(static_cast<std::size_t>(info_.output_width) * channels);
  const std::size_t offset = (static_cast<std::size_t>(box.left) - left) * channels;
  const std::size_t row_bytes = static_cast<std::size_t>(out.width) * channels;
  guarded([&] {
    JSAMPROW row = line.data();
    const auto top = static_cast<JDIMENSION>(box.top), bottom = static_cast<JDIMENSION>(box.bottom);
    if (box.top > kSlack) jpeg_skip_scanlines(&info_, top - kSlack);
    while (info_.output_scanline < (stop_early ? bottom : info_.output_height)) {
      const JDIMENSION y = info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
      if (y >= top && y < bottom) std::memcpy(out.at(0, static_cast<int>(y - top)), row + offset, row_bytes);
    }
    if (!stop_early) jpeg_finish_decompress(&info_);  // wants the end marker
  });
  return out;
}

// Adobe stores inks inverted (255 = none). [H, W, 4] -> [H, W, 3]
Image JpegReader::from_cmyk(const Image& cmyk) const {
  const int flip = info_.saw_Adobe_marker ? 0 : 255;
  Image rgb(cmyk.width, cmyk.height, 3);
  const unsigned char* in = cmyk.pixels.data();
  for (std::size_t i = 0; i < rgb.pixels.size(); i += 3, in += 4)
    for (int c = 0; c < 3; ++c)
      rgb.pixels[i + c] = static_cast<unsigned char>(((in[c] ^ flip) * (in[3] ^ flip) + 127) / 255);
  return rgb;
}

}  // namespace

Image decode_jpeg(Bytes encoded, const Crop& crop, int channels, const DecodeLimits& limits) {
  return JpegReader(encoded).read(crop, channels, limits);
}

Dimensions jpeg_dimensions(Bytes encoded) {
  return JpegReader(encoded).dimensions();
}

}  // namespace facegan::image
