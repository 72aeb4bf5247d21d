// Every file of corpus/ through the function that its fuzzer calls, in any build and with any compiler.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "facegan/core/files.h"
#include "targets.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const std::string& target) {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(FACEGAN_SOURCE_DIR) / "tests/fuzz/corpus" / target))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Corpus : public testing::TestWithParam<fuzz::Target> {};

TEST_P(Corpus, EveryFileIsReadOrRefused) {
  fuzz::prepare();
  const auto files = files_of(GetParam().name);
  EXPECT_FALSE(files.empty());
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    const std::string bytes = facegan::core::read_file(file, 1 << 20, facegan::ErrorKind::io);
    GetParam().run(bytes);
    // Its halves and its doubles are inputs, too.
    GetParam().run(bytes.substr(0, bytes.size() / 2));
    GetParam().run(bytes + bytes);
  }
  GetParam().run("");
}

INSTANTIATE_TEST_SUITE_P(All, Corpus, testing::ValuesIn(fuzz::targets()),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
