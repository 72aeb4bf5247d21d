// PNG by libpng, with its errors and warnings kept off the terminal.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr std::size_t kMaxChunkBytes = 8u << 20;  // of a decompressed text or profile chunk

class PngReader {
 public:
  explicit PngReader(Bytes encoded) : rest_(encoded), size_(encoded.size()) {
    const auto on_error = [](png_structp png, png_const_charp message) {
      auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
      std::snprintf(reader.message_, sizeof reader.message_, "%s", message);
      std::longjmp(reader.jump_, 1);
    };
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {});
    if (png_) info_ = png_create_info_struct(png_);
    if (!info_) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  PngReader(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  Decoded read(const DecodeLimits& limits);

 private:
  // Runs calls of libpng; its errors come back here by longjmp. So `calls` must not create anything
  // that has a destructor.
  template <class Calls>
  void guarded(Calls calls) {
    if (setjmp(jump_)) {
      if (truncated_) fail_data("truncated PNG");
      fail_data(core::str("damaged PNG: ", core::printable(message_)));
    }
    calls();
  }

  static void give(png_structp png, png_bytep out, std::size_t size) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader.rest_.size()) {
      reader.truncated_ = true;
      png_error(png, "end of file");
    }
    std::memcpy(out, reader.rest_.data(), size);
    reader.rest_ = reader.rest_.subspan(size);
  }

  Bytes rest_;
  std::uint64_t size_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[160] = "";
  bool truncated_ = false;
};

Decoded PngReader::read(const DecodeLimits& limits) {
  guarded([this] {
    png_set_read_fn(png_, this, give);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_dimensions has our own
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_chunk_cache_max(png_, 64);
    png_read_info(png_, info_);
  });
  check_dimensions(png_get_image_width(png_, info_), png_get_image_height(png_, info_), limits);
  // Deflate cannot do better than 1032 to 1: nothing is allocated for a mere header.
  if (size_ < std::uint64_t{png_get_rowbytes(png_, info_)} * png_get_image_height(png_, info_) / 1040)
    fail_data("truncated PNG");
  guarded([this] {
    png_set_expand(png_);    // palette, 1 to 4 bits and transparent colours become 8-bit channels
    png_set_scale_16(png_);  // rounds, does not chop
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  });
  Image picture(static_cast<int>(png_get_image_width(png_, info_)),
                static_cast<int>(png_get_image_height(png_, info_)), png_get_channels(png_, info_));
  std::vector<png_bytep> rows(static_cast<std::size_t>(picture.height));
  for (int y = 0; y < picture.height; ++y) rows[y] = picture.at(0, y);
  int turn = 1;
  guarded([&] {
    png_read_image(png_, rows.data());
    png_read_end(png_, info_);  // a file that ends before its end chunk is truncated
#ifdef PNG_eXIf_SUPPORTED
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &exif)) turn = exif_orientation(Bytes(exif, size));
#endif
  });
  return {upright(std::move(picture), turn)};
}

}  // namespace

Decoded decode_png_as_stored(Bytes encoded, const DecodeLimits& limits) {
  return PngReader(encoded).read(limits);
}

// The first chunk begins at byte 8: length, "IHDR", width, height.
Dimensions png_dimensions(Bytes encoded) {
  constexpr std::size_t kType = 12, kEnd = 24;
  if (encoded.size() < kEnd) fail_data("truncated PNG");
  if (std::memcmp(encoded.data() + kType, "IHDR", 4) != 0) fail_data("damaged PNG: no IHDR");
  const auto number = [&](std::size_t at) { return std::uint64_t{png_get_uint_32(encoded.data() + at)}; };
  return {number(16), number(20)};
}

}  // namespace facegan::image
