// TIFF: every kind of pixel, layout and compression that is read, and what is not.
#include <gtest/gtest.h>

#include "picture_files.h"
#include "tiff_bytes.h"

namespace facegan::image {
namespace {

using archive_bytes::little;
using tiff_bytes::tiff;
using tiff_bytes::TiffStyle;
using Pixels = std::vector<unsigned char>;

constexpr int kWidth = 37, kHeight = 19;  // no multiple of a tile

// Sample c of pixel (x, y), 0 to 2^bits - 1, spread over the range.
unsigned sample(int x, int y, int c, int bits) {
  return (x * 7919u + y * 104729u + c * 1299709u) % (1u << bits);
}

std::vector<unsigned> samples(int channels, int bits) {
  std::vector<unsigned> all;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < channels; ++c) all.push_back(sample(x, y, c, bits));
  return all;
}

double level(unsigned value, int bits) {
  // More than 8 bits count as the upper ones of 16.
  return bits <= 8 ? 255.0 * value / ((1 << bits) - 1) : (value << (16 - bits)) / 257.0;
}

struct Kind {
  const char* name;
  int photometric, channels;
  std::vector<int> bits;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"grey", PHOTOMETRIC_MINISBLACK, 1, {1, 2, 4, 8, 10, 12, 14, 16}},
      {"from white", PHOTOMETRIC_MINISWHITE, 1, {1, 2, 4, 8, 12, 16}},
      {"palette", PHOTOMETRIC_PALETTE, 1, {1, 2, 4, 8}},
      {"RGB", PHOTOMETRIC_RGB, 3, {4, 8, 12, 16}},
  };
  return all;
}

void expect_pixels(const std::string& file, const Kind& kind, int bits) {
  const Image image = decode_original(as_bytes(file), 3);
  ASSERT_EQ(image.width, kWidth);
  ASSERT_EQ(image.height, kHeight);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < 3; ++c) {
        const unsigned value = sample(x, y, kind.channels == 1 ? 0 : c, bits);
        double wanted =
            level(kind.photometric == PHOTOMETRIC_MINISWHITE ? (1u << bits) - 1 - value : value, bits);
        if (kind.photometric == PHOTOMETRIC_MINISWHITE) wanted = 255 - level(value, bits);
        if (kind.photometric == PHOTOMETRIC_PALETTE)
          wanted = static_cast<unsigned char>(c == 0 ? value : c == 1 ? 255 - value : 5 * value);
        ASSERT_EQ(image.at(x, y)[c], std::lround(wanted)) << x << ' ' << y << ' ' << c;
      }
}

// What expect_pixels says of palettes.
std::vector<std::uint16_t> palette(int bits, int shift) {
  std::vector<std::uint16_t> all;
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 1 << bits; ++i)
      all.push_back(static_cast<std::uint16_t>(static_cast<unsigned char>(c == 0   ? i
                                                                          : c == 1 ? 255 - i
                                                                                   : 5 * i)
                                               << shift));
  return all;
}

TEST(ImageTiffFiles, EveryKindOfPixelLayoutAndCompression) {
  for (const Kind& kind : kinds())
    for (const int bits : kind.bits)
      for (const int compression :
           {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
            COMPRESSION_PACKBITS, COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4})
        for (const bool tiles : {false, true})
          for (const bool planes : {false, true})
            for (const bool big_endian : {false, true}) {
              const bool fax = compression >= COMPRESSION_CCITTRLE && compression <= COMPRESSION_CCITTFAX4;
              if ((fax && (bits > 1 || kind.photometric == PHOTOMETRIC_PALETTE)) ||
                  (planes && kind.channels == 1))
                continue;
              SCOPED_TRACE(testing::Message()
                           << kind.name << ", " << bits << " bits, compression " << compression << ", tiles "
                           << tiles << ", planes " << planes << ", big endian " << big_endian);
              TiffStyle style{.bits = bits,
                              .photometric = kind.photometric,
                              .compression = compression,
                              .planes = planes,
                              .tiles = tiles,
                              .big_endian = big_endian};
              if (kind.photometric == PHOTOMETRIC_PALETTE) style.palette = palette(bits, 8);
              expect_pixels(tiff(kWidth, kHeight, kind.channels, samples(kind.channels, bits), style), kind,
                            bits);
            }
}

TEST(ImageTiffFiles, BigTiffAndNumbersOfFourBytes) {
  const Image image = picture(20, 10, 3);
  for (const bool big_endian : {false, true})
    for (const bool tiles : {false, true})
      EXPECT_EQ(
          decode_original(as_bytes(tiff(image, {.tiles = tiles, .big_endian = big_endian, .big = true})), 3),
          image)
          << big_endian << tiles;
  const std::string big = tiff(image, {.big = true});
  for (std::size_t size = 4; size < big.size() - 8; size += 3)
    EXPECT_NE(reason(big.substr(0, size)), "") << size;
  for (const bool big_endian : {false, true})
    EXPECT_EQ(
        decode_original(
            as_bytes(tiff(3, 1, 1, {0, 0x80800000, 0xFFFFFFFF},
                          {.bits = 32, .photometric = PHOTOMETRIC_MINISBLACK, .big_endian = big_endian})),
            1)
            .pixels,
        (Pixels{0, 128, 255}));
}

TEST(ImageTiffFiles, OldPalettesHaveEightBits) {
  expect_pixels(
      tiff(kWidth, kHeight, 1, samples(1, 8), {.photometric = PHOTOMETRIC_PALETTE, .palette = palette(8, 0)}),
      kinds()[2], 8);
}

TEST(ImageTiffFiles, JpegAndOtherColors) {
  Image flat(40, 24, 3);
  for (std::size_t i = 0; i < flat.pixels.size(); ++i) flat.pixels[i] = "\xC8\x64\x32"[i % 3];
  for (const int photometric : {PHOTOMETRIC_RGB, PHOTOMETRIC_YCBCR})
    for (const bool tiles : {false, true}) {
      const std::string file =
          tiff(flat, {.photometric = photometric, .compression = COMPRESSION_JPEG, .tiles = tiles});
      EXPECT_LE(worst_difference(decode_original(as_bytes(file), 3), flat), 3) << photometric << tiles;
    }
  // 20 % cyan, 40 % magenta, 60 % yellow, 10 % black; with 40 % of alpha, too.
  for (const int bits : {8, 16})
    for (const bool planes : {false, true}) {
      const auto of_inks = [&](std::vector<unsigned> values, TiffStyle style) {
        style.bits = bits, style.photometric = PHOTOMETRIC_SEPARATED, style.planes = planes;
        const int samples = static_cast<int>(values.size());
        for (unsigned& value : values) value *= bits == 16 ? 257 : 1;
        return decode_original(as_bytes(tiff(1, 1, samples, values, style)), 3);
      };
      const Image inks = of_inks({51, 102, 153, 26}, {}),
                  on_white = of_inks({51, 102, 153, 26, 102}, {.extra = {2}});
      // Where the inks hold it, they are what is on the paper.
      EXPECT_EQ(of_inks({51, 102, 153, 26, 102}, {.extra = {1}}), inks);
      for (int c = 0; c < 3; ++c) {
        EXPECT_NEAR(inks.at(0, 0)[c], (204 - 51 * c) * 0.9, 1) << bits;
        EXPECT_NEAR(on_white.at(0, 0)[c], (204 - 51 * c) * 0.9 * 0.4 + 255 * 0.6, 1) << bits;
      }
    }
  // Mid grey of no hue, of paper's white.
  const auto lab = tiff(1, 1, 3, {137, 0, 0}, {.photometric = PHOTOMETRIC_CIELAB});
  for (const unsigned char value : decode_original(as_bytes(lab), 3).pixels) EXPECT_NEAR(value, 128, 16);
}

TEST(ImageTiffFiles, AlphaLiesOverWhite) {
  // Half transparent, and clear. Straight or with the alpha in it; grey, RGB, by palette.
  const auto read = [](int channels, std::vector<unsigned> values, int bits, TiffStyle style) {
    if (bits == 16)
      for (unsigned& value : values) value *= 257;
    style.bits = bits;
    return decode_original(as_bytes(tiff(2, 1, channels, values, style)), 3).pixels;
  };
  for (const int bits : {8, 16})
    for (const bool planes : {false, true}) {
      SCOPED_TRACE(testing::Message() << bits << ' ' << planes);
      const Pixels rgb = {227, 177, 152, 255, 255, 255}, grey = {191, 191, 191, 255, 255, 255};
      EXPECT_EQ(read(4, {200, 100, 50, 128, 9, 9, 9, 0}, bits, {.planes = planes, .extra = {2}}), rgb);
      EXPECT_EQ(read(4, {100, 50, 25, 128, 0, 0, 0, 0}, bits, {.planes = planes, .extra = {1}}), rgb);
      EXPECT_EQ(read(5, {200, 100, 50, 128, 77, 9, 9, 9, 0, 77}, bits, {.planes = planes, .extra = {2, 0}}),
                rgb);
      TiffStyle black{.photometric = PHOTOMETRIC_MINISBLACK, .planes = planes, .extra = {2}};
      EXPECT_EQ(read(2, {127, 128, 9, 0}, bits, black), grey);
      black.extra = {1};
      EXPECT_EQ(read(2, {64, 128, 0, 0}, bits, black), grey);
      black.extra = {0};  // whatever it is, it is not alpha
      EXPECT_EQ(read(2, {64, 128, 3, 0}, bits, black), (Pixels{64, 64, 64, 3, 3, 3}));
    }
  // Nor is a fourth sample that is said to be something.
  EXPECT_EQ(read(4, {200, 100, 50, 128, 9, 8, 7, 0}, 8, {.extra = {0}}), (Pixels{200, 100, 50, 9, 8, 7}));
  EXPECT_EQ(read(2, {200, 128, 9, 0}, 8,
                 {.photometric = PHOTOMETRIC_PALETTE, .extra = {2}, .palette = palette(8, 8)}),
            (Pixels{227, 155, 243, 255, 255, 255}));
}

TEST(ImageTiffFiles, IsTurnedUpright) {
  const Image stored = picture(23, 9, 3);
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const int bits : {8, 16})
      for (const bool tiles : {false, true}) {
        const Image seen = decode_original(
            as_bytes(tiff(stored, {.bits = bits, .orientation = orientation, .tiles = tiles})), 3);
        ASSERT_EQ(seen.width, orientation <= 4 ? 23 : 9);
        for (int y = 0; y < stored.height; ++y)
          for (int x = 0; x < stored.width; ++x) {
            // TIFF 6.0, tag Orientation: where row 0 and column 0 are seen.
            const bool row_low = orientation == 3 || orientation == 4,
                       row_right = orientation == 6 || orientation == 7;
            const bool column_right = orientation == 2 || orientation == 3,
                       column_low = orientation == 7 || orientation == 8;
            const int across = orientation <= 4 ? (column_right ? 22 - x : x) : row_right ? 8 - y : y;
            const int down = orientation <= 4 ? (row_low ? 8 - y : y) : column_low ? 22 - x : x;
            ASSERT_EQ(seen.at(across, down)[1], stored.at(x, y)[1]) << orientation << ' ' << x << ' ' << y;
          }
      }
}

TEST(ImageTiffFiles, OnlyTheFirstPictureOfAFileIsRead) {
  const Image image = picture(20, 10, 3);
  EXPECT_EQ(decode_original(as_bytes(tiff(image, {.pictures = 3})), 3), image);
}

TEST(ImageTiffFiles, TruncatedIsAnErrorAndNothingIsPrinted) {
  testing::internal::CaptureStderr();
  const Image image = picture(kWidth, kHeight, 3);
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE,
                                COMPRESSION_PACKBITS, COMPRESSION_JPEG}) {
    const std::string file = tiff(image, {.compression = compression});
    ASSERT_EQ(reason(file), "");
    // The last four bytes say that no picture follows.
    for (std::size_t size = 4; size < file.size() - 4; size += 3)
      ASSERT_NE(reason(file.substr(0, size)), "") << compression << ' ' << size;
    // The directory lies at the end, so data is cut by telling a strip's size wrong, too.
    for (std::size_t at = 0; at < file.size(); ++at) {
      std::string bad = file;
      bad[at] = static_cast<char>(bad[at] ^ 0x55);
      reason(bad);
    }
  }
  // A JPEG and a fax that end early, which libtiff would fill up.
  for (const int compression : {COMPRESSION_JPEG, COMPRESSION_CCITTFAX4}) {
    const std::string file =
        compression == COMPRESSION_JPEG
            ? tiff(picture(64, 64, 1), {.compression = compression})
            : tiff(kWidth, kHeight, 1, samples(1, 1),
                   {.bits = 1, .photometric = PHOTOMETRIC_MINISWHITE, .compression = compression});
    std::string bad = file;
    const std::size_t directory = static_cast<unsigned char>(bad[4]) | static_cast<unsigned char>(bad[5])
                                                                           << 8;
    const std::size_t entries = static_cast<unsigned char>(bad[directory]);
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t entry = directory + 2 + 12 * i;
      if (bad.substr(entry, 2) != little(279, 2)) continue;  // sizes of strips, as numbers of two bytes
      const std::size_t sizes =
          static_cast<unsigned char>(bad[entry + 8]) | static_cast<unsigned char>(bad[entry + 9]) << 8;
      const int size = static_cast<unsigned char>(bad[sizes]) | static_cast<unsigned char>(bad[sizes + 1])
                                                                    << 8;
      bad.replace(sizes, 2, little(size / 2, 2));
    }
    ASSERT_NE(bad, file);
    EXPECT_EQ(reason(bad), "truncated TIFF") << compression;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ImageTiffFiles, WhatIsNotReadIsSaid) {
  const auto of_bits = [](int bits, TiffStyle style = {.photometric = PHOTOMETRIC_MINISBLACK}) {
    style.bits = bits;
    return reason(tiff(2, 2, 1, std::vector<unsigned>(4), style));
  };
  EXPECT_EQ(of_bits(24), "TIFF with 24 bits per sample");
  EXPECT_EQ(of_bits(32, {.photometric = PHOTOMETRIC_MINISBLACK, .floating = true}),
            "TIFF with floating-point or signed pixels");
  EXPECT_EQ(of_bits(16, {.photometric = PHOTOMETRIC_MINISBLACK, .floating = true}),
            "TIFF with floating-point or signed pixels");
  EXPECT_EQ(of_bits(8, {.photometric = PHOTOMETRIC_RGB}), "damaged TIFF: 3 colours with 1 samples per pixel");
  EXPECT_EQ(reason(tiff(2, 2, 6, std::vector<unsigned>(24), {.extra = {2, 0, 0}})),
            "TIFF with 6 samples per pixel");
  EXPECT_EQ(of_bits(8, {.photometric = PHOTOMETRIC_LOGL}).substr(0, 24), "TIFF that cannot be read");
}

// Numbers of a header that nothing has to be allocated for.
TEST(ImageTiffFiles, BombsAreRefused) {
  using tiff_bytes::Tags;
  const auto why = [](const Tags& more, const Tags& instead = {}) {
    Tags tags = {{256, 4, 1, 8},   {257, 4, 1, 8}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1},
                 {273, 4, 1, 200}, {277, 3, 1, 1}, {278, 4, 1, 8}, {279, 4, 1, 64}};
    for (auto& tag : tags)
      for (const auto& other : instead)
        if (tag[0] == other[0]) tag = other;
    tags.insert(tags.end(), more.begin(), more.end());
    return reason(tiff_bytes::directory(tags, std::string(300, 'x')));
  };
  EXPECT_EQ(why({}), "");
  EXPECT_EQ(why({}, {{256, 4, 1, 20'000'000}}), "20000000x8 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(why({}, {{256, 4, 1, 9000}, {257, 4, 1, 9000}}), "truncated TIFF");
  EXPECT_EQ(why({}, {{256, 4, 1, 9000}, {257, 4, 1, 9000}, {259, 3, 1, 5}}), "truncated TIFF");  // LZW
  EXPECT_EQ(why({{322, 4, 1, 40000}, {323, 4, 1, 40000}, {324, 4, 1, 100}, {325, 4, 1, 64}}),
            "40000x40000 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(why({{322, 4, 1, 9008}, {323, 4, 1, 9008}, {324, 4, 1, 100}, {325, 4, 1, 64}}), "truncated TIFF");
  for (const unsigned method : {6u, 34661u, 34925u, 50000u, 50001u, 65535u})
    EXPECT_NE(why({}, {{259, 3, 1, method}}), "") << method;
  EXPECT_EQ(why({}, {{259, 3, 1, 34925}}), "TIFF compressed by method 34925 (LZMA)");
  // Of two widths one counts for both, the check and the pixels.
  EXPECT_EQ(why({{256, 4, 1, 40000}, {257, 4, 1, 40000}}), "");
  // Values that lie over one another, so that each is as large as the file.
  Tags many;
  for (std::uint32_t i = 0; i < 100; ++i) many.push_back({60000 + i, 1, 300, 8});
  EXPECT_EQ(why(many), "damaged TIFF: a directory that is larger than the file");
  // A table of sizes that is not there, for as many strips as there are rows.
  EXPECT_NE(why({}, {{257, 4, 1, 4'000'000'000}, {278, 4, 1, 1}, {279, 4, 0, 0}}), "");
}

}  // namespace
}  // namespace facegan::image
