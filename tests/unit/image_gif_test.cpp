// The first picture of a GIF: palettes, interlace, a part of the screen, transparency, damage.
#include <gif_lib.h>
#include <gtest/gtest.h>

#include "picture_files.h"

namespace facegan::image {
namespace {

using Pixels = std::vector<unsigned char>;

// Color i of every palette here.
std::array<unsigned char, 3> color(int i) {
  return {static_cast<unsigned char>(40 * i), static_cast<unsigned char>(255 - 30 * i),
          static_cast<unsigned char>(7 * i)};
}

struct GifStyle {
  int left = 0, top = 0, screen_width = 0, screen_height = 0;  // 0: as the picture
  bool interlaced = false, own_palette = false, second = false;
  int transparent = NO_TRANSPARENT_COLOR, background = 0;
};

// indices: 0 to 7, row by row.
std::string gif(int width, int height, const std::vector<int>& indices, const GifStyle& style = {}) {
  std::string out;
  int error = 0;
  const auto take = [](GifFileType* to, const GifByteType* bytes, int size) {
    static_cast<std::string*>(to->UserData)->append(reinterpret_cast<const char*>(bytes), size);
    return size;
  };
  GifFileType* to = EGifOpen(&out, take, &error);
  EGifSetGifVersion(to, true);
  ColorMapObject* palette = GifMakeMapObject(8, nullptr);
  for (int i = 0; i < 8; ++i) palette->Colors[i] = {color(i)[0], color(i)[1], color(i)[2]};
  EGifPutScreenDesc(to, style.screen_width ? style.screen_width : width,
                    style.screen_height ? style.screen_height : height, 8, style.background,
                    style.own_palette ? nullptr : palette);
  for (int frame = 0; frame < (style.second ? 2 : 1); ++frame) {
    GraphicsControlBlock control{};
    control.TransparentColor = style.transparent;
    GifByteType block[4];
    EGifGCBToExtension(&control, block);
    EGifPutExtension(to, GRAPHICS_EXT_FUNC_CODE, sizeof block, block);
    EGifPutExtension(to, COMMENT_EXT_FUNC_CODE, 5, "hello");
    EGifPutImageDesc(to, style.left, style.top, width, height, style.interlaced,
                     style.own_palette ? palette : nullptr);
    std::vector<int> rows;
    for (const auto& [first, step] : style.interlaced
                                         ? std::vector<std::pair<int, int>>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                                         : std::vector<std::pair<int, int>>{{0, 1}})
      for (int y = first; y < height; y += step) rows.push_back(y);
    for (const int y : rows) {
      std::vector<GifByteType> line;
      for (int x = 0; x < width; ++x)
        line.push_back(
            static_cast<GifByteType>((indices[static_cast<std::size_t>(y * width + x)] + frame) % 8));
      EGifPutLine(to, line.data(), width);
    }
  }
  GifFreeMapObject(palette);
  EGifCloseFile(to, &error);
  return out;
}

std::vector<int> indices(int width, int height) {
  std::vector<int> all;
  for (int i = 0; i < width * height; ++i) all.push_back((i * 7 + i / 5) % 8);
  return all;
}

TEST(ImageGifFiles, PalettesInterlaceAndLaterFrames) {
  const std::vector<int> wanted = indices(13, 11);
  for (const bool interlaced : {false, true})
    for (const bool own : {false, true})
      for (const bool second : {false, true}) {
        const std::string file =
            gif(13, 11, wanted, {.interlaced = interlaced, .own_palette = own, .second = second});
        const Image image = decode_original(as_bytes(file), 3);
        ASSERT_EQ(image.width, 13);
        ASSERT_EQ(image.height, 11);
        for (std::size_t i = 0; i < wanted.size(); ++i)
          for (std::size_t c = 0; c < 3; ++c)
            ASSERT_EQ(image.pixels[3 * i + c], color(wanted[i])[c])
                << interlaced << own << second << ' ' << i;
        EXPECT_EQ(facts_of(as_bytes(file)).format, "GIF");
        EXPECT_EQ(facts_of(as_bytes(file)).height, 11);
      }
}

TEST(ImageGifFiles, APartOfTheScreenAndTransparency) {
  const auto [red, green, blue] = color(3);
  const auto [red1, green1, blue1] = color(1);
  // Around it lies the background.
  EXPECT_EQ(
      decode_original(
          as_bytes(gif(1, 1, {1}, {.left = 1, .screen_width = 3, .screen_height = 1, .background = 3})), 3)
          .pixels,
      (Pixels{red, green, blue, red1, green1, blue1, red, green, blue}));
  // Or nothing, where there is something transparent or no colour for it.
  EXPECT_EQ(
      decode_original(as_bytes(gif(2, 1, {1, 5}, {.screen_width = 3, .transparent = 5, .background = 3})), 3)
          .pixels,
      (Pixels{red1, green1, blue1, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(decode_original(as_bytes(gif(1, 1, {1}, {.screen_width = 2, .own_palette = true})), 3).pixels,
            (Pixels{red1, green1, blue1, 255, 255, 255}));
  // One that is larger than its screen makes that larger.
  EXPECT_EQ(decode_original(as_bytes(gif(2, 1, {1, 1}, {.screen_width = 1})), 3).width, 2);
}

TEST(ImageGifFiles, DamageAndBombsAreErrors) {
  const std::string file = gif(40, 30, indices(40, 30));
  ASSERT_EQ(reason(file), "");
  // All that comes after the picture may be missing: its end of a block, and the trailer.
  for (std::size_t size = 6; size < file.size() - 2; ++size)
    EXPECT_NE(reason(file.substr(0, size)), "") << size;
  EXPECT_EQ(reason(file.substr(0, file.size() / 2)), "truncated GIF");
  std::string bare = gif(2, 2, {1, 2, 3, 4});
  bare[10] = static_cast<char>(bare[10] & 0x7F);  // no table for all, whose 8 colours begin at 13
  EXPECT_EQ(reason(bare.erase(13, 24)), "damaged GIF: no colour table");
  EXPECT_EQ(reason(std::string("GIF89a\1\0\1\0\0\0\0;", 14)), "GIF without a picture");
  EXPECT_EQ(reason(gif(2, 2, {1, 2, 3, 4}, {.screen_width = 65535, .screen_height = 65535})),
            "65535x65535 pixels are more than the limit of 100,000,000");
  EXPECT_EQ(reason(gif(2, 2, {1, 2, 3, 4}, {.screen_width = 9000, .screen_height = 9000})).substr(0, 27),
            "truncated GIF: 9000x9000 pi");
  for (std::size_t at = 6; at < file.size(); ++at) {
    std::string bad = file;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    reason(bad);
  }
}

}  // namespace
}  // namespace facegan::image
