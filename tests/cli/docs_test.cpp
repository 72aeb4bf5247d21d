// The documentation says what the program does.
#include <gtest/gtest.h>

#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

const std::string kArchitectures = read_text(FACEGAN_SOURCE_DIR "/docs/architectures.md");

TEST(Docs, HaveTheReferenceThatTheTablesMake) {
  const std::string start = "Made by `facegan list --markdown`.\n\n";
  const auto at = kArchitectures.find(start);
  ASSERT_NE(at, std::string::npos);
  const TemporaryFolder folder;
  EXPECT_EQ(kArchitectures.substr(at + start.size()), run({{"list", "--markdown"}, folder.path()}).out)
      << "write the output of 'facegan list --markdown' below that line";
}

TEST(Docs, ExampleArchitectureRunsAtItsSizes) {
  const auto begin = kArchitectures.find("```yaml\n") + 8;
  const TemporaryFolder folder;
  write_text(folder / "mine.yaml", kArchitectures.substr(begin, kArchitectures.find("```", begin) - begin));
  for (const char* size : {"32", "64", "128"})
    EXPECT_EQ(run({{"summary", "--config", "mine.yaml", "--size", size}, folder.path()}).exit_code, 0)
        << size;
}

}  // namespace
