#include <gtest/gtest.h>

#include <functional>

#include "archive_bytes.h"
#include "data/attribute_file.h"
#include "error_of.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/portrait/portrait.h"
#include "made_data.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;
using made_data::names_of;
using Strings = std::vector<std::string>;

// 000001.jpg and so on.
std::string picture_name(int number) {
  char name[16];
  std::snprintf(name, sizeof name, "%06d.jpg", number);
  return name;
}

// Opening reads no picture, so their bytes are only text here.
class FilterTest : public made_data::MadeData {
 protected:
  // Pictures 1 .. count in `set`, as a folder or as a zip.
  void pictures(const std::string& set, int count, bool zipped = false) {
    std::vector<archive_bytes::ZipEntry> entries;
    for (int i = 1; i <= count; ++i)
      entries.push_back({"img_align_celeba/" + picture_name(i), str("picture ", i)});
    if (zipped)
      file(set + "/img_align_celeba.zip", archive_bytes::zip(entries));
    else
      for (const auto& entry : entries) file(set + "/" + entry.name, entry.data);
  }
  std::unique_ptr<Dataset> open(const std::string& kind, const fs::path& path, const std::string& where,
                                std::uint64_t limit = 0) {
    DatasetOptions options;
    options.dataset = kind, options.path = path, options.where = where, options.limit = limit;
    options.faces_count = 300, options.size = 8;
    return open_dataset(options);
  }
  std::string refusal(const std::string& kind, const fs::path& path, const std::string& where,
                      ErrorKind wanted) {
    const Error error = error_of([&] { open(kind, path, where); });
    EXPECT_EQ(error.kind(), wanted) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
};

// Three attributes of picture n: the bits of n.
std::string table(int count, const std::string& end = "\n") {
  std::string text = str(count, end, "5_o_Clock_Shadow Male Young ", end);
  for (int n = 1; n <= count; ++n) {
    text += picture_name(n);
    for (const int bit : {1, 2, 4}) text += n & bit ? "  1" : " -1";
    text += end;
  }
  return text;
}

Strings numbered(const std::vector<int>& numbers) {
  Strings names;
  for (const int number : numbers) names.push_back(picture_name(number));
  return names;
}

TEST_F(FilterTest, AttributeFilesSelectPicturesInEveryLayoutAndForm) {
  pictures("folder", 7);
  pictures("zip", 7, true);
  std::string commas = "image_id,5_o_Clock_Shadow,Male,Young\r\n";
  for (int n = 1; n <= 7; ++n)
    commas += str(picture_name(n), ',', n & 1 ? 1 : -1, ", ", n & 2 ? 1 : 0, " ,", n & 4 ? 1 : -1, "\r\n");
  const std::pair<const char*, std::string> forms[] = {
      {"list_attr_celeba.txt", table(7)},
      {"list_attr_celeba.txt", table(7, " \r\n") + "\r\n"},
      {"list_attr_celeba.txt", "\xef\xbb\xbf" + table(7) + "\n\n"},
      {"list_attr_celeba.csv", commas}};
  for (const auto& [name, text] : forms) {
    for (const char* place : {"folder", "folder/img_align_celeba", "folder/img_align_celeba/", "zip",
                              "zip/img_align_celeba.zip"}) {
      file(str("folder/", name), text), file(str("zip/", name), text);
      EXPECT_EQ(names_of(*open("celeba", folder_ / place, "5_o_Clock_Shadow and not Male")), numbered({1, 5}))
          << place << ' ' << name;
      EXPECT_EQ(names_of(*open("celeba", folder_ / place, "Male=1 or Young=0", 3)), numbered({1, 2, 3}));
    }
    fs::remove(folder_ / "folder" / name), fs::remove(folder_ / "zip" / name);
  }
  // Beside the pictures themselves, too.
  file("folder/img_align_celeba/list_attr_celeba.txt", table(7));
  EXPECT_EQ(open("celeba", folder_ / "folder/img_align_celeba", "Young")->size(), 4u);
}

TEST_F(FilterTest, RowsArePictureByPictureWhateverElseTheFileHas) {
  pictures("set", 5);
  // Rows in any order, of pictures that are not there; none of picture 3; the count is not true.
  const fs::path path = file("set/list_attr_celeba.txt",
                             "99\nA B\n000009.jpg 1 1\n000005.jpg 1 -1\n000001.jpg  1 1\n"
                             "000004.jpg 0 1\n000002.jpg -1 -1\n");
  testing::internal::CaptureStderr();
  EXPECT_EQ(names_of(*open("celeba", folder_ / "set", "A")), numbered({1, 5}));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find(str(path.string(), ":1: the file says 99 rows and has 5")), std::string::npos) << said;
  EXPECT_NE(said.find("selects 2 of 5 pictures (1 without attributes are left out)"), std::string::npos)
      << said;
  EXPECT_EQ(names_of(*open("celeba", folder_ / "set", "not A")), numbered({2, 4}));
  EXPECT_EQ(open("celeba", folder_ / "set", "A or not A")->size(), 4u);
  EXPECT_EQ(open("celeba", folder_ / "set", "")->size(), 5u);
}

TEST_F(FilterTest, DamagedAttributeFilesAreRefusedWithFileAndLine) {
  const std::string head = "2\nA B\n";
  const std::pair<std::string, const char*> cases[] = {
      {"", ":1: the file is empty"},
      {"\n \n", ":1: the file is empty"},
      {"A B\n", ":1: the number of rows should stand here, not 'A B'"},
      {"-1\nA B\n", ":1: the number of rows"},
      {"99999999999999999999\nA B\n", ":1: the number of rows"},
      {"2\n", "the file ends before the names"},
      {"2\nA A\n", ":2: the attribute 'A' twice"},
      {head + "000001.jpg 1 1\n000002.jpg 1\n", ":4: 1 values for 2 attributes"},
      {head + "000001.jpg 1 1 1\n", ":3: 3 values for 2 attributes"},
      {head + "\n000001.jpg 1 2\n", ":4: B is 1 or -1, not '2'"},
      {head + "000001.jpg 1 1.0\n", ":3: B is 1 or -1, not '1.0'"},
      {head + std::string("000001.jpg 1 \0\n", 15), ":3: B is 1 or -1, not '\\x00'"},
      {head + "000002.jpg 1 1\n000001.jpg 1 1\n000002.jpg 1 1\n",
       ":5: 000002.jpg has a row already, at line 3"},
      {"image_id,A,B\n000001.jpg,1\n", ":2: 1 values for 2 attributes"},
      {"image_id,A,B\n000001.jpg,1,\n", ":2: B is 1 or -1, not ''"},
      {head + std::string(70000, 'x'), ":3: a line of more than 65536 bytes"},
      {"1\n" +
           [] {
             std::string names;
             for (int i = 0; i < 1001; ++i) names += str(" n", i);
             return names;
           }(),
       ":2: 1001 attributes, more than the 1000"},
  };
  pictures("set", 2);
  for (const auto& [text, why] : cases) {
    const fs::path path = file("set/list_attr_celeba.txt", text);
    const std::string said = refusal("celeba", folder_ / "set", "A", ErrorKind::data);
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_NE(said.find(path.string()), std::string::npos) << said;
  }
  fs::resize_file(file("set/list_attr_celeba.txt", ""), (std::uint64_t{512} << 20) + 1);  // takes no room
  EXPECT_NE(refusal("celeba", folder_ / "set", "A", ErrorKind::data).find("more than the 512"),
            std::string::npos);
}

TEST_F(FilterTest, EveryCutOfAnAttributeFileIsReadOrRefused) {
  const std::string whole = table(3);
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const fs::path path = file("cut.txt", whole.substr(0, size));
    try {
      EXPECT_LE(AttributeFile(path).rows(), 3u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      ++refused;
    }
  }
  EXPECT_GT(refused, 50);
}

TEST_F(FilterTest, AWrongFilterSaysWhatThereIs) {
  pictures("set", 3);
  EXPECT_NE(refusal("celeba", folder_ / "set", "Male", ErrorKind::data).find("list_attr_celeba.txt"),
            std::string::npos);
  file("set/list_attr_celeba.txt", table(3));
  const auto usage = [&](const std::string& kind, const std::string& where) {
    return refusal(kind, folder_ / "set", where, ErrorKind::usage);
  };
  EXPECT_NE(usage("celeba", "Male and Yuong")
                .find("character 10: unknown attribute 'Yuong', did you mean 'Young'?"),
            std::string::npos);
  EXPECT_NE(usage("celeba", "Q").find("(known: 5_o_Clock_Shadow, Male, Young)"), std::string::npos);
  for (const char* where : {"Male=2", "Male=-1", "Male>=1", "Male=yes"})
    EXPECT_NE(usage("celeba", where).find("write Male, Male=1 or Male=0"), std::string::npos) << where;
  EXPECT_NE(usage("faces", "Smilng").find("did you mean 'Smiling'?"), std::string::npos);
  for (const char* kind : {"folder", "mnist"})  // whether or not there are any pictures
    EXPECT_NE(usage(kind, "Male").find(str("the data set ", kind, " has no attributes")), std::string::npos);
  EXPECT_NE(usage("lfw", "persn=X").find("did you mean 'person'?"), std::string::npos);
  for (const char* where : {"person", "person>A"})
    EXPECT_NE(usage("lfw", where).find("person=NAME"), std::string::npos);
  for (const char* where : {"photos", "photos=many", "photos>=-1", "photos<1.5"})
    EXPECT_NE(usage("lfw", where).find("photos>=10"), std::string::npos) << where;
  EXPECT_NE(
      refusal("celeba", folder_ / "set", "Male and not Male", ErrorKind::data).find("none of the 3 pictures"),
      std::string::npos);
}

TEST_F(FilterTest, TheFingerprintIsThatOfTheSelectedPictures) {
  pictures("set", 7);
  file("set/list_attr_celeba.txt", table(7));
  const auto print = [&](const std::string& where, std::uint64_t limit = 0) {
    return open("celeba", folder_ / "set", where, limit)->fingerprint();
  };
  const auto young = print("Young"), all = print("");
  EXPECT_NE(young, all);
  EXPECT_NE(young, print("not Young"));
  EXPECT_NE(young, print("Young", 2));
  EXPECT_EQ(young, print("not Young=0"));
  EXPECT_EQ(all, print("Young or not Young"));
  file("set/img_align_celeba/000001.jpg", "another size of a picture that is not selected");
  EXPECT_EQ(young, print("Young"));
  file("set/img_align_celeba/000004.jpg", "another size of one that is");
  EXPECT_NE(young, print("Young"));

  const auto faces = [&](const std::string& where) { return open("faces", "", where)->fingerprint(); };
  EXPECT_NE(faces("Male"), faces(""));
  EXPECT_NE(faces("Male"), faces("not Male"));
  EXPECT_EQ(faces("Male"), faces("Male=1"));
}

TEST_F(FilterTest, FacesAreChosenByWhatIsDrawnAndKeepTheirNumbers) {
  const auto& names = portrait::attribute_names();
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), std::string(name)) - names.begin());
  };
  const std::size_t male = column("Male"), smiling = column("Smiling"), glasses = column("Eyeglasses"),
                    blond = column("Blond_Hair"), hat = column("Wearing_Hat"), young = column("Young");
  using Has = std::array<bool, 40>;
  const std::pair<const char*, std::function<bool(const Has&)>> cases[] = {
      {"Male", [&](const Has& h) { return h[male]; }},
      {"not Male", [&](const Has& h) { return !h[male]; }},
      {"Smiling and not Eyeglasses", [&](const Has& h) { return h[smiling] && !h[glasses]; }},
      {"Smiling or Male and Young", [&](const Has& h) { return h[smiling] || (h[male] && h[young]); }},
      {"(Smiling or Male) and Young", [&](const Has& h) { return (h[smiling] || h[male]) && h[young]; }},
      {"Male=0 and (Young or Blond_Hair=1)",
       [&](const Has& h) { return !h[male] && (h[young] || h[blond]); }},
      {"not (Male or Young)", [&](const Has& h) { return !(h[male] || h[young]); }},
      {"not Male or not Young", [&](const Has& h) { return !h[male] || !h[young]; }},
      {"Wearing_Hat or Eyeglasses and not Smiling",
       [&](const Has& h) { return h[hat] || (h[glasses] && !h[smiling]); }},
      {"Smiling=0 and Male=1 or Young=0 and Male=0",
       [&](const Has& h) { return (!h[smiling] && h[male]) || (!h[young] && !h[male]); }},
  };
  for (const auto& [where, truth] : cases) {
    Strings wanted;
    for (std::uint64_t i = 0; i < 300; ++i)
      if (truth(portrait::attributes(1, i))) wanted.push_back(str("face ", i));
    ASSERT_GT(wanted.size(), 10u) << where;
    ASSERT_LT(wanted.size(), 290u) << where;
    const auto set = open("faces", "", where);
    EXPECT_EQ(names_of(*set), wanted) << where;
    EXPECT_EQ(set->get(9), portrait::draw(1, std::stoull(wanted[9].substr(5)), 8));
    wanted.resize(7);
    EXPECT_EQ(names_of(*open("faces", "", where, 7)), wanted) << where;
  }
  EXPECT_NE(refusal("faces", "", "Attractive", ErrorKind::data).find("none of the 300"), std::string::npos);
}

TEST_F(FilterTest, LfwKnowsPersonsAndHowManyPhotosTheyHave) {
  std::vector<archive_bytes::TarEntry> entries;
  for (const auto& [person, count] :
       {std::pair{"Al_Fine", 1}, {"Bo_Day", 3}, {"Cy_O'Neil", 2}, {"D_Bo_Day", 3}})
    for (int i = 1; i <= count; ++i)
      entries.push_back({str("lfw/", person, "/", person, "_000", i, ".jpg"), str(person, i)});
  file("tar/lfw.tgz", archive_bytes::gzip(archive_bytes::tar(entries)));
  for (const auto& entry : entries) file("unpacked/" + entry.name, entry.data);
  const std::pair<const char*, std::size_t> cases[] = {{"person=Bo_Day", 3},
                                                       {"person=Al_Fine or person=Bo_Day", 4},
                                                       {"photos>=3", 6},
                                                       {"photos>=2 and not person=Bo_Day", 5},
                                                       {"photos=2", 2},
                                                       {"photos<=2", 3},
                                                       {"photos<2", 1},
                                                       {"photos>1", 8},
                                                       {"photos >= 0", 9},
                                                       {"person=\"Cy_O'Neil\"", 2},
                                                       {"not (photos=3 or photos=1)", 2}};
  for (const char* place : {"tar", "tar/lfw.tgz", "unpacked", "unpacked/lfw"})
    for (const auto& [where, count] : cases)
      EXPECT_EQ(open("lfw", folder_ / place, where)->size(), count) << where << ' ' << place;
  // A person's photos are those in the set, whatever the limit.
  EXPECT_EQ(names_of(*open("lfw", folder_ / "tar", "photos=3", 2)),
            (Strings{"Bo_Day/Bo_Day_0001.jpg", "Bo_Day/Bo_Day_0002.jpg"}));
  // The only person of a set has no folder in the names.
  EXPECT_EQ(open("lfw", folder_ / "unpacked/lfw/Bo_Day", "person=Bo_Day and photos=3")->size(), 3u);

  testing::internal::CaptureStderr();
  refusal("lfw", folder_ / "tar", "person=Bo_Dya", ErrorKind::data);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("no person 'Bo_Dya', did you mean 'Bo_Day'?"),
            std::string::npos);
}

}  // namespace
}  // namespace facegan::data
