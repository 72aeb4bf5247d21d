// JPEGs: crops, colour spaces, orientation, torn files and bombs.
#include <gtest/gtest.h>

#include "jpeg_bytes.h"
#include "picture_files.h"

namespace facegan::image {
namespace {

using jpeg_bytes::jpeg;
using jpeg_bytes::JpegStyle;

TEST(ImageJpeg, CropEqualsWholeDecodeToThePixel) {
  const int samplings[][2] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}};
  for (const bool progressive : {false, true})
    for (const auto& [across, down] : samplings)
      for (const int channels : {1, 3}) {
        JpegStyle style{channels == 1 ? JCS_GRAYSCALE : JCS_YCbCr, across, down, progressive};
        const std::string file = jpeg(picture(178, 218, channels), style);
        const Image whole = decode_original(as_bytes(file), 3);
        for (int i = 0; i < 30; ++i) {
          const int side = 8 + i * 37 % 120, left = i * 53 % (178 - side), top = i * 71 % (218 - side);
          const Crop crop{Crop::Kind::box, left, top, left + side, top + side};
          ASSERT_EQ(decode(as_bytes(file), crop, side, 3), fit(whole, crop, side, 3))
              << across << 'x' << down << ' ' << crop_text(crop) << " progressive " << progressive;
        }
        ASSERT_EQ(decode(as_bytes(file), {}, 178, 3), fit(whole, {}, 178, 3));
      }
}

TEST(ImageJpeg, ReadsEveryColorSpace) {
  // Flat colours survive the coding but for rounding.
  for (const auto& [stored, channels] : {std::pair{JCS_GRAYSCALE, 1}, {JCS_YCbCr, 3}, {JCS_RGB, 3}}) {
    Image flat(24, 24, channels);
    const unsigned char color[] = {200, 100, 50};
    for (std::size_t i = 0; i < flat.pixels.size(); ++i) flat.pixels[i] = color[i % channels];
    const std::string file = jpeg(flat, {stored, 1, 1});
    for (const int wanted : {1, 3})
      EXPECT_LE(worst_difference(decode_original(as_bytes(file), wanted), fit(flat, {}, 24, wanted)), 3)
          << stored;
  }
  Image inks(24, 24, 4);  // 20 % cyan, 40 % magenta, 60 % yellow, 10 % black
  const double coverage[] = {0.2, 0.4, 0.6, 0.1};
  for (const bool adobe : {true, false})
    for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
      if (!adobe && stored == JCS_YCCK) continue;  // only the marker tells YCCK
      for (std::size_t i = 0; i < inks.pixels.size(); ++i)
        inks.pixels[i] =
            static_cast<unsigned char>(std::lround(255 * (adobe ? 1 - coverage[i % 4] : coverage[i % 4])));
      const Image rgb = decode_original(as_bytes(jpeg(inks, {stored, 1, 1, false, 0, adobe})), 3);
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(rgb.at(12, 12)[c], 255 * (1 - coverage[c]) * 0.9, 4) << stored << adobe;
    }
}

TEST(ImageJpeg, IsTurnedUpright) {
  // Corners of the upright picture: dark, light, mid, dim.
  const unsigned char corner[2][2] = {{20, 240}, {140, 80}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const bool turned = orientation >= 5;
    Image stored(turned ? 32 : 64, turned ? 64 : 32, 1);
    for (int y = 0; y < stored.height; ++y)
      for (int x = 0; x < stored.width; ++x) {
        // EXIF 2.3, tag Orientation: where the stored row 0 and column 0 are in the upright picture.
        int right = 2 * x / stored.width, low = 2 * y / stored.height;
        const bool row0_low = orientation == 3 || orientation == 4,
                   column0_right = orientation == 2 || orientation == 3;
        if (!turned) right ^= column0_right, low ^= row0_low;
        const bool row0_right = orientation == 6 || orientation == 7,
                   column0_low = orientation == 7 || orientation == 8;
        const int r = turned ? low ^ row0_right : right, l = turned ? right ^ column0_low : low;
        *stored.at(x, y) = corner[l][r];
      }
    const std::string file = jpeg(stored, {JCS_GRAYSCALE, 1, 1, false, orientation});
    const Image seen = decode_original(as_bytes(file), 1);
    ASSERT_EQ(seen.width, 64) << orientation;
    ASSERT_EQ(seen.height, 32) << orientation;
    for (int l = 0; l < 2; ++l)
      for (int r = 0; r < 2; ++r)
        EXPECT_NEAR(*seen.at(8 + 40 * r, 8 + 16 * l), corner[l][r], 3) << orientation;
    const Crop box{Crop::Kind::box, 40, 20, 48, 28};
    EXPECT_EQ(decode(as_bytes(file), box, 8, 1), fit(seen, box, 8, 1));
  }
}

TEST(ImageJpeg, TruncatedAnywhereIsAnError) {
  for (const bool progressive : {false, true}) {
    const std::string file = jpeg(picture(60, 90, 3), {JCS_YCbCr, 2, 2, progressive});
    const Crop top{Crop::Kind::box, 0, 0, 16, 16};  // far above the cut
    ASSERT_EQ(reason(file, {}, top), "");
    for (std::size_t size = 3; size < file.size(); size += 7)
      ASSERT_NE(reason(file.substr(0, size), {}, top), "") << size;
    for (const int missing : {1, 2})
      EXPECT_EQ(reason(file.substr(0, file.size() - missing), {}, top), "truncated JPEG");
    EXPECT_EQ(reason(file.substr(0, file.size() * 2 / 3) + "\xFF\xD9"), "truncated JPEG");
    EXPECT_EQ(reason(file + std::string(100, 'x'), {}, top),
              "");  // what follows the end is nobody's business
  }
}

TEST(ImageJpeg, WhatIsNotReadIsSaid) {
  // Another process than the usual one, more bits, a height that comes at the end: valid, but not for
  // libjpeg.
  const std::string plain = jpeg(picture(16, 16, 3));
  const std::size_t frame = plain.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  for (const auto& [at, value] : {std::pair{1, '\xC3'}, {4, '\x0C'}, {6, '\0'}}) {
    std::string other = plain;
    other[frame + at] = value;
    EXPECT_EQ(reason(other).substr(0, 36), "JPEG of a kind that is not supported") << at;
  }
}

TEST(ImageJpeg, BombsAreRefused) {
  std::string file = jpeg(picture(16, 16, 1), {JCS_GRAYSCALE, 1, 1});
  const std::size_t frame = file.find("\xFF\xC0");
  file.replace(frame + 5, 4, "\xEA\x60\xEA\x60");
  EXPECT_EQ(reason(file), "60000x60000 pixels are more than the limit of 100,000,000");
  file.replace(frame + 5, 4, "\x23\x28\x23\x28");  // 9000 x 9000 cannot be in so few bytes
  EXPECT_EQ(reason(file), "truncated JPEG");
  std::string scans = jpeg(picture(16, 16, 1), {JCS_GRAYSCALE, 1, 1, true});
  const std::size_t last = scans.rfind("\xFF\xDA");
  const std::string scan = scans.substr(last, scans.size() - 2 - last);
  for (int i = 0; i < 100; ++i) scans.insert(last, scan);
  EXPECT_EQ(reason(scans), "damaged JPEG: more than 64 scans");
}

// Chroma at half the width and height, Huffman tables of its own.
TEST(ImageJpeg, IsWrittenSmall) {
  for (const int channels : {1, 3})
    for (const int quality : {50, 90}) {
      const Image waves = picture(61, 45, channels), before = waves;
      JpegStyle style{channels == 1 ? JCS_GRAYSCALE : JCS_YCbCr, 2, 2};
      if (channels == 1) style.across = style.down = 1;
      style.quality = quality;
      const std::string usual = jpeg(waves, style), written = encode_jpeg(waves, quality);
      style.optimised = true;
      EXPECT_EQ(written, jpeg(waves, style));
      EXPECT_LT(written.size(), usual.size());
      EXPECT_EQ(waves, before);
    }
  EXPECT_THROW(encode_jpeg(Image(4, 4, 2), 90), Error);
  EXPECT_THROW(encode_jpeg(Image(70000, 1, 1), 90), Error);  // more than the format has
}

}  // namespace
}  // namespace facegan::image
