// Data sets of several archives and folders: patterns, lists, the names of their pictures, and what is
// broken.
#include "data/members.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "data/pattern.h"
#include "data/source.h"
#include "made_data.h"

namespace {

using namespace made_data;
using archive_bytes::TarEntry;
using archive_bytes::ZipEntry;
using Files = std::vector<std::pair<std::string, std::string>>;

class Members : public MadeData {
 protected:
  void zip(const std::string& name, const Files& files) {
    std::vector<ZipEntry> entries;
    for (const auto& [inner, bytes] : files) entries.push_back({inner, bytes});
    file(name, archive_bytes::zip(entries));
  }
  void tar(const std::string& name, const Files& files, bool packed = false) {
    std::vector<TarEntry> entries;
    for (const auto& [inner, bytes] : files) entries.push_back({inner, bytes});
    const std::string bytes = archive_bytes::tar(entries);
    file(name, packed ? archive_bytes::gzip(bytes) : bytes);
  }
  void folder(const std::string& name, const Files& files) {
    for (const auto& [inner, bytes] : files) file(str(name, "/", inner), bytes);
  }
  Strings names(const std::string& place, const std::string& kind = "folder") const {
    return names_of(*open(kind, place));
  }
  std::string refused_with(const std::string& place, bool fail_on_bad,
                           const std::string& kind = "folder") const {
    data::DatasetOptions asked = options(kind, place);
    asked.fail_on_bad = fail_on_bad;
    return refused(asked);
  }
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Patterns, MatchAsInShells) {
  const std::tuple<const char*, const char*, bool> cases[] = {{"a.tar", "*.tar", true},
                                                              {"a.tar", "*", true},
                                                              {"", "*", true},
                                                              {"a.tar", "a*r", true},
                                                              {"a.tar", "*a*a*", true},
                                                              {"a.tar", "*b*", false},
                                                              {"a1.zip", "a?.zip", true},
                                                              {"a.zip", "a?.zip", false},
                                                              {"\xc3\xa9.zip", "?.zip", true},
                                                              {"\xff.zip", "?.zip", true},
                                                              {"a3", "a[0-4]", true},
                                                              {"a5", "a[0-4]", false},
                                                              {"a5", "a[!0-4]", true},
                                                              {"a5", "a[^0-4]", true},
                                                              {"a]", "a[]x]", true},
                                                              {"a-", "a[x-]", true},
                                                              {"a[0", "a[0", true},
                                                              {"ab", "a[b", false},
                                                              {"\xc3\xa9", "[\xc3\xa0-\xc3\xbf]", true},
                                                              {".a", "*", false},
                                                              {".a", ".*", true},
                                                              {"A", "a", false},
                                                              {"aaa", "a**a", true}};
  for (const auto& [name, pattern, matches] : cases)
    EXPECT_EQ(data::matches(name, pattern), matches) << name << ' ' << pattern;
  // No pattern takes long.
  std::string stars;
  for (int i = 0; i < 2000; ++i) stars += "*a";
  EXPECT_FALSE(data::matches(std::string(4000, 'a'), stars + "b"));
}

TEST_F(Members, APatternNamesThemInOrder) {
  for (const char* name : {"s/a10.zip", "s/a9.zip", "s/a1.zip", "s/.hidden.zip"})
    zip(name, {{"1.png", png(1)}});
  file("s/notes.txt", "x");
  EXPECT_EQ(names("s/*.zip"), (Strings{"a1/1.png", "a9/1.png", "a10/1.png"}));
  EXPECT_EQ(names("s/a?.zip"), (Strings{"a1/1.png", "a9/1.png"}));
  EXPECT_EQ(names("s/a[29]*.zip"), Strings{"1.png"}) << "one alone is what it was";
  EXPECT_EQ(names("*/a*9.zip"), Strings{"1.png"});
  EXPECT_SAYS(refused("folder", "s/*.tar"), "s/*.tar; name a folder");
  EXPECT_SAYS(refused("folder", "no*/*.tar"), "nothing matches ");
  EXPECT_SAYS(said("folder", "s/a*.zip"), "s/a*.zip: 3 archives, 3 pictures\n");
  EXPECT_EQ(said("folder", "s/a*.zip"), "");
  // What is there as it is written counts, in any part.
  zip("s/[a]*.zip", {{"own.png", png(5)}});
  EXPECT_EQ(names("s/[a]*.zip"), Strings{"own.png"});
  zip("[x]/a1.zip", {{"1.png", png(1)}}), zip("[x]/a2.zip", {{"1.png", png(1)}}),
      zip("x/a3.zip", {{"1.png", png(1)}});
  EXPECT_EQ(names("[x]/*.zip"), (Strings{"a1/1.png", "a2/1.png"}));
}

TEST_F(Members, NamesDoNotDependOnThePlace) {
  const Files one = {{"in/1.png", png(1)}, {"in/2.png", png(2)}}, two = {{"in/1.png", png(3)}};
  const auto put = [&](const std::string& place) {
    zip(place + "/p-1/images.zip", one), zip(place + "/p-2/images.zip", two);
  };
  put("here"), put("there/deep");
  const auto set = open("folder", "here/p-*/images.zip");
  EXPECT_EQ(names_of(*set), (Strings{"p-1/images/1.png", "p-1/images/2.png", "p-2/images/1.png"}));
  EXPECT_EQ(set->encoded(2), png(3));
  EXPECT_EQ(set->parts().text(), "2 archives");
  EXPECT_EQ(open("folder", "there/deep/*/*.zip")->fingerprint(), set->fingerprint());
  // Two disks: their own names are enough.
  zip("d1/a.zip", one), zip("d2/b.zip", two);
  file("both.list", "d2/b.zip\nd1/a.zip\n");
  const Strings expected = {"a/1.png", "a/2.png", "b/1.png"};
  EXPECT_EQ(names("both.list"), expected);
  // Packed in another way, and unpacked, also with its own name as the only folder in it.
  tar("e/a.tar.gz", one, true), tar("e/b.tar", two);
  EXPECT_EQ(names("e/*"), expected);
  tar("f/a.tar", {{"a/1.png", png(1)}, {"a/2.png", png(2)}}), folder("f/b", {{"1.png", png(3)}});
  EXPECT_EQ(names("f/*"), expected);
  EXPECT_EQ(open("folder", "f/*")->parts().text(), "1 archive and 1 folder");
  EXPECT_EQ(open("folder", "f/*")->fingerprint(), open("folder", "both.list")->fingerprint());
  // Where only their suffixes differ, these tell them apart.
  zip("g/a.zip", one), tar("g/a.tar", two);
  EXPECT_EQ(names("g/*"), (Strings{"a.tar/1.png", "a.zip/1.png", "a.zip/2.png"}));
  // No two are the same, whatever is named.
  zip("h/x.zip", {{"y/1.png", png(1)}, {"z.png", png(2)}}), zip("h/x/y.zip", {{"1.png", png(3)}});
  file("h.list", "h/x.zip\nh/x/y.zip\nh/x/../x.zip\nh/./x.zip\n");
  Strings all = names("h.list");
  EXPECT_EQ(all.size(), 3u);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST_F(Members, ListsAreText) {
  zip("data/a.zip", {{"1.png", png(1)}}), zip("data/b c.zip", {{"1.png", png(2)}}),
      zip("far/d.zip", {{"1.png", png(3)}});
  file("data/all.list", str("\xef\xbb\xbf# shards\r\n\r\n  a.zip \r\nb c.zip\r\n",
                            (folder_ / "far/d.zip").string(), "\n*.zip\n"));
  const Strings expected = {"a/1.png", "b c/1.png", "d/1.png"};
  EXPECT_EQ(names("data/all.list"), expected);
  file("data/UPPER.LIST", "a.zip");
  EXPECT_EQ(names("data/UPPER.LIST"), Strings{"1.png"});
  fs::create_symlink("data/all.list", folder_ / "link.list");  // relative to where the link lies
  EXPECT_SAYS(refused("folder", "link.list"), "link.list:3: there is nothing at ");
  fs::create_symlink("all.list", folder_ / "data/other.list");
  EXPECT_EQ(names("data/other.list"), expected);
  folder("folder.list", {{"x.png", png(1)}});  // a folder is one, whatever its name
  EXPECT_EQ(names("folder.list"), Strings{"x.png"});
}

TEST_F(Members, HostileListsAreRefusedByName) {
  zip("a.zip", {{"1.png", png(1)}});
  const auto why = [&](const std::string& bytes) {
    file("l.list", bytes);
    return refused("folder", "l.list");
  };
  EXPECT_SAYS(why(""), "l.list names nothing");
  EXPECT_SAYS(why("# a\n\n \t\n"), "l.list names nothing");
  EXPECT_SAYS(why(archive_bytes::zip({{"1.png", png(1)}})), "l.list:1: ");
  EXPECT_SAYS(why(std::string("a.zip\na\0b\n", 10)), "l.list:2: a NUL byte; a list is text");
  EXPECT_SAYS(why("a.zip\n\xff\xfe\n"), "l.list:2: '\\xff\\xfe' is not UTF-8; a list is text");
  EXPECT_SAYS(why("a.zip\n" + std::string(5000, 'x')),
              "l.list:2: a line of 5,000 bytes, more than the 4,096");
  EXPECT_SAYS(why("l.list\n"), "l.list is a list among what --data names");
  EXPECT_SAYS(why("*.list\n"), "l.list is a list among what --data names");
  EXPECT_SAYS(why("a.zip\nb.zip\n"), "l.list:2: there is nothing at ");
  EXPECT_SAYS(why("a.zip\nno*.zip\n"), "l.list:2: there is nothing that matches ");
  EXPECT_SAYS(refused("folder", "*.list"), "l.list is a list among what --data names");
  fs::resize_file(file("l.list", ""), 100u << 20);  // takes no room
  EXPECT_SAYS(refused("folder", "l.list"), "l.list: it has 100.0 MiB, more than the 16.0 MiB allowed");
  std::string many;
  for (int i = 0; i < 100'001; ++i) many += str("f", i, "*\n");
  EXPECT_SAYS(why(many), "l.list:1: there is nothing that matches ");
  for (const char* device : {"/dev/zero", "pipe"}) {
    if (*device != '/') {
      ASSERT_EQ(::mkfifo((folder_ / device).c_str(), 0600), 0);
    }
    EXPECT_SAYS(why(str("a.zip\n", device, "\n", device, "2")), "l.list:3: there is nothing at ");
    file("l.list", str("a.zip\n", device));
    EXPECT_SAYS(refused_with("l.list", true), "it is not a regular file");
    EXPECT_EQ(names("l.list"), Strings{"a/1.png"});
  }
  fs::remove(folder_ / "l.list");
  fs::create_symlink("/dev/zero", folder_ / "l.list");
  EXPECT_SAYS(refused("folder", "l.list"), "it is not a regular file");
  fs::remove(folder_ / "l.list");
  ASSERT_EQ(::mkfifo((folder_ / "l.list").c_str(), 0600), 0);
  EXPECT_SAYS(refused("folder", "l.list"), "it is not a regular file");
}

TEST_F(Members, WhatCannotBeUsedIsNamed) {
  const std::string good = archive_bytes::zip({{"1.png", png(1)}, {"notes.txt", "x"}, {".t/2.png", "x"}});
  file("s/a.zip", good), file("s/cut.zip", good.substr(0, good.size() - 30)),
      tar("s/empty.tar", {{"readme.md", "x"}});
  file("s/words.tar", "no archive");
  const std::string line = said("folder", "s/*");
  EXPECT_SAYS(line, "s/*: 3 archives that cannot be used (cut: the zip ");
  EXPECT_SAYS(line, "; empty: no pictures in ");
  EXPECT_SAYS(line, "; words: cannot read ");
  EXPECT_SAYS(line, "; their pictures are left out\n");
  EXPECT_SAYS(line, "s/*: 1 archive, 1 picture\n");
  const auto set = open("folder", "s/*");
  EXPECT_EQ(names_of(*set), Strings{"a/1.png"});
  EXPECT_EQ(set->left_out()->unusable, 3u);
  EXPECT_EQ(set->left_out()->text(), "1 .md, 1 .txt, 1 in hidden folders (.t)");
  const std::string why = refused_with("s/*", true);
  EXPECT_SAYS(why, str("cannot use ", (folder_ / "s/cut.zip").string(), " of --data "));
  EXPECT_SAYS(why, "; repair it, or leave it out with --on-bad-image skip");
  EXPECT_SAYS(refused("folder", "s/[cew]*"),
              "names 3 archives and folders, and none can be used: cut: the zip ");
  // What is named and not there is no part of any set.
  fs::create_symlink("nowhere.zip", folder_ / "s/z.zip");
  EXPECT_SAYS(refused("folder", "s/*"), "s/z.zip is a link to nothing");
  folder("photos", {{"1.png", png(1)}, {"2.png", png(2)}});
  EXPECT_SAYS(refused("folder", "photos/*.png"),
              "1.png; it takes folders and archives: name the folder that it is in");
}

TEST_F(Members, FoldersInsideAreTheClasses) {
  zip("s/1.zip", {{"set/cats/1.png", png(1)}, {"set/dogs/1.png", png(2)}});
  zip("s/2.zip", {{"set/cats/2.png", png(3)}});
  EXPECT_EQ(names("s/*.zip"), (Strings{"1/cats/1.png", "1/dogs/1.png", "2/cats/2.png"}));
  data::DatasetOptions asked = options("folder", "s/*.zip");
  const auto table = data::condition_table("folder", {}, asked, *data::open_dataset(asked));
  EXPECT_EQ(table.names, (Strings{"cats", "dogs"}));
  EXPECT_EQ(table.rows, (std::vector<signed char>{1, 0, 0, 1, 1, 0}));
  // Also where each class is an archive with a folder of its name, but not where there are no folders.
  zip("t/cats.zip", {{"cats/1.png", png(1)}}), zip("t/dogs.zip", {{"dogs/1.png", png(2)}});
  asked.path = folder_ / "t/*.zip";
  const auto by_archive = data::open_dataset(asked);
  EXPECT_EQ(data::condition_table("folder", {}, asked, *by_archive).names, (Strings{"cats", "dogs"}));
  EXPECT_EQ(names_of(*by_archive), (Strings{"cats/1.png", "dogs/1.png"}));
  zip("u/1.zip", {{"1.png", png(1)}}), zip("u/2.zip", {{"1.png", png(2)}});
  asked.path = folder_ / "u/*.zip";
  const facegan::Error error =
      error_of([&] { data::condition_table("folder", {}, asked, *data::open_dataset(asked)); });
  EXPECT_SAYS(std::string(error.what()), "(folders in the archives, not the archives themselves; of those");
}

TEST_F(Members, OtherDataSetsTakeThemWhereItMakesSense) {
  zip("c/1.zip", {{"000001.png", png(1)}, {"000002.png", png(2)}}), zip("c/2.zip", {{"000003.png", png(3)}});
  file("c/list_attr_celeba.txt", "3\nMale Smiling\n000001.jpg 1 -1\n000002.jpg -1 1\n000003.jpg 1 1\n");
  data::DatasetOptions asked = options("celeba", "c/*.zip");
  asked.where = "Male", asked.crop = "whole";
  EXPECT_EQ(names_of(*data::open_dataset(asked)), (Strings{"1/000001.png", "2/000003.png"}));
  tar("l/1.tar", {{"Al_Gore/Al_Gore_0001.png", png(1)}}),
      tar("l/2.tar", {{"Al_Gore/Al_Gore_0002.png", png(2)}, {"Bo/Bo_0001.png", png(3)}});
  asked = options("lfw", "l/*.tar");
  asked.where = "photos>=2";
  EXPECT_EQ(data::open_dataset(asked)->size(), 2u);
  tar("m/1.tar", {{"Al_Gore_0001.png", png(1)}});
  tar("m/2.tar", {{"Al_Gore_0002.png", png(2)}, {"Bo_0001.png", png(3)}});
  asked.path = folder_ / "m/*.tar", asked.where = "person=Al_Gore";
  EXPECT_EQ(names_of(*data::open_dataset(asked)), (Strings{"1/Al_Gore_0001.png", "2/Al_Gore_0002.png"}));
  EXPECT_SAYS(refused("mnist", "c/*.zip"), "the data set mnist is one file or folder, and --data ");
  EXPECT_SAYS(refused("mnist", "c/*.zip"), "c/1.zip and ");
  data::DatasetOptions part = options("folder", "c/*.zip");
  part.limit = 2;
  EXPECT_EQ(names_of(*data::open_dataset(part)), (Strings{"1/000001.png", "1/000002.png"}));
  EXPECT_EQ(data::open_dataset(part)->parts().text(), "2 archives");
}

std::size_t open_files_now() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(Members, OfVeryManyOnlySomeAreHeldOpen) {
  for (int i = 0; i < 300; ++i) {
    if (i % 3 == 0)
      zip(str("s/", i, ".zip"), {{"1.png", png(i)}});
    else
      tar(str("s/", i, i % 3 == 1 ? ".tar" : ".tgz"), {{"1.png", png(i)}}, i % 3 == 2);
  }
  const std::size_t before = open_files_now();
  const auto set = open("folder", "s/*");
  // And the file that packed ones are copied to; the log's first line opens one, too.
  EXPECT_LE(open_files_now(), before + data::StoredFile::kHeldOpen + 2);
  ASSERT_EQ(set->size(), 300u);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(set->name(static_cast<std::size_t>(i)), str(i, "/1.png"));
    EXPECT_EQ(set->encoded(static_cast<std::size_t>(i)), png(i));
  }
  // One that was changed under it, or is gone, is trouble that may pass, not a bad picture.
  zip("s/299.tgz", {{"1.png", png(1)}}), zip("s/297.zip", {{"1.png", png(1)}});
  EXPECT_EQ(error_of([&] { set->encoded(297); }).kind(), ErrorKind::io);
  fs::remove(folder_ / "s/298.tar");
  EXPECT_EQ(error_of([&] { set->encoded(298); }).kind(), ErrorKind::io);
  EXPECT_EQ(set->encoded(299), png(299)) << "what was packed has been copied";
}

// A plain tar is read where it lies: nothing of it is copied.
TEST_F(Members, PlainTarsAreReadInPlace) {
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 70000; ++i)
    noise += static_cast<char>((x = x * 1664525u + 1013904223u) >> 24);
  std::vector<TarEntry> entries;
  for (std::size_t size : {0u, 1u, 511u, 512u, 513u, 20000u, 70000u})
    entries.push_back({str("p/", 100000 + size, ".jpg"), noise.substr(0, size)});
  entries.insert(entries.begin() + 3, {"././@LongLink", "p/" + std::string(200, 'n') + ".jpg" + '\0', 'L'});
  const std::string bytes = archive_bytes::tar(entries);
  const auto source = data::open_source(file("a.tar", bytes));
  ASSERT_EQ(source->size(), 7u);
  for (std::size_t i = 0; i < source->size(); ++i)
    EXPECT_EQ(source->read(i), noise.substr(0, source->stored_size(i))) << source->name(i);
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
  const auto packed = data::open_source(file("a.tgz", archive_bytes::gzip(bytes)));
  for (std::size_t i = 0; i < source->size(); ++i) {
    EXPECT_EQ(packed->name(i), source->name(i));
    EXPECT_EQ(packed->read(i), source->read(i));
  }
}

// A directory that is read piece by piece.
TEST_F(Members, AZipOfManyEntries) {
  std::vector<ZipEntry> entries;
  for (int i = 0; i < 20000; ++i)
    entries.push_back({str("p/", std::string(100, 'n'), (i * 7919) % 20000, ".jpg"), str(i)});
  for (const bool zip64 : {false, true}) {
    const auto source = data::open_source(file("a.zip", archive_bytes::zip(entries, zip64)));
    ASSERT_EQ(source->size(), 20000u);
    for (std::size_t i = 1; i < source->size(); ++i) ASSERT_LT(source->name(i - 1), source->name(i));
    for (const std::size_t i : {0, 77, 19999}) {
      const std::string name(source->name(i));
      const int number = std::stoi(name.substr(100));
      EXPECT_EQ((std::stoi(source->read(i)) * 7919) % 20000, number);
    }
  }
}

}  // namespace
