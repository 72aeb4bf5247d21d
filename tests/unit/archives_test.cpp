// Archives as they are packed and put together elsewhere: every filter, and something before a zip.
#include <archive.h>
#include <gtest/gtest.h>

#include <fstream>

#include "archive_bytes.h"
#include "data/source.h"
#include "facegan/core/error.h"
#include "packed_bytes.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using packed_bytes::packed;

class Archives : public testing::Test {
 protected:
  Archives() { ::setenv("FACEGAN_CACHE", (folder_ / "cache").c_str(), 1); }
  ~Archives() override { ::unsetenv("FACEGAN_CACHE"); }

  fs::path file(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  // Why a file cannot be opened, "" when it can.
  std::string refusal(const std::string& name, const std::string& bytes) {
    try {
      open_source(file(name, bytes));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "";
  }
  TemporaryFolder folder_;
};

TEST_F(Archives, TarsOfEveryFilter) {
  std::string noise;  // that no filter makes much smaller
  for (std::uint32_t i = 0, x = 1; i < 5000; ++i)
    noise += static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  const std::string tar =
      archive_bytes::tar({{"p/a.jpg", "first"}, {"p/b.png", noise}, {"p/c.txt", "no picture"}});
  for (const int filter : {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                           ARCHIVE_FILTER_ZSTD}) {
    SCOPED_TRACE(filter);
    const std::string bytes = packed(tar, filter);
    if (bytes.empty()) {
      // What is not built in is refused in words, and no program is called for it.
      EXPECT_NE(refusal("x", std::string("\x28\xB5\x2F\xFD", 4) + tar).find("does not unpack"),
                std::string::npos);
      continue;
    }
    const auto source = open_source(file("name says nothing", bytes));
    ASSERT_EQ(source->size(), 2u);
    EXPECT_EQ(source->name(0), "a.jpg");
    EXPECT_EQ(source->read(0), "first");
    EXPECT_EQ(source->read(1), noise);
    if (filter == ARCHIVE_FILTER_NONE) continue;
    EXPECT_NE(refusal("cut", bytes.substr(0, bytes.size() / 2)), "");
    // One layer: what is packed twice is no tar.
    EXPECT_NE(refusal("twice", packed(bytes, filter)), "");
    EXPECT_NE(refusal("other", packed(bytes, ARCHIVE_FILTER_GZIP)), "");
    const std::string claim =
        archive_bytes::tar({{"big.bin", "", '0', "", std::uint64_t{7} << 30}, {"a.jpg", "x"}});
    EXPECT_NE(refusal("claim", packed(claim, filter)).find("unfolds to more than 1.0 GiB"),
              std::string::npos);
  }
}

TEST_F(Archives, ATarThatIsNotPackedMayBeginLikeOneThatIs) {
  EXPECT_EQ(open_source(file("a.tar", archive_bytes::tar({{"BZhang/a.jpg", "first"}})))->read(0), "first");
}

// Of files with several names tar stores the first one that it comes upon; it may be one that does not count.
TEST_F(Archives, HardLinksToPicturesInHiddenFolders) {
  const auto source = open_source(file("a.tar", archive_bytes::tar({{".git/x.png", "first"},
                                                                    {".git/y.png", "", '1', ".git/x.png"},
                                                                    {"a.png", "other"},
                                                                    {"b.png", "", '1', ".git/x.png"},
                                                                    {"c.png", "", '1', ".git/y.png"},
                                                                    {"d.png", "", '1', "b.png"},
                                                                    {"e.png", "", '1', "elsewhere.png"}})));
  ASSERT_EQ(source->size(), 4u);
  EXPECT_EQ(source->name(1), "b.png");
  EXPECT_EQ(source->read(0), "other");
  for (const std::size_t i : {1, 2, 3}) EXPECT_EQ(source->read(i), "first");
  EXPECT_EQ(source->left_out().text(), "1 in hidden folders (.git)");
}

TEST_F(Archives, ZipsWithSomethingBeforeThem) {
  for (const bool zip64 : {false, true})
    for (const std::string& before :
         {std::string(), std::string("#!/bin/sh\nexit\n"), std::string(70000, 'x')}) {
      SCOPED_TRACE(testing::Message() << zip64 << ' ' << before.size());
      const std::string zip =
          archive_bytes::zip({{"p/a.jpg", "first"}, {"p/b.png", std::string(3000, 'y'), 8}}, zip64);
      const auto source = open_source(file("any", before + zip));
      ASSERT_EQ(source->size(), 2u);
      EXPECT_EQ(source->read(0), "first");
      EXPECT_EQ(source->read(1), std::string(3000, 'y'));
      if (before.empty()) continue;
      const std::string whole = before + zip;
      EXPECT_NE(refusal("cut", whole.substr(0, whole.size() - 30)), "");
    }
}

TEST_F(Archives, ZipsWithSomethingBeforeThemAndACommentAtTheirEnd) {
  for (const std::string& comment : {std::string("made by x"), std::string("PK\5\6") + std::string(40, 'c'),
                                     std::string(0xffff, 'c'), "PK\5\6" + std::string(0xfff0, '\0')}) {
    SCOPED_TRACE(comment.size());
    std::string zip = archive_bytes::zip({{"p/a.jpg", "first"}, {"p/b.png", "second"}});
    zip.replace(zip.size() - 2, 2, archive_bytes::little(comment.size(), 2));
    const fs::path path = file("any", "#!/bin/sh\nexit\n" + zip + comment);
    ASSERT_TRUE(is_zip(path));
    const auto source = open_source(path);
    ASSERT_EQ(source->size(), 2u);
    EXPECT_EQ(source->read(1), "second");
    EXPECT_FALSE(is_zip(file("longer", "#!/bin/sh\nexit\n" + zip + comment + "x")));
  }
  // No zip, but what has the four bytes of an end somewhere.
  EXPECT_FALSE(is_zip(file("tar", archive_bytes::tar({{"a.jpg", "x"}, {"b.jpg", "PK\5\6"}}))));
}

}  // namespace
}  // namespace facegan::data
