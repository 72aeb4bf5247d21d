// BMP: every header, depth, order of rows and way to say what a pixel is.
#include <gtest/gtest.h>

#include "bmp_bytes.h"
#include "picture_files.h"

namespace facegan::image {
namespace {

using bmp_bytes::bmp;
using bmp_bytes::BmpStyle;
using bmp_bytes::little;
using bmp_bytes::packed;
using Rows = std::vector<std::vector<std::uint32_t>>;
using Pixels = std::vector<unsigned char>;

constexpr int kWidth = 13, kHeight = 5;

// The value of pixel (x, y), 0 to 2^bits - 1, spread over the range.
std::uint32_t value_at(int x, int y, int bits) {
  const std::uint32_t value = (x + 1) * 2654435761u ^ (y + 1) * 2246822519u;
  return bits == 32 ? value : value >> (32 - bits);
}

// As they are stored: from the bottom, unless the header says from the top.
Rows rows_of(int bits, bool top_down) {
  Rows rows;
  for (int i = 0; i < kHeight; ++i) {
    auto& row = rows.emplace_back();
    for (int x = 0; x < kWidth; ++x) row.push_back(value_at(x, top_down ? i : kHeight - 1 - i, bits));
  }
  return rows;
}

// The level, 0 to 255, of what a mask selects.
int level_of(std::uint32_t value, std::uint32_t mask) {
  if (mask == 0) return 0;
  int shift = 0;
  while (!(mask >> shift & 1)) ++shift;
  return static_cast<int>(std::lround(255.0 * ((value & mask) >> shift) / (mask >> shift)));
}

TEST(ImageBmpFiles, PalettesOfEveryHeaderAndDepth) {
  for (const std::size_t header : {12u, 16u, 40u, 52u, 56u, 64u, 108u, 124u})
    for (const int bits : {1, 2, 4, 8})
      for (const bool top_down : {false, true}) {
        if (header == 12 && top_down) continue;  // it has no sign
        SCOPED_TRACE(testing::Message() << header << ' ' << bits << ' ' << top_down);
        std::string palette;
        for (int i = 0; i < 1 << bits; ++i) {
          palette += little(i * 3 & 0xFF, 1) + little(255 - i, 1) + little(i, 1);  // blue, green, red
          if (header != 12) palette += '\0';
        }
        const Image image = decode_original(
            as_bytes(bmp(kWidth, kHeight, packed(rows_of(bits, top_down), bits),
                         {.bits = bits, .header = header, .top_down = top_down, .gap = 7}, palette)),
            3);
        ASSERT_EQ(image.height, kHeight);
        for (int y = 0; y < kHeight; ++y)
          for (int x = 0; x < kWidth; ++x) {
            const auto i = static_cast<int>(value_at(x, y, bits));
            ASSERT_EQ(image.at(x, y)[0], i);
            ASSERT_EQ(image.at(x, y)[1], 255 - i);
            ASSERT_EQ(image.at(x, y)[2], i * 3 & 0xFF);
          }
      }
}

// A palette may have fewer colours than its depth has numbers; the others are black.
TEST(ImageBmpFiles, ShortPalettes) {
  const std::string pixels = packed({{0, 1, 2, 3}}, 8);
  const Pixels wanted = {7, 8, 9, 4, 5, 6, 0, 0, 0, 0, 0, 0};
  const std::string four = std::string("\x09\x08\x07\0\x06\x05\x04\0", 8), three = "\x09\x08\x07\x06\x05\x04";
  EXPECT_EQ(decode_original(as_bytes(bmp(4, 1, pixels, {.bits = 8, .used = 2}, four)), 3).pixels, wanted);
  EXPECT_EQ(decode_original(as_bytes(bmp(4, 1, pixels, {.bits = 8}, four)), 3).pixels, wanted);
  EXPECT_EQ(decode_original(as_bytes(bmp(4, 1, pixels, {.bits = 8, .header = 12}, three)), 3).pixels, wanted);
}

// Levels are scaled so that the highest is 255. A fourth byte is alpha only where the header says so: in its
// mask, which headers of 40 and 52 bytes do not have but by method 6.
TEST(ImageBmpFiles, BitFields) {
  struct Case {
    int bits;
    std::uint32_t method;
    std::vector<std::size_t> headers;
    std::vector<std::uint32_t> masks;
    std::vector<std::uint32_t> stored;  // when they are not the same
  };
  const std::vector<std::size_t> with_alpha = {56, 108, 124}, all = {40, 52, 56, 108, 124};
  const std::vector<Case> cases = {
      {16, 0, {12, 16, 40, 52, 56, 64, 108, 124}, {0x7C00, 0x3E0, 0x1F}, {}},
      {24, 0, {12, 16, 40, 52, 56, 64, 108, 124}, {0xFF0000, 0xFF00, 0xFF}, {}},
      {32, 0, {12, 16, 40, 52, 56, 64, 108, 124}, {0xFF0000, 0xFF00, 0xFF}, {}},
      {32, 0, {56, 108, 124}, {0xFF0000, 0xFF00, 0xFF}, {0xFF, 0xFF00, 0xFF0000, 0xFF000000}},
      {16, 3, all, {0xF800, 0x7E0, 0x1F}, {}},
      {32, 3, all, {0xFF0000, 0xFF00, 0xFF}, {}},
      {32, 3, all, {0xFF, 0xFF00, 0xFF0000}, {}},
      {32, 3, all, {0xFF000000, 0xFF0000, 0xFF00}, {}},
      {32, 3, all, {0xFFE00000, 0x1FFC00, 0x3FF}, {}},
      {16, 3, all, {0xFF00, 0, 0xFF}, {}},
      {16, 3, with_alpha, {0xF00, 0xF0, 0xF, 0xF000}, {}},
      {16, 6, {40}, {0x7C00, 0x3E0, 0x1F, 0x8000}, {}},
      {32, 6, {40}, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, {}},
      {32, 3, with_alpha, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, {}},
      {32, 3, with_alpha, {0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000}, {}},
  };
  for (const Case& c : cases)
    for (const std::size_t header : c.headers) {
      SCOPED_TRACE(testing::Message() << c.bits << " bits, method " << c.method << ", header " << header
                                      << ", red " << std::hex << c.masks[0]);
      const std::vector<std::uint32_t> in_file = !c.stored.empty() ? c.stored
                                                 : c.method == 0   ? std::vector<std::uint32_t>{}
                                                                   : c.masks;
      const Image image = decode_original(
          as_bytes(bmp(kWidth, kHeight, packed(rows_of(c.bits, false), c.bits),
                       {.bits = c.bits, .method = c.method, .header = header, .masks = in_file})),
          3);
      for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
          const std::uint32_t value = value_at(x, y, c.bits);
          const int alpha = c.masks.size() == 4 ? level_of(value, c.masks[3]) : 255;
          for (int i = 0; i < 3; ++i) {
            const int wanted = (level_of(value, c.masks[i]) * alpha + 255 * (255 - alpha) + 127) / 255;
            ASSERT_EQ(image.at(x, y)[i], wanted) << x << ' ' << y << ' ' << i;
          }
        }
    }
}

// Levels of grey, as far as a palette of them says; -1 where an error is right.
std::vector<int> by_runs(int bits, int width, int height, const std::string& runs,
                         std::string* why = nullptr) {
  std::string palette;
  for (int i = 0; i < 1 << bits; ++i) palette += std::string(3, static_cast<char>(i + 1)) + '\0';
  const std::string file = bmp(width, height, runs, {.bits = bits, .method = bits == 8 ? 1u : 2u}, palette);
  if (why) *why = reason(file);
  if (why && !why->empty()) return {};
  const Pixels pixels = decode_original(as_bytes(file), 1).pixels;
  std::vector<int> indices;
  for (const unsigned char level : pixels) indices.push_back(level - 1);
  return indices;
}

TEST(ImageBmpFiles, Runs) {
  using Row = std::vector<int>;
  const auto s = [](auto&&... bytes) { return std::string{static_cast<char>(bytes)...}; };
  // Three of one, then three as they are and one of padding; rows from the bottom.
  EXPECT_EQ(by_runs(8, 6, 2, s(3, 9, 0, 3, 1, 2, 3, 0, 0, 0, 6, 7, 0, 0, 0, 1)),
            (Row{7, 7, 7, 7, 7, 7, 9, 9, 9, 1, 2, 3}));
  // Two in turn; five nibbles take three bytes and one of padding.
  EXPECT_EQ(by_runs(4, 8, 1, s(3, 0x9A, 0, 5, 0x12, 0x34, 0x5F, 0, 0, 1)), (Row{9, 10, 9, 1, 2, 3, 4, 5}));
  // What is passed over, by a short row, a step or an early end, keeps the first colour.
  EXPECT_EQ(by_runs(8, 3, 3, s(1, 5, 0, 0, 0, 2, 1, 1, 1, 6, 0, 1)), (Row{0, 6, 0, 0, 0, 0, 5, 0, 0}));
  // An end without its mark.
  EXPECT_EQ(by_runs(8, 2, 1, s(2, 5)), (Row{5, 5}));
  // What goes beyond the end of its row is dropped: equal pixels, unequal ones, and after a step to there.
  EXPECT_EQ(by_runs(8, 2, 2, s(3, 5, 0, 0, 1, 6, 0, 1)), (Row{6, 0, 5, 5}));
  EXPECT_EQ(by_runs(8, 2, 1, s(0, 3, 1, 2, 3, 0, 0, 1)), (Row{1, 2}));
  EXPECT_EQ(by_runs(8, 2, 1, s(0, 2, 2, 0, 1, 5, 0, 1)), (Row{0, 0}));
  EXPECT_EQ(by_runs(8, 2, 1, s(2, 5, 0, 0)), (Row{5, 5}));
  for (const auto& [runs, wanted] : std::vector<std::pair<std::string, std::string>>{
           {s(1, 5), "truncated BMP"},
           {s(0, 4, 1, 2), "truncated BMP"},
           {s(0, 2, 1), "truncated BMP"},
           {"", "truncated BMP"},
           {s(0, 2, 3, 0, 0, 1), "damaged BMP: a step out of the picture"},
           {s(0, 2, 0, 2, 0, 1), "damaged BMP: a step out of the picture"}}) {
    std::string why;
    by_runs(8, 2, 1, runs, &why);
    EXPECT_EQ(why, wanted);
  }
}

TEST(ImageBmpFiles, DamageAndBombsAreErrors) {
  const std::string file = bmp(picture(20, 10, 3));
  for (std::size_t size = 2; size < file.size(); ++size)
    ASSERT_EQ(reason(file.substr(0, size)), "truncated BMP") << size;
  // Of the padding of the last row nobody sees anything.
  const std::string odd = bmp(picture(5, 3, 3));
  EXPECT_EQ(reason(odd.substr(0, odd.size() - 1)), "");
  EXPECT_EQ(reason(odd.substr(0, odd.size() - 2)), "truncated BMP");
  const auto why = [](std::size_t at, std::uint32_t value, int bytes, const BmpStyle& style = {}) {
    std::string bad = bmp(4, 4, std::string(64, 'x'), style);
    return reason(bad.replace(at, bytes, little(value, bytes)));
  };
  EXPECT_EQ(why(14, 15, 4), "damaged BMP: a header of 15 bytes");
  EXPECT_EQ(why(14, 0xFFFFFFFF, 4), "damaged BMP: pixels inside of its header");
  EXPECT_EQ(why(10, 30, 4), "damaged BMP: pixels inside of its header");
  EXPECT_EQ(why(28, 3, 2), "BMP with 3 bits a pixel by method 0");
  EXPECT_EQ(why(28, 64, 2), "BMP with 64 bits a pixel by method 0");
  EXPECT_EQ(why(28, 0, 2), "BMP with 0 bits a pixel by method 0");
  EXPECT_EQ(why(30, 1, 4), "BMP with 24 bits a pixel by method 1");
  EXPECT_EQ(why(30, 4, 4), "BMP with 24 bits a pixel by method 4");  // a JPEG
  EXPECT_EQ(why(30, 3, 4, {.bits = 32, .header = 64}), "BMP with 32 bits a pixel by method 3");
  EXPECT_EQ(
      reason(bmp(4, 4, std::string(64, 'x'), {.bits = 32, .method = 3, .masks = {0xFF0FF, 0xFF00, 0xFF}})),
      "damaged BMP: a bit field with gaps");
  EXPECT_EQ(why(18, 60000, 4), "truncated BMP");
  EXPECT_EQ(why(18, 0xFFFFFFFF, 4), "4294967295x4 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(why(22, 0x80000000, 4), "4x2147483648 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(why(22, 0, 4), "no pixels (4x0)");
}

}  // namespace
}  // namespace facegan::image
