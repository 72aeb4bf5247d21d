// One table of a run folder's files, and the same limits for all who read them.
#include <gtest/gtest.h>

#include "error_of.h"
#include "facegan/core/files.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/listing.h"
#include "facegan/run/record.h"
#include "made_run.h"
#include "temporary_folder.h"

namespace facegan::run {
namespace {

// A comment that makes the settings so large.
void pad_config(const std::filesystem::path& run, std::size_t bytes) {
  std::string text = read_file(run, kConfigFile, ErrorKind::io);
  text += "# " + std::string(bytes - text.size() - 3, '.') + "\n";
  write_file(run, kConfigFile, text);
}

TEST(RunFiles, AllWhoReadTheSettingsHaveOneLimit) {
  const TemporaryFolder folder;
  const auto run = folder / "0001-made";
  make_run(run, {});
  pad_config(run, kConfigFile.max_bytes);
  Record record{.folder = run};
  record.update();
  EXPECT_TRUE(record.config) << record.config_fault;
  EXPECT_EQ(read_config(run, "it").size, 16);
  ASSERT_EQ(list_runs(folder.path()).size(), 1u);
  EXPECT_TRUE(list_runs(folder.path())[0].config);
}

TEST(RunFiles, NoNumberFollowsTheLastOne) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "999999998-x");
  EXPECT_EQ(next_run_folder(folder.path(), "y").filename(), "999999999-y");
  std::filesystem::create_directory(folder / "999999999-y");
  const Error error = error_of([&] { next_run_folder(folder.path(), "z"); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(error.what()).find("999999999-y has the last number"), std::string::npos)
      << error.what();
}

TEST(RunFiles, SettingsBeyondTheLimitAreRefusedByAll) {
  const TemporaryFolder folder;
  const auto run = folder / "0001-made";
  make_run(run, {});
  pad_config(run, kConfigFile.max_bytes + 1);
  Record record{.folder = run};
  record.update();
  EXPECT_FALSE(record.config);
  EXPECT_NE(record.config_fault, "");
  EXPECT_EQ(error_of([&] { read_config(run, "it"); }).kind(), ErrorKind::checkpoint);
  EXPECT_FALSE(list_runs(folder.path()).at(0).config);
}

TEST(RunFiles, WhatIsNotThereIsNotThere) {
  const TemporaryFolder folder;
  EXPECT_FALSE(has_file(folder.path(), kSamples));
  EXPECT_FALSE(has_file(folder / "none", kLogFile));
  core::make_folder(file_in(folder.path(), kSamples));
  EXPECT_TRUE(has_file(folder.path(), kSamples));
  EXPECT_EQ(file_in("a", kRealGrid).path(), "a/samples/real.png");
}

}  // namespace
}  // namespace facegan::run
