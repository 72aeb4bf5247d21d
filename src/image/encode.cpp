// PNG files with text fields: the same pixels and text give the same bytes.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <new>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"

namespace facegan::image {
namespace {

// Everything that libpng's longjmp may jump over lies here or in the caller.
struct PngWriter {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf jump;
  std::string out, message;

  PngWriter() {
    const auto on_error = [](png_structp png_in, png_const_charp text) {
      auto& writer = *static_cast<PngWriter*>(png_get_error_ptr(png_in));
      writer.message = text;
      std::longjmp(writer.jump, 1);
    };
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {});
    if (png) info = png_create_info_struct(png);
    if (!info) {
      png_destroy_write_struct(&png, nullptr);
      throw std::bad_alloc();
    }
  }
  PngWriter(const PngWriter&) = delete;
  ~PngWriter() { png_destroy_write_struct(&png, &info); }

  void write(const Image& image, std::vector<png_text>& fields, std::vector<png_bytep>& rows) {
    if (setjmp(jump)) throw Error(ErrorKind::internal, core::str("PNG encoder: ", core::printable(message)));
    const auto take = [](png_structp png_in, png_bytep bytes, std::size_t size) {
      static_cast<PngWriter*>(png_get_io_ptr(png_in))->out.append(reinterpret_cast<char*>(bytes), size);
    };
    png_set_write_fn(png, this, take, [](png_structp) {});
    png_set_IHDR(png, info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height), 8,
                 image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    // Fixed here, so that the bytes do not follow the library's defaults.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
    png_set_compression_level(png, 6);
    png_set_text(png, info, fields.data(), static_cast<int>(fields.size()));
    png_write_info(png, info);
    png_write_image(png, rows.data());
    png_write_end(png, info);
  }
};

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

}  // namespace

std::string encode_png(const Image& image, const TextFields& text) {
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3))
    throw Error(ErrorKind::internal,
                core::str("encode_png: ", image.width, "x", image.height, "x", image.channels));
  std::vector<png_text> fields;
  for (const auto& [keyword, value] : text) {
    if (keyword.empty() || keyword.size() > 79 || !is_ascii(keyword) || value.find('\0') != std::string::npos)
      throw Error(ErrorKind::internal, core::str("encode_png: text field '", core::printable(keyword), "'"));
    png_text& field = fields.emplace_back();
    field = {};
    field.compression = is_ascii(value) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    field.key = const_cast<char*>(keyword.c_str());  // only read
    field.text = const_cast<char*>(value.c_str());
    field.text_length = value.size();
  }
  std::vector<png_bytep> rows;
  for (int y = 0; y < image.height; ++y) rows.push_back(const_cast<png_bytep>(image.at(0, y)));
  PngWriter writer;
  writer.write(image, fields, rows);
  return std::move(writer.out);
}

}  // namespace facegan::image
