// Files of a folder that came from others. tests/cli/foreign_run_test.cpp has whole runs.
#include "facegan/core/inside.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <vector>

#include "error_of.h"
#include "facegan/core/text.h"
#include "temporary_folder.h"

namespace facegan::core {
namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class CoreInside : public ::testing::Test {
 protected:
  void SetUp() override {
    make_folder(folder_ / "run/samples");
    write_file_atomic(folder_ / "victim", "precious");
    fs::create_symlink("../victim", folder_ / "run/link");
    fs::create_directory_symlink("..", folder_ / "run/up");
    ASSERT_EQ(::mkfifo((folder_ / "run/pipe").c_str(), 0600), 0);
  }
  Inside at(const char* name) const { return {folder_ / "run", name}; }
  TemporaryFolder folder_;
};

TEST_F(CoreInside, FilesAreWrittenReadAndRemoved) {
  write_file_atomic(at("samples/a"), "1");
  write_file_atomic(at("samples/a"), "23");
  EXPECT_EQ(read_file(at("samples/a"), 9, ErrorKind::data), "23");
  append_all(open_for_writing(at("log"), O_WRONLY | O_APPEND).get(), "line", "log");
  EXPECT_EQ(read_file(folder_ / "run/log", 9, ErrorKind::data), "line");
  make_folder(at("checkpoints"));
  make_folder(at("checkpoints"));
  link_or_copy(at("samples/a"), at("checkpoints/b"), 9);
  EXPECT_EQ(fs::hard_link_count(folder_ / "run/samples/a"), 2u);
  EXPECT_EQ(names_in(at("checkpoints"), 9), std::vector<std::string>{"b"});
  remove(at("samples/a"));
  EXPECT_FALSE(exists(at("samples/a")));
  EXPECT_TRUE(is_file(at("checkpoints/b")) && exists(at("samples")) && !is_file(at("samples")));
  EXPECT_EQ(error_of([&] { read_file(at("none"), 9, ErrorKind::data); }).kind(), ErrorKind::data);
  EXPECT_EQ(error_of([&] { write_file_atomic(at("none/a"), ""); }).kind(), ErrorKind::io);
  EXPECT_TRUE(names_in(at("none"), 9).empty());
}

TEST_F(CoreInside, LinksAndPipesAreRefusedByName) {
  const std::vector<std::function<void(const char*)>> uses = {
      [&](const char* name) { read_file(at(name), 99, ErrorKind::data); },
      [&](const char* name) { open_for_writing(at(name), O_WRONLY | O_APPEND); },
      [&](const char* name) { open_for_writing(at(name), O_RDWR | O_TRUNC); },
      [&](const char* name) { write_file_atomic(at(name), "x"); },
      [&](const char* name) { link_or_copy(at("samples/a"), at(name), 9); }};
  write_file_atomic(at("samples/a"), "1");
  for (std::size_t i = 0; i < uses.size(); ++i)
    for (const char* name : {"link", "up/victim", "up/new"}) {
      const Error error = error_of([&] { uses[i](name); });
      EXPECT_EQ(error.kind(), ErrorKind::checkpoint) << i << name;
      EXPECT_NE(std::string(error.what())
                    .find(fs::path(name).parent_path().empty() ? "run/link" : "run/up is a link"),
                std::string::npos)
          << error.what();
    }
  for (const std::size_t i : {0, 1})
    EXPECT_EQ(error_of([&] { uses[i]("pipe"); }).kind(), ErrorKind::checkpoint) << i;
  remove(at("up/victim"));
  EXPECT_EQ(error_of([&] { names_in(at("up"), 9); }).kind(), ErrorKind::checkpoint);
  EXPECT_EQ(error_of([&] { make_folder(at("up")); }).kind(), ErrorKind::checkpoint);
  EXPECT_FALSE(exists(at("link")) || exists(at("up")) || exists(at("up/victim")) || is_file(at("pipe")));
  EXPECT_EQ(read_file(folder_ / "victim", 99, ErrorKind::data), "precious");
  EXPECT_EQ(entries(folder_.path()), 2u);  // the run and the victim
}

// What others have put where a temporary file will be is not written through.
TEST_F(CoreInside, TemporaryFilesAreNew) {
  fs::create_symlink("../victim", folder_ / "run" / str(".a.", ::getpid(), ".tmp"));
  write_file_atomic(at("a"), "mine");
  EXPECT_EQ(read_file(folder_ / "victim", 99, ErrorKind::data), "precious");
  EXPECT_FALSE(fs::is_symlink(folder_ / "run/a"));
  write_file_atomic(at(".b.2147483000.tmp"), "left by a process that has ended");
  remove_leftovers({folder_ / "run"});
  EXPECT_FALSE(exists(at(".b.2147483000.tmp")));
}

}  // namespace
}  // namespace facegan::core
