// Event files: records, their order, and what a full disk leaves. tests/tools reads them by TensorBoard
// itself.
#include "report/tensorboard.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "error_of.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  return core::read_file(path, 1 << 20, ErrorKind::io);
}

std::vector<fs::path> event_files(const TemporaryFolder& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// What the records of a file hold. Fails where a sum is wrong or the last record is not whole.
std::vector<std::string> records_of(const fs::path& path) {
  const std::string all = text_of(path);
  std::vector<std::string> records;
  for (std::size_t at = 0; at < all.size();) {
    std::uint64_t size = 0;
    std::memcpy(&size, all.data() + at, std::min<std::size_t>(8, all.size() - at));
    const std::string record = all.substr(at, size + 16), content = record.substr(12, size);
    EXPECT_EQ(record, tf_record(content)) << "record " << records.size();
    records.push_back(content);
    at += size + 16;
  }
  return records;
}

// Behind the wall time (its tag and eight bytes).
std::string without_time(const std::string& event) {
  EXPECT_EQ(event[0], 0x09);
  return event.substr(9);
}

run::Metrics at_step(std::int64_t step) {
  run::Metrics m;
  m.step = step, m.epoch = 1, m.images = 8 * step, m.set("d_loss", 0.5);
  return m;
}

TEST(TensorBoard, RecordsHaveMaskedSums) {
  // By a bitwise CRC in Python.
  EXPECT_EQ(tf_record("abc"), std::string("\x03\0\0\0\0\0\0\0\xb0\x99\x49\x0e"
                                          "abc\x6e\x57\xf1\x21",
                                          19));
}

TEST(TensorBoard, AFileBeginsWithItsVersionTheStepAndTheConfiguration) {
  const TemporaryFolder folder;
  TensorBoard board(folder.path(), 300, "epochs: 3\nseed: 7\n");
  EXPECT_TRUE(event_files(folder).empty());  // nothing to tell yet
  board.numbers(at_step(350), {});
  const auto files = event_files(folder);
  ASSERT_EQ(files.size(), 1u);
  const std::string name = files[0].filename().string();
  EXPECT_TRUE(name.starts_with("events.out.tfevents.") && name.ends_with(".facegan")) << name;
  const auto records = records_of(files[0]);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(without_time(records[0]), std::string("\x10\x00\x1a\x0d", 4) + "brain.Event:2");
  EXPECT_EQ(without_time(records[1]), "\x10\xAD\x02\x3a\x02\x08\x01");  // step 301: SessionLog START
  EXPECT_TRUE(without_time(records[2]).starts_with("\x10\xAC\x02\x2a"));
  EXPECT_NE(records[2].find("    epochs: 3\n    seed: 7\n"), std::string::npos);
  EXPECT_TRUE(without_time(records[3]).starts_with("\x10\xDE\x02\x2a"));
  const std::string loss("\x0a\x0d\x0a\x06loss/d\x15\0\0\0\x3f", 15);
  EXPECT_NE(records[3].find(loss), std::string::npos);
}

TEST(TensorBoard, PicturesComeWithTheirSize) {
  const TemporaryFolder folder;
  TensorBoard board(folder.path(), 0, "");
  const std::string png = image::encode_png(image::Image(300, 2, 1, 9));
  board.pictures({.kind = Pictures::Kind::real, .png = png}, {});
  board.pictures({.png = image::encode_png(image::Image(1, 1, 3))}, {.step = 5});
  const auto records = records_of(event_files(folder).at(0));
  ASSERT_EQ(records.size(), 5u);
  EXPECT_NE(records[3].find("\x08\x02\x10\xAC\x02\x18\x01\x22"),
            std::string::npos);  // 2 high, 300 wide, grey
  EXPECT_NE(records[3].find(png), std::string::npos);
  EXPECT_NE(records[3].find("samples/real"), std::string::npos);
  EXPECT_NE(records[4].find("samples/generated"), std::string::npos);
  EXPECT_NE(records[4].find("\x08\x01\x10\x01\x18\x03\x22"), std::string::npos);
}

TEST(TensorBoard, GoingBackIsARestartAtTheNextStep) {
  const TemporaryFolder folder;
  TensorBoard board(folder.path(), 0, "");
  board.numbers(at_step(50), {});
  board.go_back({.step = 20});
  const auto records = records_of(event_files(folder).at(0));
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(without_time(records[4]), "\x10\x15\x3a\x02\x08\x01");
}

TEST(TensorBoard, TheFilesOfARunAreInOrderWhateverTheClockSays) {
  const TemporaryFolder folder;
  const fs::path future = folder / "events.out.tfevents.9999999997.facegan";
  std::ofstream(future) << "torn";
  for (int i = 0; i < 2; ++i) TensorBoard(folder.path(), 0, "").numbers(at_step(1), {});
  EXPECT_EQ(event_files(folder),
            (std::vector<fs::path>{future, folder / "events.out.tfevents.9999999998.facegan",
                                   folder / "events.out.tfevents.9999999999.facegan"}));
  EXPECT_EQ(text_of(future), "torn");
}

// A disk that fills up within a record: the record is taken back, and later ones are whole.
TEST(TensorBoard, WhatDoesNotFitIsTakenBack) {
  const TemporaryFolder folder;
  TensorBoard board(folder.path(), 0, "");
  board.numbers(at_step(50), {});
  const fs::path path = event_files(folder).at(0);
  const std::string before = text_of(path);
  struct rlimit old {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { before.size() + 20, old.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Error error = error_of([&] { board.numbers(at_step(100), {}); });
  const Error still = error_of([&] { board.go_back({.step = 50}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_EQ(still.kind(), ErrorKind::io);
  EXPECT_EQ(text_of(path), before);
  board.numbers(at_step(150), {});
  const auto records = records_of(path);
  ASSERT_EQ(records.size(), 6u);
  EXPECT_EQ(without_time(records[4]), "\x10\x33\x3a\x02\x08\x01");  // the going back is not lost
}

TEST(TensorBoard, AFolderThatIsNotThereIsSaidEachTime) {
  const TemporaryFolder folder;
  TensorBoard board(folder / "none", 0, "");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(error_of([&] { board.numbers(at_step(1), {}); }).kind(), ErrorKind::io);
  fs::create_directory(folder / "none");
  board.numbers(at_step(2), {});
  EXPECT_EQ(records_of(fs::directory_iterator(folder / "none")->path()).size(), 4u);
}

}  // namespace
}  // namespace facegan::report
