// What lies beside the pictures of a set: passed over, and said where it matters.
#include <unistd.h>

#include "data/source.h"
#include "made_data.h"

namespace {

using namespace made_data;
using archive_bytes::TarEntry;
using archive_bytes::ZipEntry;

class LeftOutTest : public MadeData {
 protected:
  void many(const std::string& folder, const std::string& suffix, int count) {
    for (int i = 0; i < count; ++i) file(str(folder, "/", 100 + i, suffix), "not looked at");
  }
};

TEST_F(LeftOutTest, WhatIsHiddenIsNoData) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a/1.png", png(1)},
      {"a/2.png", png(2)},
      {".Trash-1000/files/3.png", png(3)},
      {"a/.ipynb_checkpoints/1-checkpoint.png", png(4)},
      {"a/@eaDir/1.png/THUMB.jpg", png(5)},
      {"__MACOSX/a/._1.png", "x"},
      {".git/objects/ab/cd", "x"},
      {"a/Thumbs.db", "x"},
      {"a/.DS_Store", "x"},
      {"a/._2.png", "x"},
      {"desktop.ini", "x"},
      {"$RECYCLE.BIN/9.png", "x"},
      {"lost+found/8.png", "x"},
      {"a/..b/7.png", png(7)}};
  std::vector<ZipEntry> zip;
  std::vector<TarEntry> tar;
  for (const auto& [name, bytes] : files)
    file("set/" + name, bytes), zip.push_back({"./" + name, bytes}), tar.push_back({name, bytes});
  file("set.zip", archive_bytes::zip(zip)), file("set.tar", archive_bytes::tar(tar));
  for (const char* place : {"set", "set.zip", "set.tar"}) {
    const std::string line = said("folder", place);
    EXPECT_NE(line.find(str(place,
                            ": 2 pictures; left out: 6 in hidden folders ($RECYCLE.BIN, "
                            "..b, .Trash-1000, .ipynb_checkpoints, @eaDir, lost+found)\n")),
              std::string::npos)
        << line;
    EXPECT_EQ(names_of(*open("folder", place)), (Strings{"1.png", "2.png"})) << place;
    EXPECT_EQ(said("folder", place), "") << "once is enough";
  }
  // A hidden folder that --data names is what was asked for.
  EXPECT_EQ(open("folder", "set/.Trash-1000")->size(), 1u);
}

// As data stores keep them: the pictures in a hidden folder, a link to it beside it.
TEST_F(LeftOutTest, LinksIntoHiddenFoldersAreFollowed) {
  for (const char* link : {"faces", "-before"}) {
    const std::string place = str("with", link);
    file(place + "/.store/all/1.png", png(1)), file(place + "/.store/all/2.png", png(2));
    fs::create_directory_symlink(".store/all", folder_ / place / link);
    EXPECT_EQ(open("folder", place)->size(), 2u) << link;
  }
}

TEST_F(LeftOutTest, PicturesOfOtherKindsAreSaid) {
  many("set", ".jpg", 10), many("set", ".JXL", 400), many("set", ".txt", 3);
  EXPECT_NE(said("folder", "set").find("warning: "), std::string::npos);
  file("two/1.jpg", "x"), file("two/clip.MP4", "x"), file("two/notes", "x");
  EXPECT_NE(said("folder", "two")
                .find("two: 1 picture; left out: 1 without a suffix, 1 .mp4 (of kinds that are not read)\n"),
            std::string::npos);
  const auto set = open("folder", "set");
  EXPECT_EQ(set->left_out()->kinds, (std::map<std::string, std::uint64_t>{{".jxl", 400}, {".txt", 3}}));
  EXPECT_EQ(set->left_out()->text(), "400 .jxl, 3 .txt");
  many("none", ".jxl", 3);
  EXPECT_NE(refused("folder", "none").find("no pictures in "), std::string::npos);
  EXPECT_NE(refused("folder", "none").find("none (it holds 3 .jxl); "), std::string::npos);
}

TEST_F(LeftOutTest, AReadmeIsNoNews) {
  many("set", ".jpg", 40), many("set", ".txt", 2), file("set/LICENSE", "MIT");
  EXPECT_EQ(said("folder", "set"), "");
  many("set", ".txt", 5);  // a share that matters
  const std::string line = said("folder", "set");
  EXPECT_NE(line.find("set: 40 pictures; left out: 5 .txt, 1 without a suffix (of"), std::string::npos)
      << line;
  EXPECT_EQ(line.find("warning"), std::string::npos) << line;
}

TEST_F(LeftOutTest, KindsAreBounded) {
  data::LeftOut left_out;
  for (int i = 0; i < 3000; ++i) left_out.add(str("a/x.k", i)), left_out.add(str(".h", i, "/1.png"));
  left_out.add("a/" + std::string(300, 'x') + "." + std::string(4000, 'y'));
  left_out.add("a/x.\x1b[2J");
  EXPECT_LE(left_out.kinds.size(), 201u);
  EXPECT_LE(left_out.hidden.size(), 200u);
  EXPECT_LT(left_out.text().size(), 300u);
  EXPECT_NE(left_out.text().find(" of other kinds"), std::string::npos) << left_out.text();
}

// Root may read everything, so the test is another user while it looks.
TEST_F(LeftOutTest, AFolderThatCannotBeListedIsNamed) {
  const bool root = ::geteuid() == 0;
  for (const char* name : {"closed/a/1.png", "set/a/1.png", "set/b/2.png", "set/c/3.png", "set/.cache/4.png"})
    file(name, png(1));
  for (const char* closed : {"set/b", "set/c", "set/.cache", "closed/a"})
    fs::permissions(folder_ / closed, fs::perms::none);
  fs::permissions(folder_.path(), fs::perms::all);
  if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "no other user here";
  data::DatasetOptions asked = options("folder", "set");
  asked.fail_on_bad = true;
  const std::string line = said("folder", "set"), why = refused(asked);
  const Strings names = names_of(*open("folder", "set"));
  const std::string whole = refused("folder", "set/b"), none = refused("folder", "closed");
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  for (const char* closed : {"set/b", "set/c", "set/.cache", "closed/a"})
    fs::permissions(folder_ / closed, fs::perms::owner_all);
  EXPECT_EQ(names, Strings{"1.png"});
  const std::string what =
      "set: 2 folders that cannot be listed (b: Permission denied; c: Permission denied); ";
  EXPECT_NE(line.find("warning: "), std::string::npos) << line;
  EXPECT_NE(line.find(what + "their pictures are left out\n"), std::string::npos) << line;
  EXPECT_NE(why.find(what + "make them readable, or leave them out with --on-bad-image skip"),
            std::string::npos)
      << why;
  EXPECT_NE(
      none.find("closed (it holds 1 folder that cannot be listed (a: Permission denied)); name a folder"),
      std::string::npos)
      << none;
  EXPECT_NE(whole.find("cannot list the folder "), std::string::npos) << whole;
}

}  // namespace
