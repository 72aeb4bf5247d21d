// WebP: lossy, lossless, alpha, EXIF, small and damaged files.
#include <gtest/gtest.h>

#include "picture_files.h"
#include "webp_bytes.h"

namespace facegan::image {
namespace {

using archive_bytes::little;
using webp_bytes::chunk;
using webp_bytes::extended;
using webp_bytes::riff;
using webp_bytes::webp;

Image plain(int width, int height, const std::vector<unsigned char>& color) {
  Image out(width, height, static_cast<int>(color.size()));
  for (std::size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = color[i % color.size()];
  return out;
}

TEST(ImageWebpFiles, KeepsPixels) {
  const Image waves = picture(30, 20, 3);
  EXPECT_EQ(decode_original(as_bytes(webp(waves, 101)), 3), waves);
  const Image orange = plain(70, 50, {200, 100, 50});
  EXPECT_LE(worst_difference(decode_original(as_bytes(webp(orange, 90)), 3), orange), 4);
  // Of 28 bytes.
  const std::string smallest("RIFF\x14\0\0\0WEBPVP8L\x08\0\0\0/c\xC0\x18\x10\x88\x88\x08", 28);
  EXPECT_EQ(decode_original(as_bytes(smallest), 3), Image(100, 100, 3, 255));
  EXPECT_EQ(facts_of(as_bytes(smallest)).width, 100);
}

TEST(ImageWebpFiles, AlphaLiesOverWhite) {
  Image image(2, 1, 4);
  image.pixels = {200, 100, 50, 128, 9, 9, 9, 0};
  EXPECT_EQ(decode_original(as_bytes(webp(image, 101)), 3).pixels,
            (std::vector<unsigned char>{227, 177, 152, 255, 255, 255}));
  const Image lossy = decode_original(as_bytes(webp(plain(40, 40, {200, 100, 50, 128}), 90)), 3);
  EXPECT_LE(worst_difference(lossy, plain(40, 40, {227, 177, 152})), 4);
}

TEST(ImageWebpFiles, IsTurnedUpright) {
  const Image stored = picture(7, 4, 3);
  const std::string pixels = webp(stored, 101).substr(12);
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const char* before : {"", "Exif\0"}) {
      std::string exif = std::string(before, *before ? 6 : 0) +
                         std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", 26);
      exif[exif.size() - 7] = static_cast<char>(orientation);
      const Image seen = decode_original(as_bytes(riff(extended(8, 7, 4) + pixels + chunk("EXIF", exif))), 3);
      ASSERT_EQ(seen.width, orientation <= 4 ? 7 : 4) << orientation;
      // Where the stored upper left corner and the one to its right are seen (EXIF 2.3, tag Orientation).
      const int right = seen.width - 1, low = seen.height - 1;
      const std::array<std::array<int, 2>, 8> corner = {
          {{0, 0}, {right, 0}, {right, low}, {0, low}, {0, 0}, {right, 0}, {right, low}, {0, low}}};
      const std::array<std::array<int, 2>, 8> other = {
          {{right, 0}, {0, 0}, {0, low}, {right, low}, {0, low}, {right, low}, {right, 0}, {0, 0}}};
      const auto [x, y] = corner[orientation - 1];
      const auto [x2, y2] = other[orientation - 1];
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(seen.at(x, y)[c], stored.at(0, 0)[c]) << orientation;
        EXPECT_EQ(seen.at(x2, y2)[c], stored.at(6, 0)[c]) << orientation;
      }
    }
}

TEST(ImageWebpFiles, OfAnAnimationTheFirstFrame) {
  const Image stored = picture(6, 4, 3);
  const auto animation = [](const Image& first, int x, int y, float first_quality = 101) {
    std::string frames;
    for (const float quality : {first_quality, 20.f}) {
      std::string chunks = webp(first, quality).substr(12);
      if (chunks.starts_with("VP8X")) chunks.erase(0, 18);  // frames have none
      frames += chunk("ANMF", little(x / 2, 3) + little(y / 2, 3) + little(first.width - 1, 3) +
                                  little(first.height - 1, 3) + little(100, 3) + '\0' + chunks);
    }
    return riff(extended(2 + 16, 8, 6) + chunk("ANIM", std::string(6, '\0')) + frames);
  };
  const std::string file = animation(stored, 2, 2);
  const Image seen = decode_original(as_bytes(file), 3);
  Image wanted(8, 6, 3, 255);  // what is not covered is clear
  for (int y = 0; y < 4; ++y) std::copy_n(stored.at(0, y), 18, wanted.at(2, y + 2));
  EXPECT_EQ(seen, wanted);
  EXPECT_EQ(decode_original(as_bytes(animation(picture(8, 6, 3), 0, 0)), 3), picture(8, 6, 3));
  // With its alpha: in the pixels, and in a chunk beside them.
  EXPECT_EQ(decode_original(as_bytes(animation(plain(8, 6, {200, 100, 50, 128}), 0, 0)), 3),
            plain(8, 6, {227, 177, 152}));
  const std::string lossy = animation(plain(8, 6, {200, 100, 50, 128}), 0, 0, 90);
  ASSERT_NE(lossy.find("ALPH"), std::string::npos);
  EXPECT_LE(worst_difference(decode_original(as_bytes(lossy), 3), plain(8, 6, {227, 177, 152})), 4);
  EXPECT_NE(reason(animation(stored, 4, 2)), "");  // out of the canvas
  for (std::size_t size = 16; size < file.size(); size += 7)
    EXPECT_NE(reason(file.substr(0, size)), "") << size;
  for (std::size_t at = 12; at < file.size(); ++at) {
    std::string bad = file;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    reason(bad);
  }
}

TEST(ImageWebpFiles, DamageAnimationsAndBombsAreErrors) {
  testing::internal::CaptureStderr();
  for (const float quality : {60.f, 101.f}) {
    const std::string file = webp(picture(40, 30, 3), quality);
    ASSERT_EQ(reason(file), "");
    for (std::size_t size = 16; size < file.size(); ++size)
      ASSERT_NE(reason(file.substr(0, size)).find("truncated"), std::string::npos) << size;
  }
  EXPECT_NE(reason(riff(extended(2, 20, 20) + chunk("ANIM", std::string(6, '\0')))), "");
  EXPECT_EQ(reason(riff(chunk("VP8?", "what is this"))), "damaged WebP");
  EXPECT_EQ(reason(riff(extended(0, 12000, 12000))),
            "12000x12000 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace facegan::image
