#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "archive_bytes.h"
#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/data/dataset.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using archive_bytes::TarEntry;
using archive_bytes::ZipEntry;
using Strings = std::vector<std::string>;

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  fs::remove(path);  // writing over a file waits for the disk on some file systems
  std::ofstream(path, std::ios::binary) << bytes;
}

// A picture that no other number gives.
std::string png(int number, int width = 8, int height = 8) {
  image::Image picture(width, height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<unsigned char>(i * 7 + static_cast<std::size_t>(number) * 31);
  return image::encode_png(picture);
}

class DataTest : public testing::Test {
 protected:
  DataTest() { ::setenv("FACEGAN_CACHE", (folder_ / "cache").c_str(), 1); }
  ~DataTest() override { ::unsetenv("FACEGAN_CACHE"); }

  std::unique_ptr<Dataset> open(const std::string& kind, const fs::path& path, std::uint64_t limit = 0) {
    DatasetOptions options;
    options.dataset = kind, options.path = path, options.limit = limit, options.size = 8;
    if (kind == "mnist") options.channels = 1;
    return open_dataset(options);
  }
  fs::path file(const std::string& name, const std::string& bytes) {
    write(folder_ / name, bytes);
    return folder_ / name;
  }
  TemporaryFolder folder_;
};

template <class Call>
std::string refusal(const Call& call, ErrorKind kind = ErrorKind::data) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

Strings names_of(const Dataset& set) {
  Strings names;
  for (std::size_t i = 0; i < set.size(); ++i) names.push_back(set.name(i));
  return names;
}
Strings bytes_of(const Dataset& set) {
  Strings bytes;
  for (std::size_t i = 0; i < set.size(); ++i) bytes.push_back(set.encoded(i));
  return bytes;
}

TEST(PictureNames, CountBySuffixAndNotWhatSystemsLeaveBehind) {
  for (const char* name :
       {"a.jpg", "x/B.JPEG", "c.PnG", "d.bmp", "e.webp", "f.tif", "g.TIFF", "h.pgm", ".i.ppm", "j.gif",
        "k.HEIC", "l.avif", "m.jfif", "n.jpe", "o.pbm", "p.heif", "q.pnm"})
    EXPECT_TRUE(is_picture_name(name)) << name;
  for (const char* name : {"a.txt", "jpg", "a.jpg/", "x/._a.jpg", "__MACOSX/a.jpg", "x/__MACOSX/a.jpg",
                           "x/.DS_Store", "Thumbs.db", "a.jpg.txt", "a.svg", ""})
    EXPECT_FALSE(is_picture_name(name)) << name;
}

TEST_F(DataTest, FolderZipAndTarOfTheSamePicturesAreTheSameSet) {
  const std::vector<std::pair<std::string, std::string>> files = {{"b/2.png", png(2)},
                                                                  {"b/10.PNG", png(10)},
                                                                  {"a-1.png", png(1)},
                                                                  {"a/3.png", png(3)},
                                                                  {"\xc3\xa9.png", png(4)}};
  const Strings junk = {"__MACOSX/b/._2.png", "b/._2.png", ".DS_Store", "Thumbs.db", "notes.txt"};
  std::vector<ZipEntry> zip, zip_in_folder;
  std::vector<TarEntry> tar;
  for (const auto& [name, bytes] : files) {
    write(folder_ / ("pictures/" + name), bytes);
    zip.insert(zip.begin(), {name, bytes, 8});
    zip_in_folder.push_back({"pictures/" + name, bytes});
    tar.push_back({"./pictures/" + name, bytes});
  }
  for (const auto& name : junk) {
    write(folder_ / ("pictures/" + name), "junk");
    zip.push_back({name, "junk"});
    tar.push_back({name, "junk"});
  }
  const auto set = open("folder", folder_ / "pictures");
  EXPECT_EQ(names_of(*set), (Strings{"a-1.png", "a/3.png", "b/10.PNG", "b/2.png", "\xc3\xa9.png"}));
  for (const auto& path :
       {file("deflated.zip", archive_bytes::zip(zip)), file("stored.zip", archive_bytes::zip(zip_in_folder)),
        file("large.zip", archive_bytes::zip(zip_in_folder, true)), file("p.tar", archive_bytes::tar(tar)),
        file("p.tar.gz", archive_bytes::gzip(archive_bytes::tar(tar)))}) {
    const auto other = open("folder", path);
    EXPECT_EQ(names_of(*other), names_of(*set)) << path;
    EXPECT_EQ(bytes_of(*other), bytes_of(*set)) << path;
    EXPECT_EQ(other->fingerprint(), set->fingerprint()) << path;
    for (std::size_t i = 0; i < set->size(); ++i) EXPECT_EQ(other->get(i), set->get(i)) << path;
  }
  const auto first = open("folder", folder_ / "pictures", 2);
  EXPECT_EQ(names_of(*first), (Strings{"a-1.png", "a/3.png"}));
  EXPECT_NE(first->fingerprint(), set->fingerprint());
}

TEST_F(DataTest, FolderFollowsLinksButNotInCircles) {
  write(folder_ / "set/a/1.png", png(1));
  write(folder_ / "elsewhere/2.png", png(2));
  fs::create_directory_symlink(folder_ / "set", folder_ / "set/a/loop");
  for (const char* name : {"m6", "m3", "linked", "m4", "m1", "m5", "m2"})  // the first by name counts
    fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "set" / name);
  fs::create_symlink(folder_ / "nowhere.png", folder_ / "set/dangling.png");
  const auto set = open("folder", folder_ / "set");
  EXPECT_EQ(names_of(*set), (Strings{"a/1.png", "dangling.png", "linked/2.png"}));
  EXPECT_NE(refusal([&] { set->get(1); }).find("dangling.png: "), std::string::npos);
}

TEST_F(DataTest, EveryCutAndEveryFlippedByteOfAZipIsRefusedOrHarmless) {
  const std::string one = "first picture", two = "the second picture";
  const std::string good = archive_bytes::zip({{"a.jpg", one}, {"b.jpg", two, 8}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    write(folder_ / "cut.zip", good.substr(0, size));
    refusal([&] { open_source(folder_ / "cut.zip"); });
  }
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    write(folder_ / "bad.zip", bad);
    try {
      const auto source = open_source(folder_ / "bad.zip");
      for (std::size_t i = 0; i < source->size(); ++i) {
        const std::string bytes = source->read(i);
        EXPECT_TRUE(bytes == one || bytes == two) << "byte " << at;
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << "byte " << at;
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(one.size() + two.size()));
}

TEST_F(DataTest, HostileZipEntriesFailAloneAndSayWhy) {
  const std::string data(100, 'x');
  const std::int64_t gib = 1 << 30;
  const std::vector<std::pair<ZipEntry, const char*>> cases = {
      {{"a.jpg", data, 0, 1}, "encrypted"},
      {{"a.jpg", data, 12}, "method 12"},
      {{"a.jpg", data, 8, 0, gib}, "allowed"},
      {{"a.jpg", data, 0, 0, gib, gib}, "allowed"},
      {{"a.jpg", data, 8, 0, 200 << 20}, "sizes cannot be true"},
      {{"a.jpg", data, 0, 0, 99}, "sizes cannot be true"},
      {{"a.jpg", data, 8, 0, 101}, "damaged"},
      {{"a.jpg", data, 8, 0, 99}, "damaged"},
      {{"a.jpg", data, 0, 0, 99, 99}, "checksum"},
      {{"a.jpg", data, 0, 0, 5000, 5000}, "beyond the end"},
      {{"a.jpg", data, 0, 0, -1, -1, 1 << 20}, "outside the archive"},
      {{"a.jpg", data, 0, 0, -1, -1, 1}, "no entry where"},
  };
  for (const auto& [entry, reason] : cases)
    for (const bool zip64 : {false, true}) {
      const auto source = open_source(file("h.zip", archive_bytes::zip({entry, {"b.jpg", "good"}}, zip64)));
      ASSERT_EQ(source->size(), 2u);
      EXPECT_NE(refusal([&] { source->read(0); }).find(reason), std::string::npos) << reason;
      if (entry.claimed_offset < 0) {
        EXPECT_EQ(source->read(1), "good");
      }
    }
  // More entries than the directory has room for.
  std::string counts = archive_bytes::zip({{"a.jpg", data}});
  counts.replace(counts.size() - 12, 2, "\xf0\xf0");
  EXPECT_NE(refusal([&] { open_source(file("c.zip", counts)); }).find("too small"), std::string::npos);
}

TEST_F(DataTest, NamesInArchivesAreOnlyNames) {
  const fs::path inner = folder_ / "in/ner";
  write(inner / "t.tar",
        archive_bytes::tar({{"../../evil.png", png(1)}, {"/etc/x.png", png(2)}, {"y.png", png(3)}}));
  write(inner / "z.zip",
        archive_bytes::zip({{"../../evil.png", png(1)}, {"/etc/x.png", png(2)}, {"y.png", png(3)}}));
  write(inner / "p.tgz", archive_bytes::gzip(core::read_file(inner / "t.tar", 1 << 20, ErrorKind::data)));
  for (const char* name : {"t.tar", "p.tgz", "z.zip"}) {
    const auto set = open("folder", inner / name);
    EXPECT_EQ(names_of(*set), (Strings{"../../evil.png", "etc/x.png", "y.png"}));
    EXPECT_EQ(set->encoded(0), png(1));
  }
  EXPECT_FALSE(fs::exists(folder_ / "evil.png"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache"));  // what was spooled has no name
}

TEST_F(DataTest, TarLinksAndDamage) {
  const std::vector<TarEntry> entries = {{"p/", "", '5'},
                                         {"p/a.jpg", "old"},
                                         {"p/a.jpg", std::string(3000, 'a')},
                                         {"p/hard.jpg", "", '1', "p/a.jpg"},
                                         {"p/soft.jpg", "", '2', "/etc/passwd"},
                                         {"p/c.jpg", "third"}};
  const std::string tar = archive_bytes::tar(entries), packed = archive_bytes::gzip(tar);
  const auto source = open_source(file("l.tar", tar));
  ASSERT_EQ(source->size(), 3u);
  EXPECT_EQ(source->read(0), std::string(3000, 'a'));  // the last of two entries of one name
  EXPECT_EQ(source->name(2), "hard.jpg");
  EXPECT_EQ(source->read(2), source->read(0));

  // The archive's own end, two blocks of zeros, may be missing.
  for (std::size_t size = 1; size + 1032 < packed.size(); size += 97)
    refusal([&] { open_source(file("cut.tgz", packed.substr(0, size))); });
  std::string flipped = packed;
  flipped[1561] ^= 1;  // in a header: its checksum
  refusal([&] { open_source(file("flip.tgz", flipped)); });
  refusal([&] { open_source(file("cut.tar", tar.substr(0, 2000))); });
  EXPECT_NE(
      refusal([&] {
        open_source(file("huge.tar", archive_bytes::tar({{"a.jpg", "x", '0', "", std::uint64_t{1} << 32}})));
      }).find("huge.tar"),
      std::string::npos);
  EXPECT_NE(refusal([&] { open("folder", file("t.jpg", "just text, no archive")); }).find("zip or tar"),
            std::string::npos);
}

TEST_F(DataTest, TarsThatUnfoldToWhatIsNoPictureAreRefused) {
  // 7 GiB of nothing that anybody reads: by its header alone.
  const auto claim = archive_bytes::tar({{"big.bin", "", '0', "", std::uint64_t{7} << 30}, {"a.jpg", "x"}});
  for (const std::string& bytes : {claim, archive_bytes::gzip(claim)})
    EXPECT_NE(refusal([&] { open_source(file("claim.tar", bytes)); }).find("unfolds to more than 1.0 GiB"),
              std::string::npos);
  // One layer of compression: a file may unfold to itself.
  EXPECT_NE(
      refusal([&] {
        open_source(file("twice.tar.gz",
                         archive_bytes::gzip(archive_bytes::gzip(archive_bytes::tar({{"a.jpg", "x"}})))));
      }).find("twice.tar.gz"),
      std::string::npos);
  const std::string name = std::string(5000, 'n') + ".jpg";
  const auto named = archive_bytes::tar({{"././@LongLink", name + '\0', 'L'}, {"a.jpg", "x"}});
  EXPECT_NE(refusal([&] { open_source(file("named.tar", named)); }).find("a name of 5004 bytes"),
            std::string::npos);
}

std::string idx(std::uint32_t count, std::uint32_t rows, std::uint32_t columns, std::size_t bytes) {
  std::string out("\0\0\x08\x03", 4);
  for (const std::uint32_t value : {count, rows, columns})
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(i % 251);
  return out;
}

TEST_F(DataTest, IdxPlainAndGzippedAreTheSameSet) {
  const std::string bytes = idx(3, 8, 8, 192);
  write(folder_ / "plain/train-images-idx3-ubyte", bytes);
  write(folder_ / "packed/train-images-idx3-ubyte.gz", archive_bytes::gzip(bytes));
  write(folder_ / "packed/t10k-images-idx3-ubyte.gz", archive_bytes::gzip(idx(1, 8, 8, 64)));
  const auto plain = open("mnist", folder_ / "plain"), packed = open("mnist", folder_ / "packed");
  EXPECT_EQ(names_of(*packed), (Strings{"train-images[0]", "train-images[1]", "train-images[2]"}));
  EXPECT_EQ(bytes_of(*packed), bytes_of(*plain));
  EXPECT_EQ(packed->fingerprint(), plain->fingerprint());
  EXPECT_EQ(packed->encoded(1), bytes.substr(16 + 64, 64));
  EXPECT_EQ(packed->get(1).pixels[5], static_cast<unsigned char>(69));
  EXPECT_TRUE(packed->is_memory());
  EXPECT_EQ(open("mnist", folder_ / "packed/t10k-images-idx3-ubyte.gz")->size(), 1u);
}

TEST_F(DataTest, IdxWithFalseCountsIsRefusedBeforeMemoryIsAskedFor) {
  const std::vector<std::string> bad = {idx(4, 8, 8, 192),
                                        idx(2, 8, 8, 192),
                                        idx(0, 8, 8, 192),
                                        idx(3, 0, 8, 192),
                                        idx(3, 8, 8, 191),
                                        idx(0xffffffff, 4096, 4096, 192),
                                        idx(0xffffffff, 0xffffffff, 0xffffffff, 192),
                                        idx(1, 5000, 1, 5000),
                                        idx(3, 8, 8, 192).substr(0, 10),
                                        "",
                                        idx(3, 8, 8, 192).replace(3, 1, "\1")};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    refusal([&] { open("mnist", file("a-idx3-ubyte", bad[i])); });
    refusal([&] { open("mnist", file("a-idx3-ubyte.gz", archive_bytes::gzip(bad[i]))); });
  }
  const auto claim =
      refusal([&] { open("mnist", file("c.gz", archive_bytes::gzip(idx(1 << 30, 9, 9, 99)))); });
  EXPECT_NE(claim.find("but the file has"), std::string::npos) << claim;
  const std::string packed = archive_bytes::gzip(idx(3, 8, 8, 192));
  for (std::size_t size = 0; size < packed.size(); ++size)
    refusal([&] { open("mnist", file("cut.gz", packed.substr(0, size))); });
  std::string flipped = packed;
  flipped[60] ^= 1;
  refusal([&] { open("mnist", file("flip.gz", flipped)); });
}

TEST_F(DataTest, PublishedSetsAreFoundInTheirUsualPlacesAndCropped) {
  const std::string aligned = png(1, 178, 218);
  write(folder_ / "celeba/img_align_celeba.zip",
        archive_bytes::zip({{"img_align_celeba/000001.jpg", aligned}}));
  write(folder_ / "celeba/list.png", "not a picture of the set");
  write(folder_ / "unpacked/img_align_celeba/000001.jpg", aligned);
  const image::Image original = image::decode_original(image::as_bytes(aligned), 3);
  const image::Image box = image::fit(original, {image::Crop::Kind::box, 25, 65, 153, 193}, 8, 3);
  for (const char* place :
       {"celeba", "celeba/img_align_celeba.zip", "unpacked", "unpacked/img_align_celeba"}) {
    const auto set = open("celeba", folder_ / place);
    EXPECT_EQ(names_of(*set), Strings{"000001.jpg"}) << place;
    EXPECT_EQ(set->get(0), box) << place;
  }
  const std::string wide = png(2, 16, 8);
  write(folder_ / "lfw/lfw.tgz", archive_bytes::gzip(archive_bytes::tar(
                                     {{"lfw/A_B/A_B_0001.jpg", wide}, {"lfw/C_D/C_D_0001.jpg", wide}})));
  const auto lfw = open("lfw", folder_ / "lfw");
  EXPECT_EQ(names_of(*lfw), (Strings{"A_B/A_B_0001.jpg", "C_D/C_D_0001.jpg"}));
  EXPECT_EQ(lfw->get(0), image::decode(image::as_bytes(wide), {image::Crop::Kind::whole}, 8, 3));
}

TEST_F(DataTest, MissingDataSaysWhereToGetItAndWhereToPutIt) {
  for (const DatasetKind& kind : dataset_kinds()) {
    if (kind.name == std::string("faces")) continue;
    const std::string nothing = refusal([&] { open(kind.name, folder_ / "nothing"); });
    EXPECT_NE(nothing.find((folder_ / "nothing").string()), std::string::npos);
    EXPECT_NE(nothing.find(kind.layout), std::string::npos);
    fs::create_directory(folder_ / kind.name);
    EXPECT_NE(refusal([&] { open(kind.name, folder_ / kind.name); }).find(kind.layout), std::string::npos);
  }
  EXPECT_NE(refusal([&] { open("celebb", folder_.path()); }, ErrorKind::usage).find("'celeba'"),
            std::string::npos);
}

TEST_F(DataTest, CheckCountsUnusableAndDuplicatePictures) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a.png", png(1)}, {"b.png", "text, no picture"},   {"c.png", png(2)},
      {"d.png", png(1)}, {"e.png", png(1).substr(0, 40)}, {"f.png", png(1)},
      {"g.png", ""}};
  for (const auto& [name, bytes] : files) write(folder_ / ("set/" + name), bytes);
  const auto set = open("folder", folder_ / "set");
  for (const int workers : {1, 3}) {
    std::uint64_t last = 0, calls = 0;
    const CheckResult result =
        check_dataset(*set, workers, [&](std::uint64_t done) { last = done, ++calls; });
    EXPECT_EQ(result.selected, 7u);
    EXPECT_EQ(result.unusable, 3u);
    EXPECT_EQ(result.duplicate, 2u);
    EXPECT_EQ(result.names_unusable, (Strings{"b.png", "e.png", "g.png"}));
    EXPECT_EQ(result.reasons_unusable[1].rfind("e.png: ", 0), 0u);
    EXPECT_EQ(last, 7u);
    EXPECT_EQ(calls, 7u);
  }
}

TEST_F(DataTest, DrawnFacesDependOnSeedAndIndexAlone) {
  DatasetOptions options;
  options.faces_count = 50, options.size = 16, options.limit = 20;
  const auto set = open_dataset(options);
  EXPECT_EQ(set->size(), 20u);
  EXPECT_EQ(check_dataset(*set, 1).duplicate, 0u);
  const auto picture = set->get(3);
  options.limit = 4;
  EXPECT_EQ(open_dataset(options)->get(3), picture);
  options.seed = 2;
  EXPECT_NE(open_dataset(options)->get(3), picture);
}

TEST_F(DataTest, HeldOutPicturesAreAFunctionOfNamesAndSeed) {
  DatasetOptions options;
  options.faces_count = 200, options.size = 8, options.hold_out = "10%";
  const auto names = [&](Part part) {
    options.part = part;
    const auto set = open_dataset(options);
    std::set<std::string> out;
    for (std::size_t i = 0; i < set->size(); ++i) out.insert(set->name(i));
    return out;
  };
  const auto all = names(Part::all), train = names(Part::train), held_out = names(Part::held_out);
  EXPECT_EQ(held_out.size(), 20u);
  EXPECT_EQ(train.size(), 180u);
  std::set<std::string> both = train;
  both.insert(held_out.begin(), held_out.end());
  EXPECT_EQ(both, all);
  EXPECT_EQ(names(Part::held_out), held_out);
  options.hold_out = "30";  // more of them: the same ones and others
  const auto more = names(Part::held_out);
  EXPECT_EQ(more.size(), 30u);
  EXPECT_TRUE(std::includes(more.begin(), more.end(), held_out.begin(), held_out.end()));
  options.hold_out = "auto";
  EXPECT_EQ(names(Part::held_out).size(), 10u);
  for (const auto& [pictures, kept] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {9, 0}, {50, 5}, {100, 10}, {300, 15}, {10'000, 500}, {100'000, 2000}})
    EXPECT_EQ(config::parse_hold_out("auto", pictures), kept) << pictures;
  options.hold_out = "10%", options.seed = 2;
  EXPECT_NE(names(Part::held_out), held_out);
  options.hold_out = "200";
  EXPECT_EQ(refusal([&] { names(Part::train); }, ErrorKind::usage),
            "--hold-out 200 leaves none of the 200 pictures to train on");
  options.hold_out = "0";
  EXPECT_EQ(names(Part::held_out).size(), 0u);
  EXPECT_EQ(names(Part::train), names(Part::all));
}

}  // namespace
}  // namespace facegan::data
