// Crop, resize, grids and PNG files. The formats that are read: image_formats_test.cpp.
#include "facegan/image/image.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <cmath>
#include <cstring>

#include "error_of.h"
#include "facegan/core/error.h"
#include "waves.h"

namespace facegan::image {
namespace {

TEST(ImageCrop, TextReadsBack) {
  for (const char* text : {"whole", "center", "25,65,153,193"}) {
    Crop crop;
    ASSERT_TRUE(parse_crop(text, crop)) << text;
    EXPECT_EQ(crop_text(crop), text);
  }
  Crop crop;
  for (const char* text :
       {"", "Center", "1,2,3", "1,2,3,4,5", "3,0,3,9", "0,9,9,1", "-1,0,5,5", "a,b,c,d", "0,0,99999999999,5"})
    EXPECT_FALSE(parse_crop(text, crop)) << text;
}

TEST(ImageFit, KeepsPixelsOfTheBoxWhenTheSizeIsEqual) {
  const Image original = waves(40, 31, 3);
  const Image box = fit(original, {Crop::Kind::box, 7, 3, 27, 23}, 20, 3);
  const Image center = fit(original, {Crop::Kind::center}, 31, 3);  // columns 4 to 34
  ASSERT_EQ(box.width, 20);
  ASSERT_EQ(center.height, 31);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) ASSERT_EQ(std::memcmp(box.at(x, y), original.at(x + 7, y + 3), 3), 0);
  for (int y = 0; y < 31; ++y) ASSERT_EQ(std::memcmp(center.at(0, y), original.at(4, y), 31 * 3), 0);
}

TEST(ImageFit, ShrinksWithoutAliasing) {
  // Every third line is light: an even grey from afar, along either axis, also when the other one grows.
  for (const bool upright : {false, true})
    for (const int other : {90, 15, 4}) {
      Image stripes(upright ? 90 : other, upright ? other : 90, 1);
      for (int y = 0; y < stripes.height; ++y)
        for (int x = 0; x < stripes.width; ++x) *stripes.at(x, y) = (upright ? x : y) % 3 ? 0 : 252;
      for (const unsigned char value : fit(stripes, {Crop::Kind::whole}, 15, 1).pixels)
        ASSERT_NEAR(value, 84, 1) << upright << ' ' << other;
    }
  // Area means, to the pixel.
  Image steps(4, 4, 1);
  for (int i = 0; i < 16; ++i) steps.pixels[i] = static_cast<unsigned char>(10 * i);
  EXPECT_EQ(fit(steps, {Crop::Kind::whole}, 2, 1).pixels, (std::vector<unsigned char>{25, 45, 105, 125}));
}

TEST(ImageFit, EnlargesSmoothlyAndConverts) {
  const Image grey(3, 3, 1, 77);
  const Image large = fit(grey, {Crop::Kind::center}, 50, 3);
  EXPECT_EQ(large, Image(50, 50, 3, 77));
  Image colors(3, 1, 3);
  const unsigned char rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255};
  std::memcpy(colors.pixels.data(), rgb, 9);
  const int luma[] = {76, 150, 29};  // Rec. 601
  for (int i = 0; i < 3; ++i) {
    const Crop one{Crop::Kind::box, i, 0, i + 1, 1};
    EXPECT_EQ(fit(colors, one, 1, 1).pixels[0], luma[i]);
  }
}

TEST(ImageFit, RefusesABoxOutsideThePicture) {
  try {
    fit(waves(100, 120, 3), {Crop::Kind::box, 25, 65, 153, 193}, 64, 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_STREQ(error.what(), "crop box 25,65,153,193 does not lie in the 100x120 picture");
  }
}

TEST(ImageGrid, PutsPicturesRowByRow) {
  std::vector<Image> pictures;
  for (int i = 0; i < 5; ++i) pictures.emplace_back(4, 3, 1, static_cast<unsigned char>(10 * (i + 1)));
  GridStyle style;
  style.rows = 2, style.columns = 3, style.margin = 2, style.margin_color = {200, 200, 200}, style.scale = 2,
  style.invert = true;
  const Image sheet = make_grid(pictures, style);
  ASSERT_EQ(sheet.width, 3 * 8 + 4 * 2);
  ASSERT_EQ(sheet.height, 2 * 6 + 3 * 2);
  int counted[256] = {};
  for (const unsigned char value : sheet.pixels) ++counted[value];
  for (int i = 0; i < 5; ++i) {
    const int left = 2 + i % 3 * 10, top = 2 + i / 3 * 8;
    EXPECT_EQ(*sheet.at(left, top), 255 - 10 * (i + 1));
    EXPECT_EQ(*sheet.at(left + 7, top + 5), 255 - 10 * (i + 1));
    EXPECT_EQ(counted[255 - 10 * (i + 1)], 48);
  }
  EXPECT_EQ(counted[200], 32 * 18 - 5 * 48);  // the margin and the empty cell
  style.columns = 2;
  EXPECT_THROW(make_grid(pictures, style), Error);
  pictures[1] = Image(3, 3, 1);
  style.columns = 3;
  EXPECT_THROW(make_grid(pictures, style), Error);
}

TEST(ImageGrid, MarginsHaveTheirColorAndGreyOnesItsLuma) {
  const std::pair<std::array<unsigned char, 3>, unsigned char> colors[] = {{{255, 255, 255}, 255},
                                                                           {{0, 0, 0}, 0},
                                                                           {{128, 128, 128}, 128},
                                                                           {{255, 0, 0}, 76},
                                                                           {{16, 200, 40}, 127}};
  for (const auto& [rgb, grey] : colors)
    for (const int channels : {1, 3}) {
      const GridStyle style{.rows = 1, .columns = 2, .margin = 3, .margin_color = rgb, .invert = true};
      const Image sheet = make_grid({Image(2, 2, channels, 9)}, style);
      ASSERT_EQ(sheet.width, 2 * 2 + 3 * 3);
      for (int y = 0; y < sheet.height; ++y)
        for (int x = 0; x < sheet.width; ++x)
          for (int c = 0; c < channels; ++c) {
            const bool inside = x >= 3 && x < 5 && y >= 3 && y < 5;
            ASSERT_EQ(sheet.at(x, y)[c], inside          ? 246
                                         : channels == 3 ? rgb[static_cast<std::size_t>(c)]
                                                         : grey);
          }
    }
  const Image bare =
      make_grid({Image(2, 2, 3, 9), Image(2, 2, 3, 8)}, {.rows = 1, .columns = 2, .margin = 0});
  EXPECT_EQ(bare.width, 4);
  EXPECT_EQ(bare.height, 2);
}

TEST(ImageGrid, APictureWithoutPixelsLeavesItsCellBare) {
  const GridStyle style = {.rows = 1, .columns = 3, .margin = 0, .margin_color = {1, 1, 1}, .invert = true};
  const Image sheet = make_grid({Image(), Image(2, 2, 1, 55), Image()}, style);
  ASSERT_EQ(sheet.width, 6);
  EXPECT_EQ(sheet.pixels, (std::vector<unsigned char>{1, 1, 200, 200, 1, 1, 1, 1, 200, 200, 1, 1}));
  EXPECT_THROW(make_grid({Image(), Image()}, style), Error);
}

TEST(ImageMirror, SwapsLeftAndRight) {
  std::vector<unsigned char> pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  mirror(pixels.data(), 3, 2, 2);
  EXPECT_EQ(pixels, (std::vector<unsigned char>{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8}));
}

TEST(ImagePng, GivesBackPixelsAndText) {
  const TextFields text = {{"seed", "1234"}, {"Comment", "two\nlines"}, {"name", "Zo\xC3\xAB"}};
  for (const int channels : {1, 3}) {
    const Image image = waves(53, 37, channels);
    const std::string png = encode_png(image, text);
    EXPECT_EQ(png, encode_png(image, text));
    EXPECT_EQ(decode_png(as_bytes(png)), image);
    EXPECT_EQ(read_text_fields(as_bytes(png)).fields, text);

    struct Source {
      const std::string& bytes;
      std::size_t at;
    } source{png, 0};
    png_structp reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(reader);
    png_set_read_fn(reader, &source, [](png_structp in, png_bytep out, std::size_t size) {
      auto& from = *static_cast<Source*>(png_get_io_ptr(in));
      from.at += from.bytes.copy(reinterpret_cast<char*>(out), size, from.at);
    });
    png_read_png(reader, info, 0, nullptr);
    png_textp fields = nullptr;
    ASSERT_EQ(png_get_text(reader, info, &fields, nullptr), 3);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(fields[i].key, text[i].first);
      EXPECT_EQ(fields[i].text, text[i].second);
      EXPECT_EQ(fields[i].compression, i == 2 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE);
    }
    png_destroy_read_struct(&reader, &info, nullptr);
  }
  EXPECT_THROW(encode_png(Image(4, 4, 1), {{"", "no keyword"}}), Error);
  EXPECT_THROW(encode_png(Image(4, 4, 2)), Error);
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto big_endian = [](std::size_t value) {
    std::string out(4, 0);
    for (int i = 0; i < 4; ++i) out[static_cast<std::size_t>(i)] = static_cast<char>(value >> (24 - 8 * i));
    return out;
  };
  return big_endian(data.size()) + body +
         big_endian(
             crc32(0, reinterpret_cast<const unsigned char*>(body.data()), static_cast<uInt>(body.size())));
}

// Files of strangers: what is written here never comes from encode_png.
TEST(ImagePng, TextFieldsAreReadWithinBounds) {
  const std::string signature = "\x89PNG\r\n\x1a\n", end = chunk("IEND", "");
  const auto text_of = [&](const std::string& chunks) {
    const std::string bytes = signature + chunks;
    return read_text_fields(as_bytes(bytes)).fields;
  };
  const auto zero = std::string(1, 0);
  const std::string field = chunk("tEXt", "a" + zero + "1");
  EXPECT_EQ(text_of(field + end), (TextFields{{"a", "1"}}));
  EXPECT_EQ(text_of(chunk("IHDR", "anything") + chunk("IDAT", "no deflate") + field + end),
            (TextFields{{"a", "1"}}));
  EXPECT_EQ(text_of(field + end + "more behind the end"), (TextFields{{"a", "1"}}));
  const std::string international = "k" + zero + zero + zero + "en" + zero + "Titel" + zero + "t";
  EXPECT_EQ(text_of(chunk("iTXt", international) + end), (TextFields{{"k", "t"}}));
  // Passed over: compressed, without a keyword, with one that is too long, without an end of it, too large.
  std::string compressed = international;
  compressed[2] = 1;
  const std::string odd = chunk("iTXt", compressed) + chunk("zTXt", "z" + zero + zero + "x\x9c") +
                          chunk("tEXt", zero + "no keyword") +
                          chunk("tEXt", std::string(80, 'k') + zero + "v") + chunk("tEXt", "no end") +
                          chunk("iTXt", "k" + zero + zero) + chunk("tEXt", "") +
                          chunk("tEXt", "big" + zero + std::string(1 << 20, 'x'));
  EXPECT_EQ(text_of(odd + field + end), (TextFields{{"a", "1"}}));
  std::string many;
  for (int i = 0; i < 100; ++i) many += field;
  EXPECT_EQ(text_of(many + end).size(), 64u);

  const auto refused = [&](const std::string& bytes) {
    return std::string(error_of([&] { read_text_fields(as_bytes(bytes)); }).what());
  };
  EXPECT_EQ(refused(""), "no PNG, GIF, WebP or MP4");
  EXPECT_EQ(refused("BM and more"), "no PNG, GIF, WebP or MP4");
  EXPECT_EQ(refused(signature), "truncated PNG");
  EXPECT_EQ(refused(signature + field), "truncated PNG");
  std::string huge = field;  // 4 GiB are said to follow
  huge.replace(0, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(refused(signature + huge + end), "truncated PNG");
  std::string torn = field;
  torn[10] = '2';
  EXPECT_EQ(refused(signature + torn + end), "damaged PNG: the checksum of a text field does not match");
}

}  // namespace
}  // namespace facegan::image
