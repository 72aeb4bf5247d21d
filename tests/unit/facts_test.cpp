// What a picture file is, by its header.
#include <gtest/gtest.h>

#include "bmp_bytes.h"
#include "error_of.h"
#include "facegan/image/image.h"
#include "jpeg_bytes.h"
#include "tiff_bytes.h"
#include "webp_bytes.h"

namespace facegan::image {
namespace {

constexpr int kWidth = 37, kHeight = 21;

std::vector<std::pair<std::string, std::string>> files() {
  const Image picture(kWidth, kHeight, 3, 90);
  return {{"JPEG", jpeg_bytes::jpeg(picture)},
          {"JPEG", jpeg_bytes::jpeg(picture, {.orientation = 6})},  // as stored, not as it is seen
          {"PNG", encode_png(picture)},
          {"BMP", bmp_bytes::bmp(picture)},
          {"BMP", bmp_bytes::bmp(kWidth, kHeight, "", {.header = 12})},
          {"BMP", bmp_bytes::bmp(kWidth, kHeight, "", {.top_down = true})},
          {"WebP", webp_bytes::webp(picture, 80)},
          {"WebP", webp_bytes::webp(picture, 101)},
          {"TIFF", tiff_bytes::tiff(picture)},
          {"TIFF", tiff_bytes::tiff(picture, {.orientation = 6, .big_endian = true})},
          {"PNM", "P6 37 21 255\n"},
          {"PNM", "P2 # plain\n37 21\n255\n"}};
}

TEST(ImageFacts, AreThoseOfTheHeaderInEveryFormat) {
  for (const auto& [format, file] : files()) {
    SCOPED_TRACE(format);
    const Facts facts = facts_of(as_bytes(file));
    EXPECT_EQ(facts.format, format);
    EXPECT_EQ(facts.width, kWidth);
    EXPECT_EQ(facts.height, kHeight);
    EXPECT_TRUE(is_picture(as_bytes(file).first(16)));
  }
}

TEST(ImageFacts, RefuseWhatIsCutOffAndWhatIsNoPicture) {
  for (const auto& [format, file] : files())
    for (std::size_t size = 0; size < std::min<std::size_t>(file.size(), 64); ++size) {
      const std::string part = file.substr(0, size);
      try {
        const Facts facts = facts_of(as_bytes(part));  // the header may be whole already
        EXPECT_EQ(facts.width, kWidth) << format << ' ' << size;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
      }
    }
  EXPECT_EQ(error_of([] { facts_of(as_bytes("words, no picture")); }).kind(), ErrorKind::data);
  EXPECT_FALSE(is_picture(as_bytes("words, no picture")));
  std::string huge = encode_png(Image(4, 4, 1));
  huge.replace(16, 4, "\xff\xff\xff\xff");
  EXPECT_NE(std::string(error_of([&] { facts_of(as_bytes(huge)); }).what()).find("no PNG of 4294967295x4"),
            std::string::npos);
}

}  // namespace
}  // namespace facegan::image
