// Lines to paste: what the program quotes is the same words in every usual shell.
#include <gtest/gtest.h>

#include "facegan/core/text.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;

const Words kWords = {"plain",
                      "a b",
                      "",
                      "it's",
                      "\\",
                      "a\\b",
                      "\\'",
                      "'\\",
                      "$HOME",
                      "$(id)",
                      "`id`",
                      "=ls",
                      "x==ls",
                      "~",
                      "~root",
                      "*",
                      "?",
                      "[a-z]",
                      "{a,b}",
                      "!!",
                      "!$",
                      "^a^b",
                      "#",
                      "a#b",
                      "%self",
                      "%1",
                      "\"",
                      ";id",
                      "|id",
                      "&id",
                      ">x",
                      "<x",
                      "(id)",
                      "a=b",
                      "--x=y",
                      "-n",
                      "\u00fc \u65e5\u672c",
                      "\\x41\\n\\u0041",
                      "\\;touch made\\",
                      "@a",
                      "+",
                      ",",
                      ":"};

TEST(Shells, ReadWhatIsQuotedAsTheSameWords) {
  std::string line = "printf '[%s]\\n'", wanted;
  for (const std::string& word : kWords)
    line += " " + facegan::core::shell_quoted(word), wanted += "[" + word + "]\n";
  const TemporaryFolder folder;
  std::string missing;
  for (const std::string shell : {"sh", "bash", "dash", "zsh", "fish"}) {
    const std::string path = "/usr/bin/" + shell;
    if (!fs::exists(path)) {
      missing += " " + shell;
      continue;
    }
    for (const Words& set_up :
         {Words{}, Words{"-o", "magicequalsubst", "-o", "rcquotes", "-o", "extendedglob"}}) {
      if (!set_up.empty() && shell != "zsh") continue;
      const Outcome outcome =
          run({.arguments = set_up + Words{"-c", line}, .folder = folder.path(), .program = path});
      EXPECT_EQ(outcome.out, wanted) << shell << ": " << outcome.err;
    }
    EXPECT_TRUE(snapshot(folder.path()).empty()) << shell;
  }
  if (!missing.empty()) GTEST_SKIP() << "the others agree; not there:" << missing;
}

}  // namespace
