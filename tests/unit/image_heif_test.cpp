// HEIC and AVIF by the libheif of the machine, where there is one.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "heif_bytes.h"
#include "picture_files.h"

namespace facegan::image {
namespace {

using heif_bytes::avif, heif_bytes::kGrey, heif_bytes::kGreyAlpha;

bool has_libheif() {
  return dlopen("libheif.so.1", RTLD_LAZY | RTLD_LOCAL) != nullptr;
}

TEST(ImageHeifFiles, IsKnownByItsFirstBytes) {
  for (const char* brand : {"heic", "heix", "mif1", "avif", "avis"})
    EXPECT_TRUE(is_picture(as_bytes(std::string("\0\0\0\x18"
                                                "ftyp",
                                                8) +
                                    brand + "\0\0\0\0")))
        << brand;
  for (const char* brand : {"mp42", "isom", "qt  "})
    EXPECT_FALSE(is_picture(as_bytes(std::string("\0\0\0\x18"
                                                 "ftyp",
                                                 8) +
                                     brand + "\0\0\0\0")))
        << brand;
}

TEST(ImageHeifFiles, SaysWhatIsMissing) {
  if (has_libheif()) GTEST_SKIP() << "libheif is installed";
  EXPECT_EQ(reason(avif()), "a picture as AVIF, but libheif is not installed (Debian and Ubuntu: libheif1)");
}

TEST(ImageHeifFiles, IsDecodedAndTurned) {
  if (!has_libheif()) GTEST_SKIP() << "libheif is not installed";
  if (const std::string why = reason(avif()); why.find("plugin") != why.npos) GTEST_SKIP() << why;
  const Image seen = decode_original(as_bytes(avif()), 3);
  ASSERT_EQ(seen.width, 8);
  ASSERT_EQ(seen.height, 16);
  Image wanted(8, 16, 3);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 8; ++x)
      for (int c = 0; c < 3; ++c)
        wanted.at(x, y)[c] = static_cast<unsigned char>(y < 8 ? "\xC8\x64\x32"[c] : "\x14\x3C\xA0"[c]);
  EXPECT_LE(worst_difference(seen, wanted), 3);
  EXPECT_EQ(facts_of(as_bytes(avif())).format, "AVIF");
  EXPECT_EQ(facts_of(as_bytes(avif())).height, 16);
}

// libheif 1.15 makes 42 and 205 of them.
TEST(ImageHeifFiles, GreyInVideoRangeIsWidened) {
  if (!has_libheif()) GTEST_SKIP() << "libheif is not installed";
  if (const std::string why = reason(avif()); why.find("plugin") != why.npos) GTEST_SKIP() << why;
  for (const bool alpha : {false, true}) {
    const Image seen = decode_original(as_bytes(avif(alpha ? kGreyAlpha : kGrey)), 3);
    ASSERT_EQ(seen.width, 16);
    ASSERT_EQ(seen.height, 8);
    Image wanted(16, 8, 3);
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 16; ++x)  // 220 half over white: 237
        std::fill_n(wanted.at(x, y), 3, static_cast<unsigned char>(x < 8 ? 30 : alpha ? 237 : 220));
    EXPECT_LE(worst_difference(seen, wanted), 1) << alpha;
  }
}

TEST(ImageHeifFiles, DamageIsAnError) {
  if (!has_libheif()) GTEST_SKIP() << "libheif is not installed";
  for (const char* hex : {heif_bytes::kTurned, kGrey, kGreyAlpha}) {
    const std::string file = avif(hex);
    for (std::size_t size = 16; size < file.size(); size += 5)
      EXPECT_NE(reason(file.substr(0, size)), "") << size;
    for (std::size_t at = 12; at < file.size(); ++at) {
      std::string bad = file;
      bad[at] = static_cast<char>(bad[at] ^ 0x55);
      reason(bad);
    }
  }
}

}  // namespace
}  // namespace facegan::image
