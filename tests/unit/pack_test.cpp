// Packed pictures: what is written comes back, what is damaged does not, and nothing is trusted.
#include "data/pack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <set>
#include <thread>

#include "archive_bytes.h"
#include "data/cache.h"
#include "facegan/core/files.h"
#include "facegan/data/loader.h"
#include "facegan/data/packed.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

constexpr int kSize = 84, kChannels = 3;
constexpr std::size_t kBytes = kSize * kSize * kChannels, kCount = 200;  // blocks of 49: five
constexpr std::uint64_t kKey = 0x1234;
const std::atomic<bool> kNever{false};

// Picture i is filled with i; every tenth is unusable. Decoded pictures are counted.
class Numbers : public Dataset {
 public:
  std::size_t size() const override { return kCount; }
  std::string name(std::size_t i) const override { return "n" + std::to_string(i); }
  image::Image get(std::size_t i) const override {
    ++calls;
    if (i % 10 == 9) throw Error(ErrorKind::data, name(i) + ": torn");
    return image::Image(kSize, kSize, kChannels, static_cast<unsigned char>(i));
  }
  std::string encoded(std::size_t) const override { return ""; }
  mutable std::atomic<int> calls{0};
};

class PackTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("FACEGAN_CACHE", folder_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("FACEGAN_CACHE"); }

  std::unique_ptr<Cache> cache(std::uint64_t key = kKey) {
    set_ = std::make_shared<Numbers>();
    return std::make_unique<Cache>(set_, kSize, kChannels, 0, false, key);
  }
  void make() {
    const std::atomic<bool> never{false};
    ASSERT_TRUE(write_pack(
        pack_file(kKey), {kKey, kCount, kBytes}, 3,
        [&](std::size_t i, unsigned char* out) {
          std::memset(out, static_cast<int>(i), kBytes);
          return i % 10 != 9;
        },
        never));
  }
  // Changes one bit of the file.
  static void flip(std::size_t at, int bit) {
    std::fstream file(pack_file(kKey), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int byte = file.get() ^ (1 << bit);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte));
  }
  // All usable pictures are right, and the others are told.
  void expect_right(Cache& pictures) {
    unsigned char pixels[kBytes];
    for (std::size_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(pictures.get(i, pixels, kNever), i % 10 != 9) << i;
      if (i % 10 == 9) continue;
      for (const unsigned char byte : pixels) ASSERT_EQ(byte, i);
    }
    EXPECT_EQ(pictures.unusable().size(), kCount / 10);
    EXPECT_EQ(pictures.unusable()[0], "n9: torn");
  }

  TemporaryFolder folder_;
  std::shared_ptr<Numbers> set_;
};

TEST_F(PackTest, IsReadInsteadOfDecoding) {
  make();
  const auto packed = cache();
  EXPECT_TRUE(packed->is_packed());
  expect_right(*packed);
  EXPECT_EQ(set_->calls, static_cast<int>(kCount) / 10);  // the unusable ones, for their reasons
  EXPECT_FALSE(cache(kKey + 1)->is_packed());
  EXPECT_FALSE(cache(0)->is_packed());
}

// Pictures of a user who keeps files to himself stay with him.
TEST_F(PackTest, TakesTheUsersMask) {
  const mode_t before = ::umask(077);
  make();
  ::umask(before);
  EXPECT_EQ(fs::status(pack_file(kKey)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PackTest, ADamagedBlockIsDecodedAgain) {
  make();
  flip(fs::file_size(pack_file(kKey)) - kBytes * 150, 0);  // picture 50
  CaptureStderr();
  const auto packed = cache();
  EXPECT_TRUE(packed->is_packed());
  expect_right(*packed);
  expect_right(*packed);
  const std::string said = GetCapturedStderr();
  EXPECT_NE(said.find("is damaged: the pictures of block 1 "), std::string::npos) << said;
  EXPECT_EQ(said.find("damaged", said.find("is damaged") + 10), std::string::npos) << said;  // once
}

// Any byte of header and tables, and any length: not used, and the pictures are right all the same.
// Its blocks were checked; what is written over them since was not.
TEST_F(PackTest, WhatIsWrittenToItLaterIsNotTaken) {
  make();
  const auto there = cache();
  const std::atomic<bool> stop{false};
  std::vector<unsigned char> picture(kBytes);
  ASSERT_TRUE(there->fetch(3, picture.data(), stop));
  EXPECT_EQ(set_->calls, 0);
  const auto before = fs::last_write_time(pack_file(kKey));
  flip(pack_bytes({kKey, kCount, kBytes}) - kBytes * kCount + 3 * kBytes, 2);
  fs::last_write_time(pack_file(kKey), before + std::chrono::seconds(1));
  CaptureStderr();
  ASSERT_TRUE(there->fetch(3, picture.data(), stop));
  ASSERT_TRUE(there->fetch(4, picture.data(), stop));
  EXPECT_EQ(set_->calls, 2);
  EXPECT_EQ(picture[0], 4);
  const std::string said = GetCapturedStderr();
  EXPECT_NE(said.find(" was written to while it was in use"), std::string::npos) << said;
  EXPECT_EQ(said.find("was written to"), said.rfind("was written to"));
}

TEST_F(PackTest, NothingThatItSaysIsTrusted) {
  make();
  const auto size = fs::file_size(pack_file(kKey));
  CaptureStderr();
  for (std::size_t at = 0; at < 40 + kCount + 5 * 8; ++at) {
    flip(at, at % 8);
    EXPECT_FALSE(cache()->is_packed()) << at;
    flip(at, at % 8);
  }
  EXPECT_TRUE(cache()->is_packed());
  for (const std::uintmax_t other :
       {size + 1, size - 1, std::uintmax_t{4096}, std::uintmax_t{39}, std::uintmax_t{0}}) {
    fs::resize_file(pack_file(kKey), other);
    EXPECT_FALSE(cache()->is_packed()) << other;
  }
  const auto pictures = cache();
  expect_right(*pictures);
  GetCapturedStderr();
}

TEST_F(PackTest, OneThatIsBrokenOffLeavesNothing) {
  const std::atomic<bool> stop{true};
  EXPECT_FALSE(write_pack(
      pack_file(kKey), {kKey, kCount, kBytes}, 2, [](std::size_t, unsigned char*) { return true; }, stop));
  EXPECT_TRUE(fs::is_empty(pack_folder()));
  const std::atomic<bool> never{false};
  EXPECT_THROW(write_pack(
                   pack_file(kKey), {kKey, kCount, kBytes}, 2,
                   [](std::size_t i, unsigned char*) {
                     if (i == 100) throw Error(ErrorKind::data, "torn");
                     return true;
                   },
                   never),
               Error);
  EXPECT_TRUE(fs::is_empty(pack_folder()));
}

// What was killed while it wrote is removed, what still writes is not.
TEST_F(PackTest, UnfinishedOnesGo) {
  fs::create_directories(pack_folder());
  const fs::path dead = pack_folder() / ".1.pack.abcdef", alive = pack_folder() / ".2.pack.abcdef";
  for (const auto& path : {dead, alive}) std::ofstream(path) << "half";
  const core::Fd held(::open(alive.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  make();
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
}

// A run makes it after its first epoch, and the next one takes it: with the same batches.
TEST_F(PackTest, RunsMakeAndShareIt) {
  LoaderOptions options;
  options.batch = 30, options.workers = 2, options.seed = 5, options.pack_key = kKey;
  options.flip = true;
  std::vector<std::vector<unsigned char>> batches[3];
  for (int run = 0; run < 3; ++run) {
    options.pack_at_least = run == 0 ? 1 << 30 : 0;  // the first finds its set too small
    const auto set = std::make_shared<Numbers>();
    Loader loader(set, kSize, kChannels, options);
    loader.start(0, 0);
    for (int i = 0; i < 20; ++i) batches[run].push_back(loader.next().pixels);
    // It is written behind.
    for (int i = 0; run == 1 && packed_files().empty() && i < 100000; ++i) loader.next();
    EXPECT_EQ(packed_files().empty(), run == 0);
    EXPECT_LE(set->calls, static_cast<int>(run == 2 ? kCount / 10 : kCount));
  }
  EXPECT_EQ(batches[1], batches[0]);
  EXPECT_EQ(batches[2], batches[0]);
  ASSERT_EQ(packed_files().size(), 1u);
  EXPECT_EQ(prune_packed_files().size(), 1u);
  EXPECT_TRUE(packed_files().empty());
}

TEST_F(PackTest, AllTogetherTakeNoMoreThanTheyMay) {
  make();
  const std::uint64_t bytes = pack_bytes({kKey, kCount, kBytes});
  unsigned char pixels[kBytes];
  CaptureStderr();
  {
    const auto other = cache(kKey + 1);
    for (std::size_t i = 0; i < kCount; ++i) other->get(i, pixels, kNever);
    other->pack_behind(0, 2 * bytes - 1);
  }  // waits for the thread
  EXPECT_NE(GetCapturedStderr().find(" of --packed-gib; 'facegan data prune'"), std::string::npos);
  EXPECT_EQ(packed_files().size(), 1u);
  const auto other = cache(kKey + 1);
  for (std::size_t i = 0; i < kCount; ++i) other->get(i, pixels, kNever);
  other->pack_behind(0, 2 * bytes);
  for (int i = 0; packed_files().size() < 2 && i < 10'000'000; ++i) std::this_thread::yield();
  EXPECT_EQ(packed_files().size(), 2u);
}

// Of several processes that want the same one.
TEST_F(PackTest, OneMakesItAndTheOthersGoOn) {
  unsigned char pixels[kBytes];
  const auto decoded = [&] {
    auto pictures = cache();
    for (std::size_t i = 0; i < kCount; ++i) pictures->get(i, pixels, kNever);
    return pictures;
  };
  auto first = decoded(), second = decoded(), third = decoded();
  {
    const auto lock = PackLock::take(pack_file(kKey), false);
    ASSERT_TRUE(lock);
    EXPECT_FALSE(PackLock::take(pack_file(kKey), false));
    EXPECT_TRUE(PackLock::take(pack_file(kKey + 1), false)) << "another file";
    CaptureStderr();
    first->pack_behind(0, UINT64_MAX);
    first.reset();  // waits for the thread
    const std::string said = GetCapturedStderr();
    EXPECT_NE(said.find("another process makes " + pack_file(kKey).string() + ": "), std::string::npos)
        << said;
    EXPECT_TRUE(packed_files().empty());
  }
  EXPECT_TRUE(fs::is_empty(pack_folder())) << "a lock goes with who had it";
  second->pack_behind(0, UINT64_MAX);
  for (int i = 0; packed_files().empty() && i < 10'000'000; ++i) std::this_thread::yield();
  second.reset();
  struct stat made, now;
  ASSERT_EQ(::stat(pack_file(kKey).c_str(), &made), 0);
  third->pack_behind(0, UINT64_MAX);
  for (int i = 0; i < 100'000; ++i) {  // it has time to write another one
    ASSERT_EQ(::stat(pack_file(kKey).c_str(), &now), 0);
    if (now.st_ino != made.st_ino) break;
    std::this_thread::yield();
  }
  third.reset();
  EXPECT_EQ(now.st_ino, made.st_ino) << "it was there";
  const auto packed = cache();
  EXPECT_TRUE(packed->is_packed());
  expect_right(*packed);
}

// `data pack` is asked for the file: it waits for who makes it.
TEST_F(PackTest, TheCommandWaitsForTheOneThatMakesIt) {
  fs::create_directory(folder_ / "in");
  core::write_file_atomic(folder_ / "in/a.png", image::encode_png(image::Image(8, 8, 3, 7)));
  DatasetOptions options;
  options.dataset = "folder", options.path = folder_ / "in", options.size = 8;
  const auto set = open_dataset(options);
  const std::uint64_t key = pack_key(options, *set);
  auto lock = PackLock::take(pack_file(key), false);
  std::atomic<int> made{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back([&] { made += !pack(options, 1).was_there; });
  lock.reset();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(made, 1);
}

// One file for all runs, whatever they hold out: the first makes it of pictures that it does not train with,
// too, one of which cannot be used.
TEST_F(PackTest, IsOfTheWholeSet) {
  fs::create_directory(folder_ / "in");
  for (int i = 10; i < 50; ++i)
    core::write_file_atomic(
        folder_ / "in" / (std::to_string(i) + ".png"),
        i == 33 ? "torn" : image::encode_png(image::Image(8, 8, 3, static_cast<unsigned char>(i))));
  DatasetOptions options;
  options.dataset = "folder", options.path = folder_ / "in", options.size = 8, options.hold_out = "15";
  std::set<std::size_t> places;
  std::uint64_t key = 0;
  for (const std::uint64_t seed : {1, 2, 3})
    for (const Part part : {Part::train, Part::held_out}) {
      options.seed = seed, options.part = part;
      const std::shared_ptr<const Dataset> set = open_dataset(options);
      ASSERT_EQ(set->whole().size(), 40u);
      if (key == 0) key = pack_key(options, *set);
      EXPECT_EQ(pack_key(options, *set), key);
      Cache cache(set, 8, 3, 0, false, key);
      EXPECT_EQ(cache.is_packed(), !places.empty());
      std::vector<unsigned char> out(cache.picture_bytes());
      for (std::size_t i = 0; i < set->size(); ++i) {
        EXPECT_EQ(set->name(i), set->whole().name(set->in_whole(i)));
        if (cache.get(i, out.data(), kNever)) {
          EXPECT_EQ(std::to_string(out[0]) + ".png", set->name(i));
        } else {
          EXPECT_EQ(set->name(i), "33.png");
        }
        places.insert(set->in_whole(i));
      }
      cache.pack_behind(0, UINT64_MAX);
      for (int i = 0; packed_files().empty() && i < 10'000'000; ++i) std::this_thread::yield();
      ASSERT_FALSE(packed_files().empty());
    }
  EXPECT_EQ(places.size(), 40u);
  EXPECT_EQ(packed_files().size(), 1u);
  EXPECT_TRUE(pack(options, 1).was_there);
  EXPECT_EQ(pack(options, 1).unusable, 1u);
}

// Of a folder of files: another size, crop or a file that was changed make another one.
// It takes some milliseconds, at each start.
TEST_F(PackTest, LibheifIsAskedForWhereItWillRead) {
  const auto is_loaded = [] {
    void* const library = dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (library) dlclose(library);
    return library != nullptr;
  };
  if (is_loaded()) GTEST_SKIP() << "another test has loaded it";
  DatasetOptions options;
  options.dataset = "folder";
  options.path = folder_ / "p";
  options.size = 8;
  fs::create_directory(options.path);
  std::ofstream(options.path / "a.png") << "x";
  EXPECT_NE(pack_key(options, *open_dataset(options)), 0u);
  EXPECT_FALSE(is_loaded());
  std::ofstream(options.path / "b.AVIF") << "x";
  EXPECT_NE(pack_key(options, *open_dataset(options)), 0u);
  if (void* const there = dlopen("libheif.so.1", RTLD_LAZY | RTLD_LOCAL)) {
    dlclose(there);
    EXPECT_TRUE(is_loaded());  // and kept
  }
}

TEST_F(PackTest, TheKeyIsThatOfPicturesAndDecoding) {
  fs::create_directory(folder_ / "in");
  const auto picture = image::encode_png(image::Image(9, 9, 3, 7));
  for (const char* name : {"a.png", "b.png"}) core::write_file_atomic(folder_ / "in" / name, picture);
  DatasetOptions options;
  options.dataset = "folder", options.path = folder_ / "in", options.size = 8;
  const auto key = [&] {
    const auto set = open_dataset(options);
    return pack_key(options, *set);
  };
  const std::uint64_t first = key();
  EXPECT_NE(first, 0u);
  EXPECT_EQ(key(), first);
  options.size = 4;
  EXPECT_NE(key(), first);
  options.size = 8, options.crop = "whole";
  EXPECT_NE(key(), first);
  options.crop = "auto";
  const auto changed = fs::last_write_time(folder_ / "in/b.png") + std::chrono::seconds(1);
  fs::last_write_time(folder_ / "in/b.png", changed);
  EXPECT_NE(key(), first);
  // The same size and time, but another file.
  const std::uint64_t before = key();
  core::write_file_atomic(folder_ / "in/b.png", picture);
  fs::last_write_time(folder_ / "in/b.png", changed);
  EXPECT_NE(key(), before);
  // Of an archive, whichever pictures of it are chosen.
  const auto write_zip = [&] {
    core::write_file_atomic(folder_ / "in.zip", archive_bytes::zip({{"a.png", picture}, {"b.png", picture}}));
    options.path = folder_ / "in.zip";
    return open_dataset(options)->stamp(1);
  };
  const std::uint64_t of_zip = write_zip();
  EXPECT_NE(of_zip, 0u);
  EXPECT_NE(write_zip(), of_zip);
  // Of several, whichever of them.
  const auto write_shard = [&](const char* name) {
    core::write_file_atomic(folder_ / name, archive_bytes::zip({{"a.png", picture}}));
  };
  write_shard("s1.zip"), write_shard("s2.zip");
  options.path = folder_ / "s*.zip";
  std::set<std::uint64_t> keys = {key()};
  write_shard("s1.zip"), keys.insert(key());
  write_shard("s2.zip"), keys.insert(key());
  write_shard("s3.zip"), keys.insert(key());
  EXPECT_EQ(keys.size(), 4u);
  options.dataset = "faces";
  EXPECT_EQ(key(), 0u);
}

}  // namespace
}  // namespace facegan::data
