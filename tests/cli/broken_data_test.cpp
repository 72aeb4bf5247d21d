// `data check` on what a stranger may hand over: it counts and names, whatever is in it, in bounded memory.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "broken_pictures.h"
#include "facegan/core/text.h"
#include "process.h"
#include "temporary_folder.h"
#include "unit/archive_bytes.h"

namespace {

namespace fs = std::filesystem;
using archive_bytes::TarEntry;
using archive_bytes::ZipEntry;
using facegan::core::str;

constexpr std::uint64_t kMiB = 1 << 20;

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  ASSERT_TRUE(out.flush()) << path;
}

// What takes memory to make is made in a process of its own: the peak of a started program counts from that
// of the process which starts it.
template <class Call>
void in_a_child(const Call& call) {
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    call();
    ::_exit(testing::Test::HasFailure());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0);
}

// A plain start of the program takes what LibTorch's libraries take; the rest is what the data took.
std::uint64_t peak_of_a_start(const fs::path& folder) {
  static const std::uint64_t peak =
      run({{"data", "check", "--dataset", "faces", "--faces-count", "8", "--size", "16"}, folder}).peak_bytes;
  return peak;
}

struct Checked {
  Outcome outcome;
  std::uint64_t selected = 0, unusable = 0, duplicate = 0;
  std::set<std::string> names;
  std::uint64_t peak_bytes = 0;  // above that of a start
};

Checked check(const fs::path& folder, const fs::path& data, int workers) {
  Checked checked;
  checked.outcome = run({{"data", "check", "--dataset", "folder", "--data", data.string(), "--size", "16",
                          "--workers", std::to_string(workers), "--json"},
                         folder});
  const std::uint64_t start = peak_of_a_start(folder);
  checked.peak_bytes = checked.outcome.peak_bytes > start ? checked.outcome.peak_bytes - start : 0;
  const std::string& err = checked.outcome.err;
  EXPECT_EQ(err.find('\x1b'), std::string::npos) << err;
  if (checked.outcome.out.empty()) return checked;
  const auto json = nlohmann::json::parse(checked.outcome.out);
  checked.selected = json.at("selected"), checked.unusable = json.at("unusable");
  checked.duplicate = json.at("duplicate");
  for (const auto& name : json.at("names_unusable")) checked.names.insert(name.get<std::string>());
  EXPECT_EQ(checked.names.size(), checked.unusable);
  return checked;
}

TEST(BrokenData, AThousandBrokenPicturesAreCountedAndNamed) {
  const TemporaryFolder folder;
  in_a_child([&] {
    nlohmann::json fates;
    for (const auto& picture : broken_pictures()) {
      write(folder / ("set/" + picture.name), picture.bytes);
      fates[picture.name] = static_cast<int>(picture.fate);
    }
    write(folder / "fates.json", fates.dump());
  });
  const auto fates = nlohmann::json::parse(std::ifstream(folder / "fates.json"));
  ASSERT_GE(fates.size(), 1050u);  // some fifty are good
  write(folder / "set/name \x1b[31m\xff.jpg", "bad");
  fs::create_symlink("/dev/zero", folder / "set/endless.png");
  fs::create_directory(folder / "set/folder.png");
  const Checked checked = check(folder.path(), folder / "set", 4);
  EXPECT_EQ(checked.outcome.exit_code, 0) << checked.outcome.err;
  EXPECT_EQ(checked.selected, fates.size() + 2);
  std::size_t bad = 0;
  for (const auto& [name, number] : fates.items()) {
    const auto fate = static_cast<Fate>(number.get<int>());
    if (fate != Fate::either) {
      EXPECT_EQ(checked.names.contains(name), fate == Fate::unusable) << name;
    }
    bad += fate == Fate::unusable;
  }
  EXPECT_TRUE(checked.names.contains("endless.png"));
  EXPECT_GE(checked.unusable, bad);
  std::cout << checked.selected << " pictures, " << checked.unusable << " unusable, "
            << checked.peak_bytes / kMiB << " MiB above a start of the program\n";
  EXPECT_LT(checked.peak_bytes, 150 * kMiB);
}

// Each picture is below every limit by itself.
TEST(BrokenData, LargePicturesTakeTheMemoryOfOne) {
  const TemporaryFolder folder;
  in_a_child([&] {
    constexpr unsigned kSide = 6000;
    const std::string row = '\0' + std::string(4 * kSide, '\x40');
    std::string rows;
    for (unsigned y = 0; y < kSide; ++y) rows += row;
    const std::string png = png_file(kSide, kSide, 8, 6, rows);
    for (int i = 0; i < 8; ++i) write(folder / str("set/", i, ".png"), png);
  });
  const Checked one = check(folder.path(), folder / "set", 1), many = check(folder.path(), folder / "set", 8);
  EXPECT_EQ(one.unusable + many.unusable, 0u) << one.outcome.err;
  std::cout << "8 pictures of 36 megapixels: " << one.peak_bytes / kMiB << " MiB with 1 worker, "
            << many.peak_bytes / kMiB << " MiB with 8\n";
  EXPECT_LT(many.peak_bytes, one.peak_bytes + 64 * kMiB);
}

struct TestArchive {
  std::string name, bytes;
  int exit_code;
  std::uint64_t selected, unusable;
  std::string says;  // part of standard error
};

std::string packed(const std::string& bytes) {  // gzip, small
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string replaced(std::string bytes, std::size_t at_from_end, const std::string& part) {
  return bytes.replace(bytes.size() - at_from_end, part.size(), part);
}

class Archives {
 public:
  explicit Archives(const std::vector<TestPicture>& good) : a_(good[0].bytes), b_(good[1].bytes) {}

  std::vector<TestArchive> all() {
    zips();
    zip_lies();
    tars();
    tar_bombs();
    return std::move(all_);
  }

 private:
  void add(const std::string& name, const std::string& bytes, int exit_code, std::uint64_t selected,
           std::uint64_t unusable, const std::string& says = "") {
    all_.push_back({str(all_.size() + 1, '-', name), bytes, exit_code, selected, unusable, says});
  }
  void zip(const std::string& name, const std::vector<ZipEntry>& entries, int exit_code,
           std::uint64_t selected, std::uint64_t unusable, const std::string& says = "") {
    add(name + ".zip", archive_bytes::zip(entries), exit_code, selected, unusable, says);
    add(name + "-64.zip", archive_bytes::zip(entries, true), exit_code, selected, unusable, says);
  }

  void zips() {
    const std::int64_t gib = 1 << 30;
    zip("up", {{"../../../x.jpg", a_}, {"y.jpg", b_}}, 0, 2, 0);
    zip("absolute", {{"/etc/x.jpg", a_}, {"C:\\y.jpg", b_}}, 0, 2, 0);
    zip("twice", {{"x.jpg", "bad"}, {"x.jpg", a_}, {"y.jpg", b_}}, 0, 2, 0);
    zip("encrypted", {{"x.jpg", a_, 0, 1}, {"y.jpg", b_}}, 0, 2, 1);
    zip("method", {{"x.jpg", a_, 93}, {"y.jpg", b_}}, 0, 2, 1);
    zip("huge", {{"x.jpg", a_, 8, 0, 3 * gib}, {"y.jpg", b_}}, 0, 2, 1);
    zip("ratio", {{"x.jpg", std::string(100, 'a'), 8, 0, 200 << 20}, {"y.jpg", b_}}, 0, 2, 1);
    zip("padded", {{"x.jpg", a_, 8, 0, 10}, {"y.jpg", b_}}, 0, 2, 1);
    zip("overlap", {{"x.jpg", a_}, {"y.jpg", b_, 0, 0, -1, -1, 0}}, 0, 2, 1);
    zip("outside", {{"x.jpg", a_, 0, 0, -1, -1, gib}, {"y.jpg", b_}}, 0, 2, 1);
    zip("nested", {{"inner.zip", archive_bytes::zip({{"x.jpg", a_}})}, {"y.jpg", b_}}, 0, 1, 0);
    zip("zip-as-jpg", {{"x.jpg", archive_bytes::zip({{"x.jpg", a_}})}, {"y.jpg", b_}}, 0, 2, 1);
    zip("none", {{"readme.txt", "text"}}, 3, 0, 0, "no pictures in");
    zip("all-bad", {{"x.jpg", "bad"}}, 3, 1, 1, "none of the 1 pictures");
    std::string bomb = packed(std::string(200 << 20, '\0'));
    bomb = bomb.substr(10, bomb.size() - 18);  // the deflate data alone
    ZipEntry entry{"x.pgm", bomb, 0, 0, 200 << 20};
    std::string archive = archive_bytes::zip({entry, {"y.jpg", b_}});
    for (const char* record : {"PK\3\4", "PK\1\2"})  // its method: deflate
      archive[archive.find(record) + (record[2] == 3 ? 8 : 10)] = 8;
    add("bomb.zip", archive, 0, 2, 1);
  }

  void zip_lies() {
    const std::string good = archive_bytes::zip({{"x.jpg", a_}, {"y.jpg", b_}}),
                      wide = archive_bytes::zip({{"x.jpg", a_}, {"y.jpg", b_}}, true);
    add("count.zip", replaced(good, 12, "\5\0"), 3, 0, 0, "damaged");
    add("most.zip", replaced(good, 12, "\xfe\xff"), 3, 0, 0, "damaged");
    add("size.zip", replaced(good, 10, "\xff\xff\xff\x7f"), 3, 0, 0, "damaged");
    add("offset.zip", replaced(good, 6, "\xff\xff\xff\x7f"), 3, 0, 0, "damaged");
    add("comment.zip", replaced(good, 2, "\xff\xff"), 3, 0, 0, "damaged");
    add("cut.zip", good.substr(0, good.size() - 30), 3, 0, 0, "damaged");
    add("half.zip", good.substr(0, good.size() / 2), 3, 0, 0, "damaged");
    add("start.zip", "PK", 3, 0, 0, "damaged");
    add("end-only.zip", "PK\5\6" + std::string(18, '\0'), 3, 0, 0, "no pictures in");
    // zip64: end record 98 bytes from the end, its numbers at 24, 32, 40 and 48 in it; locator 42 from the
    // end.
    add("count64.zip", replaced(wide, 98 - 32, std::string(8, '\xff')), 3, 0, 0, "damaged");
    add("size64.zip", replaced(wide, 98 - 40, std::string(8, '\xff')), 3, 0, 0, "damaged");
    add("offset64.zip", replaced(wide, 98 - 48, std::string(8, '\xff')), 3, 0, 0, "damaged");
    add("locator64.zip", replaced(wide, 42 - 8, std::string(8, '\xff')), 0, 2, 0);
    add("circle64.zip", replaced(wide, 42 - 8, std::string(8, '\0')), 0, 2, 0);
  }

  void tar(const std::string& name, const std::vector<TarEntry>& entries, int exit_code,
           std::uint64_t selected, std::uint64_t unusable, const std::string& says = "") {
    add(name + ".tar", archive_bytes::tar(entries), exit_code, selected, unusable, says);
    add(name + ".tgz", packed(archive_bytes::tar(entries)), exit_code, selected, unusable, says);
  }

  void tars() {
    tar("up", {{"../../../x.jpg", a_}, {"y.jpg", b_}}, 0, 2, 0);
    tar("absolute", {{"/etc/x.jpg", a_}, {"y.jpg", b_}}, 0, 2, 0);
    tar("symlink", {{"x.jpg", "", '2', "/etc/passwd"}, {"y.jpg", b_}}, 0, 1, 0);
    tar("hardlink", {{"x.jpg", "", '1', "/etc/passwd"}, {"y.jpg", b_}, {"z.jpg", "", '1', "y.jpg"}}, 0, 2, 0);
    tar("device", {{"x.jpg", "", '3'}, {"w.jpg", "", '6'}, {"y.jpg", b_}}, 0, 1, 0);
    tar("twice", {{"x.jpg", "bad"}, {"x.jpg", a_}, {"y.jpg", b_}}, 0, 2, 0);
    tar("nested", {{"inner.tar", archive_bytes::tar({{"x.jpg", a_}})}, {"y.jpg", b_}}, 0, 1, 0);
    tar("claims", {{"y.jpg", b_}, {"x.jpg", "few", '0', "", std::uint64_t{7} << 30}}, 3, 0, 0, "claims.t");
    tar("none", {{"readme.txt", "text"}}, 3, 0, 0, "no pictures in");
    tar("all-bad", {{"x.jpg", "bad"}}, 3, 1, 1, "none of the 1 pictures");
    const std::string good = archive_bytes::tar({{"x.jpg", a_}, {"y.jpg", b_}});
    std::string wrong = good;
    wrong[120] = '7';
    add("checksum.tar", wrong, 3, 0, 0, "cannot read");
    add("cut.tar", good.substr(0, 700), 3, 0, 0, "cannot read");
    add("cut.tgz", packed(good).substr(0, packed(good).size() / 2), 3, 0, 0, "cannot read");
    add("text.tgz", packed("no archive at all"), 3, 0, 0, "cannot read");
    add("twice.tgz.gz", packed(packed(good)), 3, 0, 0, "cannot read");
  }

  void tar_bombs() {
    const std::string zeros(64 << 20, '\0'), name(1'000'000, 'n');
    std::string bomb, names;
    for (int i = 0; i < 4; ++i)
      bomb += archive_bytes::tar({{str(i, ".jpg"), zeros}}).substr(0, 512 + zeros.size());
    add("bomb.tgz", packed(bomb), 3, 4, 4, "none of the 4 pictures");
    // 200 GB of nothing that is no picture; no byte of it is there.
    add("claim.tgz", packed(archive_bytes::tar({{"big.bin", "", '0', "", (std::uint64_t{8} << 30) - 1}})), 3,
        0, 0, "unfolds to more than");
    for (int i = 0; i < 300; ++i)
      names += archive_bytes::tar({{"././@LongLink", name + ".jpg", 'L'}, {"x.jpg", ""}})
                   .substr(0, 512 + 1'000'448 + 512);
    add("names.tgz", packed(names), 3, 0, 0, "a name of");
    add("endless.tgz", packed(std::string(300 << 20, '\0')), 3, 0, 0);
  }

  std::string a_, b_;
  std::vector<TestArchive> all_;
};

TEST(BrokenData, SixtyBrokenArchivesAreReadOrRefused) {
  const TemporaryFolder folder;
  in_a_child([&] {
    nlohmann::json table;
    for (const TestArchive& archive : Archives(good_pictures()).all()) {
      write(folder / ("made/" + archive.name), archive.bytes);
      table.push_back({{"name", archive.name},
                       {"exit", archive.exit_code},
                       {"selected", archive.selected},
                       {"unusable", archive.unusable},
                       {"says", archive.says}});
    }
    write(folder / "table.json", table.dump());
  });
  const auto table = nlohmann::json::parse(std::ifstream(folder / "table.json"));
  ASSERT_GE(table.size(), 60u);
  std::uint64_t peak = 0, refused = 0;
  fs::create_directories(folder / "deep/er");
  for (const auto& archive : table) {
    const auto name = archive["name"].get<std::string>();
    SCOPED_TRACE(name);
    const fs::path inner = folder / ("deep/er/" + name);
    fs::rename(folder / ("made/" + name), inner);
    const Checked checked = check(folder.path(), inner, 2);
    EXPECT_EQ(checked.outcome.exit_code, archive["exit"].get<int>()) << checked.outcome.err;
    EXPECT_EQ(checked.selected, archive["selected"].get<std::uint64_t>()) << checked.outcome.out;
    EXPECT_EQ(checked.unusable, archive["unusable"].get<std::uint64_t>()) << checked.outcome.err;
    EXPECT_NE(checked.outcome.err.find(archive["says"].get<std::string>()), std::string::npos)
        << checked.outcome.err;
    peak = std::max(peak, checked.peak_bytes);
    refused += checked.outcome.exit_code != 0;
    fs::remove(inner);
  }
  std::set<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    left.insert(entry.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"deep", "er", "made", "table.json"}));  // nothing was unpacked
  std::cout << table.size() << " archives, " << refused << " refused as a whole, at most " << peak / kMiB
            << " MiB above a start of the program\n";
  EXPECT_LT(peak, 400 * kMiB);
}

}  // namespace
