// The command in a picture: one spelling, and nothing that a shell or a terminal would take for more.
#include "app/command_line/call_again.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "app/command_line/seeds.h"
#include "app/command_line/shell_words.h"
#include "error_of.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using Words = std::vector<std::string>;
const std::string kHash(16, 'a');
const std::string kPinned = " --from runs/1/checkpoints/step_1.safetensors --checkpoint-hash " + kHash;

TEST(ShellWords, QuotingReadsBack) {
  EXPECT_EQ(core::shell_quoted("runs/0001-dcgan/a_b.png"), "runs/0001-dcgan/a_b.png");
  EXPECT_EQ(core::shell_quoted("-3..3"), "-3..3");
  EXPECT_EQ(core::shell_quoted(""), "''");
  EXPECT_EQ(core::shell_quoted("it's $(here)"), "'it'\\''s $(here)'");
  for (const char* special : {"~", "a b", "a;b", "a|b", "`a`", "$a", "a&b", "a>b", "#a", "*", "?", "[a]",
                              "{a,b}", "!a", "\"", "(a)", "=ls", "a==ls", "%1"})
    EXPECT_EQ(core::shell_quoted(special).front(), '\'') << special;
  const Words words = {"a", "", "b c", "'", "''", "d'e", "$x `y` \\ \"z\"", "\\", "a\\'b", "-1..1"};
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + core::shell_quoted(word);
  EXPECT_EQ(split_words(line), words);
}

TEST(ShellWords, WhatAShellWouldInterpretIsRefused) {
  for (const char* line : {"", " ", "a ", " a", "a  b", "a;b", "a\nb", "a $b", "`a`", "a 'b", "a\\ b",
                           "\"a\"", "a&", "~/x", "a>b", "*"})
    EXPECT_FALSE(split_words(line)) << line;
}

TEST(ShellWords, WhatATerminalShowsOtherwiseIsTold) {
  for (const char* text : {"", "plain", "Z\u00fcrich \u65e5\u672c", "\u00a0", "\u2014", "\u2070"})
    EXPECT_TRUE(core::shows_as_it_is(text)) << text;
  for (const char* text :
       {"a\x1b[2J", "a\nb", "\x7f", "\xff", "\u009b", "\u202e", "\u200f", "\u2066", "\u061c", "\u00ad",
        "\ufeff", "\u180e", "\u3164", "\ufe0f", "\U000E0041", "\u2028"})
    EXPECT_FALSE(core::shows_as_it_is(text)) << text;
}

TEST(CallAgain, HasOneSpelling) {
  const std::string text = "facegan sample" + kPinned + " --seed 1-4 --grid 2x2 --device cpu";
  const CallAgain call = parse_call(text);
  EXPECT_STREQ(call.command->name, "sample");
  EXPECT_EQ(call.own.at("seed"), "1-4");
  EXPECT_EQ(text_of(call), text);
  EXPECT_EQ(
      text_of(parse_call("facegan --quiet sample --device=cpu --grid '2x2' --seed=9 --seed 1-4" + kPinned)),
      text);
  const std::string sum = "facegan arithmetic" + kPinned + " --plus 1,2 --plus 7 --minus 3 --noise 0.25";
  EXPECT_EQ(text_of(parse_call(sum)), sum);
  const std::string odd =
      "facegan sample --from 'my runs/it'\\''s $HOME.safetensors' --checkpoint-hash " + kHash + " --each";
  EXPECT_EQ(text_of(parse_call(odd)), odd);
  EXPECT_EQ(words_of(parse_call(odd))[3], "my runs/it's $HOME.safetensors");
}

TEST(CallAgain, OnlyCallsThatMakePicturesOfAPinnedCheckpoint) {
  const auto refusal = [](const std::string& text) {
    const Error error = error_of([&] { parse_call(text); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_EQ(std::string(error.what()).find_first_of("\n\x1b"), std::string::npos);
    return std::string(error.what());
  };
  const std::string unusable = "the command in it cannot be used: ";
  EXPECT_EQ(refusal("rm -rf /"), unusable + "it is not one of facegan's");
  EXPECT_EQ(refusal("facegan sample; rm -rf /"), unusable + "it is not one of facegan's");
  EXPECT_EQ(refusal("facegan sample $(reboot)" + kPinned), unusable + "it is not one of facegan's");
  EXPECT_EQ(refusal("facegan sample" + kPinned + std::string(300'000, 'x')),
            unusable + "it is not one of facegan's");
  EXPECT_EQ(refusal("facegan sample" + kPinned + " --seed '1\x1b[2J'"),
            unusable + "it has characters that do not show");
  EXPECT_EQ(refusal("facegan sample" + kPinned + " --seed 1 --exec x"),
            unusable + "unknown option '--exec' of 'sample'; 'facegan sample --help' shows all");
  EXPECT_EQ(refusal("facegan sample" + kPinned + " --out /etc/x.png"),
            unusable + "it says where to write, which is not for a picture to say");
  EXPECT_EQ(refusal("facegan sample --seed 1"), unusable + "it has no --from");
  EXPECT_EQ(refusal("facegan sample --from runs/1"), unusable + "it has no --checkpoint-hash");
  EXPECT_EQ(refusal("facegan sample --from runs/1 --checkpoint-hash '0123456789abcde;'"),
            unusable + "its --checkpoint-hash is no checksum");
  for (const char* other : {"facegan", "facegan --version", "facegan train", "facegan sample --help",
                            "facegan data prune", "facegan explain a.png"})
    EXPECT_EQ(refusal(other), unusable + "it does not make pictures of a checkpoint") << other;
}

TEST(CallAgain, APathIsNamedFromTheCurrentFolder) {
  namespace fs = std::filesystem;
  EXPECT_EQ(named_path("runs/./1/../2/a.safetensors"), "runs/2/a.safetensors");
  EXPECT_EQ(named_path((fs::current_path() / "runs/a").string()), "runs/a");
  EXPECT_EQ(named_path("/elsewhere/./a"), "/elsewhere/a");
  EXPECT_EQ(named_path("../a"), (fs::current_path().parent_path() / "a").string());
}

TEST(Seeds, TextReadsBack) {
  EXPECT_EQ(seeds_text({1, 2}), "1,2");
  EXPECT_EQ(seeds_text({1, 2, 3, 9, 5, 6, 7, 7, 0}), "1-3,9,5-7,7,0");
  for (const char* text : {"7", "1-16", "3,5,9-12", "5,4,3", "1,1,1"})
    EXPECT_EQ(parse_seeds(seeds_text(parse_seeds(text))), parse_seeds(text)) << text;
  EXPECT_EQ(std::string(error_of([] { parse_seeds("x", "--plus"); }).what()).substr(0, 15),
            "--plus is seeds");
}

}  // namespace
}  // namespace facegan::app
