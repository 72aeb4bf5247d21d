// The formats that are read besides JPEG: every kind of pixel, damaged files and bombs.
#include <gtest/gtest.h>
#include <png.h>

#include "bmp_bytes.h"
#include "jpeg_bytes.h"
#include "picture_files.h"
#include "tiff_bytes.h"
#include "webp_bytes.h"

namespace facegan::image {
namespace {

struct PngStyle {
  int color_type, depth;
  bool interlaced = false, transparent = false;  // transparent: tRNS
};

// Sample c of pixel (x, y), 0 to 2^depth - 1, spread over the range.
unsigned sample(int x, int y, int c, int depth) {
  return (x * 7919u + y * 104729u + c * 1299709u) % (1u << depth);
}

std::string png(int width, int height, const PngStyle& style) {
  std::string out;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  png_set_write_fn(
      writer, &out,
      [](png_structp in, png_bytep data, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(in))->append(reinterpret_cast<char*>(data), size);
      },
      [](png_structp) {});
  png_set_IHDR(writer, info, width, height, style.depth, style.color_type,
               style.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  png_color palette[256];
  png_byte alpha[256];
  for (int i = 0; i < 256; ++i) {
    const auto value = static_cast<png_byte>(i);
    palette[i] = {value, static_cast<png_byte>(255 - i), static_cast<png_byte>(i * 5)};
    alpha[i] = static_cast<png_byte>(i * 3);
  }
  const bool by_palette = style.color_type == PNG_COLOR_TYPE_PALETTE;
  if (by_palette) png_set_PLTE(writer, info, palette, 1 << style.depth);
  png_color_16 clear{};
  clear.gray = clear.red = static_cast<png_uint_16>(sample(0, 0, 0, style.depth));
  clear.green = static_cast<png_uint_16>(sample(0, 0, 1, style.depth));
  clear.blue = static_cast<png_uint_16>(sample(0, 0, 2, style.depth));
  if (style.transparent) png_set_tRNS(writer, info, alpha, by_palette ? 1 << style.depth : 1, &clear);
  const int channels = png_get_channels(writer, info);
  std::vector<std::vector<png_byte>> rows(height);
  std::vector<png_bytep> pointers;
  for (int y = 0; y < height; ++y) {
    rows[y].resize((width * channels * style.depth + 7) / 8);
    for (int i = 0; i < width * channels; ++i) {
      const unsigned value = sample(i / channels, y, i % channels, style.depth);
      if (style.depth == 16) {
        rows[y][2 * i] = static_cast<png_byte>(value >> 8);
        rows[y][2 * i + 1] = static_cast<png_byte>(value);
      } else {
        rows[y][i * style.depth / 8] |=
            static_cast<png_byte>(value << (8 - style.depth - i * style.depth % 8));
      }
    }
    pointers.push_back(rows[y].data());
  }
  png_set_rows(writer, info, pointers.data());
  png_write_png(writer, info, 0, nullptr);
  png_destroy_write_struct(&writer, &info);
  return out;
}

// What the standard says that pixel (x, y) of png() looks like on white.
void expected_rgb(int x, int y, const PngStyle& style, double (&rgb)[3]) {
  const bool grey = !(style.color_type & PNG_COLOR_MASK_COLOR);
  double alpha = 1;
  if (style.color_type == PNG_COLOR_TYPE_PALETTE) {
    const unsigned i = sample(x, y, 0, style.depth);
    rgb[0] = i, rgb[1] = 255 - static_cast<int>(i), rgb[2] = i * 5 % 256;
    if (style.transparent) alpha = i * 3 % 256 / 255.0;
  } else {
    bool clear = style.transparent;
    const double highest = (1 << style.depth) - 1;
    for (int c = 0; c < 3; ++c) {
      rgb[c] = 255 * sample(x, y, grey ? 0 : c, style.depth) / highest;
      clear = clear && sample(x, y, grey ? 0 : c, style.depth) == sample(0, 0, grey ? 0 : c, style.depth);
    }
    if (style.color_type & PNG_COLOR_MASK_ALPHA) alpha = sample(x, y, grey ? 1 : 3, style.depth) / highest;
    if (clear) alpha = 0;
  }
  for (double& value : rgb) value = alpha * value + 255 * (1 - alpha);
}

TEST(ImagePngFiles, EveryColorTypeDepthAndInterlace) {
  const std::pair<int, std::vector<int>> types[] = {{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
                                                    {PNG_COLOR_TYPE_RGB, {8, 16}},
                                                    {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
                                                    {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
                                                    {PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}};
  for (const auto& [type, depths] : types)
    for (const int depth : depths)
      for (const bool interlaced : {false, true})
        for (const bool transparent : {false, true}) {
          if (transparent && (type & PNG_COLOR_MASK_ALPHA)) continue;
          const PngStyle style{type, depth, interlaced, transparent};
          // One rounding, or three: of the colour, of its alpha, of the mixture.
          const double tolerance = depth == 16 && type & PNG_COLOR_MASK_ALPHA ? 1.5 : 0.51;
          const Image image = decode_original(as_bytes(png(13, 11, style)), 3);
          ASSERT_EQ(image.width, 13);
          for (int y = 0; y < 11; ++y)
            for (int x = 0; x < 13; ++x) {
              double rgb[3];
              expected_rgb(x, y, style, rgb);
              for (int c = 0; c < 3; ++c)
                ASSERT_NEAR(image.at(x, y)[c], rgb[c], tolerance)
                    << "type " << type << " depth " << depth << " interlaced " << interlaced << " tRNS "
                    << transparent;
            }
        }
}

TEST(ImagePngFiles, DamageAndBombsAreErrors) {
  const std::string file = png(40, 30, {PNG_COLOR_TYPE_RGB, 8});
  ASSERT_EQ(reason(file), "");
  for (std::size_t size = 8; size < file.size(); size += 5)
    ASSERT_EQ(reason(file.substr(0, size)), "truncated PNG");
  for (std::size_t at = 8; at < file.size(); at += 11) {
    std::string bad = file;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_NE(reason(bad), "") << at;  // each chunk has a checksum
  }
  // A header alone must not cost memory, whatever it promises.
  std::string bomb = png(1, 1, {PNG_COLOR_TYPE_GRAY, 1});
  bomb.replace(16, 8, std::string("\0\0\xEA\x60\0\0\xEA\x60", 8));
  bomb.replace(29, 4, "\x00\x00\x00\x00", 4);
  EXPECT_NE(reason(bomb), "");
  EXPECT_EQ(reason(file, {.max_pixels = 1199}), "40x30 pixels are more than the limit of 1,199");
  EXPECT_EQ(reason(file, {.max_pixels = 1200}), "");
  EXPECT_NE(reason(file, {.max_bytes = 100}).find("larger than the limit of 100 B"), std::string::npos);
}

TEST(ImageOtherFiles, PnmOfEveryKind) {
  const auto read = [](const std::string& file) { return decode_original(as_bytes(file), 1).pixels; };
  using Row = std::vector<unsigned char>;
  EXPECT_EQ(read("P1 # bits\n3 2\n101 0 1\t0\n"), (Row{0, 255, 0, 255, 0, 255}));
  EXPECT_EQ(read(std::string("P4\n3 2\n\xA0\x40", 9)), (Row{0, 255, 0, 255, 0, 255}));
  EXPECT_EQ(read("P2 2 1 # ten\n 10\n 5 10"), (Row{128, 255}));
  EXPECT_EQ(read("P5 2 1 15 \x03\x0F"), (Row{51, 255}));
  EXPECT_EQ(read(std::string("P5 2 1 1023\n\x03\xFF\x00\x00", 16)), (Row{255, 0}));
  EXPECT_EQ(decode_original(as_bytes("P3 1 1 255 1 2 3"), 3).pixels, (Row{1, 2, 3}));
  EXPECT_EQ(decode_original(as_bytes("P6 1 1 255\nabc"), 3).pixels, (Row{'a', 'b', 'c'}));
  for (const char* bad :
       {"P5 2 2 255 abc", "P5 2 2 0 abcd", "P5 x", "P5 2", "P2 1 1 9 x", "P1 1 1 7", "P5 0 4 255 "})
    EXPECT_NE(reason(bad), "") << bad;
  EXPECT_EQ(reason("P5 10000 9000 255\n"), "truncated PNM");
  EXPECT_NE(reason("P5 99999999 99999999 255\n").find("limit"), std::string::npos);
}

std::string ppm(const Image& image) {
  return "P6 " + std::to_string(image.width) + ' ' + std::to_string(image.height) + " 255\n" +
         std::string(image.pixels.begin(), image.pixels.end());
}

TEST(ImageOtherFiles, GarbageAndDamageNeverGetThroughOrPrint) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(reason(""), "empty file");
  for (const std::string text : {"hello, this is a text named .jpg", "P9 1 1", "B", "RIFF....WAVE"})
    EXPECT_EQ(reason(text).substr(0, 36), "not a picture of a known kind (JPEG,") << text;
  const Image noise = [] {
    Image out(24, 24, 3);
    std::uint32_t state = 1;
    for (unsigned char& value : out.pixels)
      value = static_cast<unsigned char>((state = state * 1664525 + 1013904223) >> 24);
    return out;
  }();
  for (const std::string& file :
       {bmp_bytes::bmp(noise), tiff_bytes::tiff(noise), webp_bytes::webp(noise, 101),
        webp_bytes::webp(noise, 90), jpeg_bytes::jpeg(noise), encode_png(noise), ppm(noise)}) {
    ASSERT_EQ(reason(file), "");
    // The last four bytes of a TIFF say that no picture follows.
    for (std::size_t size = 0; size < file.size() - 4; size += 13)
      ASSERT_NE(reason(file.substr(0, size)), "") << file.substr(0, 4) << ' ' << size;
    for (std::size_t at = 0; at < file.size();
         at = at < 200 ? at + 1 : at + 37)  // the result may be anything
      for (const int flip : {0x01, 0x80, 0xFF}) {
        std::string bad = file;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        reason(bad);
      }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace facegan::image
