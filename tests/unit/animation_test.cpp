// GIF and WebP files. MP4: mp4_test.cpp.
#include "facegan/image/animation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "error_of.h"
#include "facegan/portrait/portrait.h"
#include "read_gif.h"
#include "waves.h"

namespace facegan::image {
namespace {

std::string encode_gif(const std::vector<Image>& frames, const AnimationStyle& style = {}) {
  return encode_animation(AnimationFormat::gif, frames, style);
}

std::vector<Image> three_waves(int width, int height, int channels) {
  return {waves(width, height, channels, 0), waves(width, height, channels, 1),
          waves(width, height, channels, 2)};
}

TEST(Animation, FormatGoesByTheEndingOfTheName) {
  EXPECT_EQ(animation_format("a.gif"), AnimationFormat::gif);
  EXPECT_EQ(animation_format("dir.mp4/b.WebP"), AnimationFormat::webp);
  EXPECT_EQ(animation_format(".mp4"), AnimationFormat::mp4);
  for (const char* name : {"", "gif", "a.gif.png", "a.", "a.gif/", "a.mp4x"})
    EXPECT_FALSE(animation_format(name)) << name;
}

TEST(Animation, RefusesWhatCannotBeOne) {
  const auto kind = [](const std::vector<Image>& frames, const AnimationStyle& style = {}) {
    return error_of([&] { encode_gif(frames, style); }).kind();
  };
  EXPECT_EQ(kind({}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(4, 4, 3), Image(4, 5, 3)}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(4, 4, 2)}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(4, 4, 3)}, {.frame_ms = 9}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(4, 4, 3)}, {.last_ms = 60001}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(4, 4, 3)}, {.loops = 65536}), ErrorKind::internal);
  EXPECT_EQ(kind({Image(65536, 1, 1)}), ErrorKind::usage);
}

// The program loads that module from its own folder, where this test does not lie.
TEST(Animation, WithoutTheVideoModuleThereIsNoMp4) {
  const Error error = error_of([] { encode_animation(AnimationFormat::mp4, std::vector{Image(4, 4, 3)}); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_STREQ(error.what(),
               "this program has no MP4 encoder (its module libfacegan_video.so is not beside it, or does "
               "not load; a build from source with libopencv-videoio-dev has one): use .gif");
}

// Long animations are made in the memory of a few frames.
TEST(Animation, AsksForOneFrameAtATime) {
  const auto waves3 = three_waves(31, 17, 3);
  std::vector<std::size_t> asked;
  const Frames frames(3, [&](std::size_t i) { return asked.push_back(i), waves3[i]; });
  EXPECT_EQ(encode_animation(AnimationFormat::gif, frames), encode_gif(waves3));
  EXPECT_EQ(std::vector(asked.end() - 2, asked.end()), (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(std::count(asked.begin(), asked.end(), 2u), 1);
  const Frames torn(3,
                    [&](std::size_t i) { return i == 2 ? throw Error(ErrorKind::data, "torn") : waves3[i]; });
  EXPECT_EQ(error_of([&] { encode_animation(AnimationFormat::gif, torn); }).kind(), ErrorKind::data);
}

TEST(ImageGif, HoldsFramesDelaysAndLoop) {
  const auto frames = three_waves(31, 17, 3);
  const std::string file = encode_gif(frames, {.frame_ms = 80, .last_ms = 1000});
  EXPECT_EQ(file, encode_gif(frames, {.frame_ms = 80, .last_ms = 1000}));
  EXPECT_EQ(file.substr(0, 6), "GIF89a");
  EXPECT_EQ(file.back(), ';');
  const ReadGif read(file);
  ASSERT_EQ(read.error, 0);
  ASSERT_EQ(read.gif->ImageCount, 3);
  EXPECT_EQ(read.gif->SWidth, 31);
  EXPECT_EQ(read.gif->SHeight, 17);
  EXPECT_EQ(read.delay(0), 8);
  EXPECT_EQ(read.delay(2), 100);
  EXPECT_EQ(ReadGif(encode_gif(frames, {.frame_ms = 80, .last_ms = 0})).delay(2), 8);
  // For ever; 300 times = 299 repeats; once.
  const auto loop = [](const std::string& gif) {
    const auto at = gif.find("NETSCAPE2.0");
    return at == std::string::npos ? "none" : gif.substr(at + 11, 5);
  };
  EXPECT_EQ(loop(file), std::string("\x03\x01\x00\x00\x00", 5));
  EXPECT_EQ(loop(encode_gif(frames, {.loops = 300})), std::string("\x03\x01\x2B\x01\x00", 5));
  EXPECT_EQ(loop(encode_gif(frames, {.loops = 1})), "none");
}

TEST(ImageGif, IsExactWithFewColors) {
  for (const int channels : {1, 3}) {
    Image image(20, 20, channels);
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
      image.pixels[i] = static_cast<unsigned char>(i / 5 % 60 * 4);
    const ReadGif read(encode_gif({image}));
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 20; ++x) {
        const GifColorType color = read.color(0, x, y);
        ASSERT_EQ(color.Red, image.at(x, y)[0]);
        ASSERT_EQ(color.Blue, image.at(x, y)[channels - 1]);
      }
  }
}

TEST(ImageGif, DithersSoThatBlendsShowNoBands) {
  Image blend(128, 128, 3);  // 16,384 colours
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      for (int c = 0; c < 3; ++c)
        blend.at(x, y)[c] = static_cast<unsigned char>(c == 0 ? 2 * x : c == 1 ? 2 * y : x + y);
  const ReadGif read(encode_gif({blend}));
  ASSERT_EQ(read.gif->SavedImages[0].ImageDesc.ColorMap->ColorCount, 256);
  double error = 0;  // of blocks of 4 x 4 pixels, which the eye takes together
  for (int top = 0; top < 128; top += 4)
    for (int left = 0; left < 128; left += 4) {
      int sum = 0;
      for (int i = 0; i < 16; ++i) {
        const int x = left + i % 4, y = top + i / 4,
                  difference = read.color(0, x, y).Green - blend.at(x, y)[1];
        ASSERT_LT(std::abs(difference), 40) << x << ' ' << y;
        sum += difference;
      }
      error += std::abs(sum) / 16.0;
    }
  EXPECT_LT(error / 1024, 1);
}

// Sixty-four different faces have to share the 256 colours.
TEST(ImageGif, LosesLittleOfASheetOfFaces) {
  std::vector<Image> faces;
  for (int i = 0; i < 64; ++i) faces.push_back(portrait::draw(3, static_cast<std::uint64_t>(i), 32));
  const Image sheet = make_grid(faces, {});
  const ReadGif read(encode_gif({sheet}));
  double squares = 0;
  for (int y = 0; y < sheet.height; ++y)
    for (int x = 0; x < sheet.width; ++x) {
      const GifColorType color = read.color(0, x, y);
      const unsigned char* wanted = sheet.at(x, y);
      squares += std::pow(color.Red - wanted[0], 2) + std::pow(color.Green - wanted[1], 2) +
                 std::pow(color.Blue - wanted[2], 2);
    }
  const double psnr = 10 * std::log10(255 * 255 / (squares / static_cast<double>(sheet.pixels.size())));
  EXPECT_GT(psnr, 34) << "dB";
}

TEST(ImageGif, KeepsTheMarginOfAGridClean) {
  Image close(96, 96, 3);  // colours close to the margin's
  for (std::size_t i = 0; i < close.pixels.size(); ++i)
    close.pixels[i] = static_cast<unsigned char>(168 + i * 2654435761u / 65536 % 25);
  GridStyle style;
  style.rows = style.columns = 2, style.margin = 4, style.margin_color = {180, 180, 180};
  const Image sheet = make_grid({close, waves(96, 96, 3), close}, style);
  const ReadGif read(encode_gif({sheet}));
  for (int i = 0; i < sheet.width; ++i)
    for (const int margin : {0, 3, 100, 103, 200, 203}) {
      ASSERT_EQ(read.color(0, i, margin).Green, 180) << i << ' ' << margin;
      ASSERT_EQ(read.color(0, margin, i).Green, 180) << i << ' ' << margin;
    }
  ASSERT_EQ(read.color(0, 150, 150).Red, 180);  // the empty cell
}

// The chunks of a WebP: name and content.
std::vector<std::pair<std::string, std::string>> chunks_of(const std::string& webp, std::size_t at) {
  std::vector<std::pair<std::string, std::string>> chunks;
  while (at + 8 <= webp.size()) {
    std::size_t size = 0;
    for (int i = 3; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(webp[at + 4 + i]);
    chunks.emplace_back(webp.substr(at, 4), webp.substr(at + 8, size));
    at += 8 + size + size % 2;
  }
  return chunks;
}

int number(const std::string& bytes, std::size_t at, int size) {
  int value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

const TextFields kFields = {
    {"facegan:kind", "walk"},
    {"facegan:command", "facegan sweep --with 'Smiling=1: ' " + std::string(300, 'x')}};

// Of a file that is cut off behind its first `from` bytes.
void expect_no_part_is_read(const std::string& file, std::size_t from, const char* why) {
  for (std::size_t size = from; size < file.size(); ++size) {
    const std::string cut = file.substr(0, size);
    ASSERT_STREQ(error_of([&] { read_text_fields(as_bytes(cut)); }).what(), why) << size;
  }
}

// Its bytes need several of a comment's blocks. Other readers see a comment before the first frame.
TEST(ImageGif, CarriesTextFields) {
  const auto frames = three_waves(9, 5, 3);
  const std::string file = encode_animation(AnimationFormat::gif, frames, {}, kFields);
  const FileText text = read_text_fields(as_bytes(file));
  EXPECT_STREQ(text.ending, ".gif");
  EXPECT_EQ(text.fields, kFields);
  const ReadGif gif(file);
  EXPECT_EQ(gif.error, 0);
  std::string comment;
  const SavedImage& first = gif.gif->SavedImages[0];
  for (int i = 0; i < first.ExtensionBlockCount; ++i)
    if (const ExtensionBlock& block = first.ExtensionBlocks[i];
        block.Function == COMMENT_EXT_FUNC_CODE ||
        (!comment.empty() && block.Function == CONTINUE_EXT_FUNC_CODE))
      comment.append(reinterpret_cast<const char*>(block.Bytes), block.ByteCount);
    else if (!comment.empty())
      break;
  EXPECT_TRUE(comment.starts_with("facegan:kind: walk\nfacegan:command: facegan sweep")) << comment;
  EXPECT_EQ(gif.gif->ImageCount, 3);
  EXPECT_EQ(read_text_fields(as_bytes(encode_gif(frames))).fields, TextFields{});
  const std::string two = encode_animation(AnimationFormat::gif, frames, {}, {{"a", "two\nlines"}});
  EXPECT_EQ(read_text_fields(as_bytes(two)).fields, (TextFields{{"a", "two\\x0alines"}}));
}

// Cut off anywhere, they are refused.
TEST(ImageGif, TextFieldsAreReadWithinBounds) {
  const std::string file = encode_animation(AnimationFormat::gif, three_waves(9, 5, 3), {}, kFields);
  expect_no_part_is_read(file, 6, "truncated GIF");
  std::string odd = file;
  odd[13] = 'x';  // where a block begins
  EXPECT_STREQ(error_of([&] { read_text_fields(as_bytes(odd)); }).what(), "damaged GIF");
}

// At most 64 of at most 1 MiB together; lines that are none are passed over.
TEST(ImageGif, TextFieldsHaveLimits) {
  const auto read = [](const TextFields& fields) {
    const std::string file = encode_animation(AnimationFormat::gif, three_waves(2, 2, 1), {}, fields);
    return read_text_fields(as_bytes(file)).fields;
  };
  EXPECT_EQ(read(TextFields(100, {"a", "1"})).size(), 64u);
  EXPECT_EQ(read({{"a", "1"}, {std::string(80, 'k'), "long"}, {"", "none"}, {"n", {"a\0b", 3}}, {"b", "2"}}),
            (TextFields{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(read({{"a", "1"}, {"b", std::string(1 << 20, 'x')}}), TextFields{});
}

class ImageWebp : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = missing_encoder(AnimationFormat::webp); !missing.empty())
      GTEST_SKIP() << missing;
  }
  static std::string encode(const std::vector<Image>& frames, const AnimationStyle& style = {}) {
    return encode_animation(AnimationFormat::webp, frames, style);
  }
};

TEST_F(ImageWebp, HoldsFramesDurationsAndLoop) {
  const auto frames = three_waves(31, 17, 3);
  const AnimationStyle style{.frame_ms = 83, .last_ms = 1001, .loops = 7};
  const std::string file = encode(frames, style);
  EXPECT_EQ(file, encode(frames, style));
  EXPECT_EQ(file.substr(0, 4) + file.substr(8, 4), "RIFFWEBP");
  std::vector<int> durations;
  for (const auto& [name, content] : chunks_of(file, 12)) {
    if (name == "VP8X") {
      EXPECT_EQ(number(content, 4, 3) + 1, 31);
      EXPECT_EQ(number(content, 7, 3) + 1, 17);
    }
    if (name == "ANIM") {
      EXPECT_EQ(number(content, 4, 2), 7);
    }
    if (name == "ANMF") durations.push_back(number(content, 12, 3));
  }
  EXPECT_EQ(durations, (std::vector<int>{83, 83, 1001}));
}

TEST_F(ImageWebp, CarriesTextFields) {
  const auto frames = three_waves(9, 5, 3);
  const std::string file = encode_animation(AnimationFormat::webp, frames, {}, kFields);
  const FileText text = read_text_fields(as_bytes(file));
  EXPECT_STREQ(text.ending, ".webp");
  EXPECT_EQ(text.fields, kFields);
  std::size_t shown = 0;
  for (const auto& [name, content] : chunks_of(file, 12)) shown += name == "ANMF";
  EXPECT_EQ(shown, 3u);
  expect_no_part_is_read(file, 12, "truncated WebP");
}

// Also of frames that differ little from those before them.
TEST_F(ImageWebp, KeepsTheColorsOfEveryFrame) {
  for (const int channels : {1, 3}) {
    std::vector<Image> frames(40, waves(64, 48, channels));
    for (std::size_t k = 0; k < frames.size(); ++k)
      for (unsigned char& value : frames[k].pixels) value = static_cast<unsigned char>(value / 2 + 2 * k);
    std::size_t k = 0;
    for (const auto& [name, content] : chunks_of(encode(frames), 12)) {
      if (name != "ANMF") continue;
      std::string still = "RIFF----WEBP" + content.substr(16);  // the frame as a file of its own
      const auto size = static_cast<std::uint32_t>(still.size() - 8);
      std::memcpy(still.data() + 4, &size, 4);
      const Image seen = decode_original(as_bytes(still), channels);
      ASSERT_LT(k, frames.size());
      ASSERT_EQ(seen.pixels.size(), frames[k].pixels.size());
      double squares = 0;
      for (std::size_t i = 0; i < seen.pixels.size(); ++i)
        squares += std::pow(seen.pixels[i] - frames[k].pixels[i], 2);
      ASSERT_LT(squares / static_cast<double>(seen.pixels.size()), 20) << k;  // 35 dB
      ++k;
    }
    EXPECT_EQ(k, frames.size());
  }
}

TEST_F(ImageWebp, RefusesWhatIsTooLarge) {
  EXPECT_EQ(error_of([] { encode({Image(16384, 1, 1)}); }).kind(), ErrorKind::usage);
}

}  // namespace
}  // namespace facegan::image
