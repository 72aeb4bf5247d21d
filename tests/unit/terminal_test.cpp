// Pictures as text for terminals, and which form a terminal gets.
#include "facegan/image/terminal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "error_of.h"
#include "facegan/core/text.h"
#include "facegan/portrait/portrait.h"
#include "facegan/report/preview.h"

namespace facegan {
namespace {

using image::Image;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

Image colored(int width, int height) {
  Image out(width, height, 3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out.at(x, y)[0] = static_cast<unsigned char>(10 * y + x), out.at(x, y)[2] = 7;
  return out;
}

TEST(TerminalBlocks, TwoPixelsACharacterAndColorsOnlyWhereTheyChange) {
  Image picture = colored(3, 3);
  for (int y = 0; y < 2; ++y) picture.at(1, y)[0] = picture.at(0, y)[0];
  EXPECT_EQ(image::as_half_blocks(picture, 3),
            "\033[38;2;0;0;7;48;2;10;0;7m\u2580\u2580\033[38;2;2;0;7;48;2;12;0;7m\u2580\033[0m\n"
            "\033[38;2;20;0;7m\u2580\033[38;2;21;0;7m\u2580\033[38;2;22;0;7m\u2580\033[0m\n");
  EXPECT_EQ(image::as_half_blocks(Image(1, 2, 1, 9), 80), "\033[38;2;9;9;9;48;2;9;9;9m\u2580\033[0m\n");
}

TEST(TerminalBlocks, FitTheWidthByMeansOfAreas) {
  Image picture(4, 4, 1);
  for (int x = 0; x < 4; ++x)
    for (int y = 0; y < 4; ++y) *picture.at(x, y) = static_cast<unsigned char>(x < 2 ? 100 : 20 * y);
  const Image half = image::shrunk_to_width(picture, 2);
  EXPECT_EQ(half.pixels, (std::vector<unsigned char>{100, 10, 100, 50}));
  EXPECT_EQ(image::shrunk_to_width(picture, 4), picture);
  EXPECT_EQ(image::shrunk_to_width(picture, 400), picture);
  EXPECT_EQ(image::shrunk_to_width(Image(100, 1, 1), 10).height, 1);
  const std::string text = image::as_half_blocks(Image(1000, 500, 3), 40);
  const auto lines = core::split(text, '\n');
  ASSERT_EQ(lines.size(), 11u);  // the last one is empty
  for (std::size_t i = 0; i < 10; ++i) {
    std::size_t blocks = 0;
    for (auto at = lines[i].find("\u2580"); at != std::string::npos; at = lines[i].find("\u2580", at + 1))
      ++blocks;
    EXPECT_EQ(blocks, 40u);
  }
}

// Reads what as_sixel writes, as the manual says.
Image drawn(const std::string& text) {
  EXPECT_TRUE(text.starts_with("\033P0;1q\"1;1;")) << text.substr(0, 20);
  EXPECT_TRUE(text.ends_with("\033\\\n"));
  std::size_t at = 11;
  const auto number = [&] {
    int value = 0;
    for (; std::isdigit(static_cast<unsigned char>(text[at])); ++at) value = 10 * value + text[at] - '0';
    return value;
  };
  const int width = number();
  ++at;
  Image out(width, number(), 3);
  std::map<int, std::array<int, 3>> palette;
  int color = 0, x = 0, top = 0;
  while (text[at] != '\033') {
    const char c = text[at++];
    if (c == '#') {
      color = number();
      if (text.substr(at, 3) != ";2;") continue;
      at += 2;
      for (int& part : palette[color]) ++at, part = number();
    } else if (c == '$') {
      x = 0;
    } else if (c == '-') {
      x = 0, top += 6;
    } else {
      const int count = c == '!' ? number() : 1;
      const int bits = (c == '!' ? text[at++] : c) - '?';
      for (int i = 0; i < count; ++i, ++x)
        for (int bit = 0; bit < 6; ++bit)
          if (bits >> bit & 1)
            for (int k = 0; k < 3; ++k)
              out.at(x, top + bit)[k] = static_cast<unsigned char>(std::lround(palette[color][k] * 2.55));
    }
  }
  return out;
}

TEST(TerminalSixel, DrawsThePicture) {
  const Image few = colored(17, 13), same = drawn(image::as_sixel(few, 100));
  ASSERT_EQ(same.width, 17);
  ASSERT_EQ(same.height, 13);
  for (std::size_t i = 0; i < few.pixels.size(); ++i)
    EXPECT_NEAR(same.pixels[i], few.pixels[i], 2) << i;  // colours are percentages
  // More than 256 colours: dithered, right in the mean.
  const Image face = portrait::draw(1, 2, 64), shown = drawn(image::as_sixel(face, 32));
  const Image small = image::shrunk_to_width(face, 32);
  ASSERT_EQ(shown.width, 32);
  double difference = 0;
  for (std::size_t i = 0; i < small.pixels.size(); ++i) difference += shown.pixels[i] - small.pixels[i];
  EXPECT_NEAR(difference / static_cast<double>(small.pixels.size()), 0, 2);
  EXPECT_EQ(drawn(image::as_sixel(Image(5, 7, 1, 200), 5)).at(4, 6)[1], 199);
}

std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned value = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    value = value << 6 | static_cast<unsigned>(digits.find(c)), bits += 6;
    if (bits >= 8) bits -= 8, out += static_cast<char>(value >> bits & 255);
  }
  EXPECT_EQ(text.size() % 4, 0u);
  return out;
}

TEST(TerminalKitty, SendsAPngInPieces) {
  for (const int side : {4, 64, 200}) {
    const Image face = portrait::draw(1, 2, side);
    const std::string text = image::as_kitty(face, 150);
    std::string data;
    std::size_t pieces = 0;
    for (std::size_t at = 0; text[at] != '\n'; ++pieces) {
      const std::size_t body = text.find(';', at) + 1, end = text.find("\033\\", at);
      const bool last = text[end + 2] == '\n';
      EXPECT_EQ(text.substr(at, body - at),
                core::str("\033_G", pieces == 0 ? "a=T,f=100,q=2," : "", "m=", last ? 0 : 1, ';'));
      EXPECT_LE(end - body, 4096u);
      EXPECT_TRUE(last || end - body == 4096u);
      data += text.substr(body, end - body);
      at = end + 2;
    }
    EXPECT_EQ(pieces > 1, side > 4) << text.size();
    EXPECT_TRUE(text.ends_with("\033\\\n"));
    EXPECT_EQ(from_base64(data), image::encode_png(image::shrunk_to_width(face, 150)));
  }
}

std::map<std::string, std::string> g_environment;
std::string form_in(const std::map<std::string, std::string>& environment) {
  g_environment = environment;
  return report::terminal_form([](const char* name) { return g_environment[name]; });
}

TEST(Preview, TheEnvironmentSaysWhatATerminalDraws) {
  EXPECT_EQ(form_in({{"TERM", "xterm-256color"}}), "blocks");
  EXPECT_EQ(form_in({}), "blocks");
  EXPECT_EQ(form_in({{"TERM", "vt100"}}), "");
  EXPECT_EQ(form_in({{"TERM", "vte-256color"}}), "blocks");
  EXPECT_EQ(form_in({{"TERM", "xterm"}, {"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}), "");
  EXPECT_EQ(form_in({{"TERM", "tmux-256color"}, {"LANG", "POSIX"}}), "");
  EXPECT_EQ(form_in({{"TERM", "xterm"}, {"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}), "blocks");
  EXPECT_EQ(form_in({{"TERM", "foot"}, {"LC_ALL", "C"}}), "sixel");
  EXPECT_EQ(form_in({{"TERM", "xterm-kitty"}}), "kitty");
  EXPECT_EQ(form_in({{"TERM", "xterm-256color"}, {"KITTY_WINDOW_ID", "1"}}), "kitty");
  EXPECT_EQ(form_in({{"TERM", "xterm-256color"}, {"KONSOLE_VERSION", "240801"}}), "kitty");
  EXPECT_EQ(form_in({{"TERM", "xterm-ghostty"}}), "kitty");
  EXPECT_EQ(form_in({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "WezTerm"}}), "kitty");
  EXPECT_EQ(form_in({{"TERM", "foot"}}), "sixel");
  EXPECT_EQ(form_in({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "iTerm.app"}}), "sixel");
  EXPECT_EQ(form_in({{"TERM", "screen-256color"}, {"KITTY_WINDOW_ID", "1"}}), "blocks");
  EXPECT_EQ(form_in({{"TERM", "xterm-kitty"}, {"TMUX", "/tmp/tmux-0/default,1,0"}}), "blocks");
}

// Standard error is no terminal here.
TEST(Preview, SaysOnceThatThereIsNoTerminal) {
  CaptureStderr();
  const report::Preview preview("kitty");
  preview.show(Image(2, 2, 3), "caption");
  preview.show(Image(2, 2, 3));
  EXPECT_EQ(GetCapturedStderr(),
            "facegan: warning: --preview shows nothing: standard error is not a terminal that draws\n");
}

TEST(Preview, OtherFormsAreRefused) {
  const Error error = error_of([] { report::Preview("sixels"); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_STREQ(error.what(), "--preview is one of blocks, sixel, kitty, not 'sixels', did you mean 'sixel'?");
}

}  // namespace
}  // namespace facegan
