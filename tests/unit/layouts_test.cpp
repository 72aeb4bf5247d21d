// CelebA and LFW in the folders and archives that people have after a download.
#include "data/foreign.h"
#include "made_data.h"

namespace {

using namespace made_data;
using archive_bytes::gzip;
using archive_bytes::TarEntry;
using archive_bytes::ZipEntry;

class Layouts : public MadeData {
 protected:
  // Pictures 1 to 3 below `folder`; Smiling has the first and the third, Male the second.
  void pictures(const std::string& folder, const std::string& suffix = ".jpg") {
    for (int i = 1; i <= 3; ++i) file(str(folder, "/00000", i, suffix), png(i));
  }
  static std::string zip(const std::string& folder, const std::vector<ZipEntry>& more = {}) {
    std::vector<ZipEntry> entries = more;
    for (int i = 1; i <= 3; ++i) entries.push_back({str(folder, "/00000", i, ".jpg"), png(i)});
    return archive_bytes::zip(entries);
  }
  // As CelebA has the list, and as Kaggle has it.
  static constexpr const char* kList =
      "3\nSmiling Male \n000001.jpg  1 -1\n000002.jpg -1  1\n000003.jpg  1 -1\n";
  static constexpr const char* kTable =
      "image_id,Smiling,Male\n000001.jpg,1,-1\n000002.jpg,-1,1\n000003.jpg,1,-1\n";

  void expect_celeba(const std::string& place) {
    SCOPED_TRACE(place);
    data::DatasetOptions asked = options("celeba", place);
    const std::string suffix = names_of(*data::open_dataset(asked))[0].substr(6);
    EXPECT_EQ(names_of(*data::open_dataset(asked)),
              (Strings{"000001" + suffix, "000002" + suffix, "000003" + suffix}));
    asked.where = "Smiling and not Male";
    EXPECT_EQ(names_of(*data::open_dataset(asked)), (Strings{"000001" + suffix, "000003" + suffix}));
    const auto all = open("celeba", place);
    EXPECT_EQ(data::traits_of(options("celeba", place), *all).attributes[0].pictures, 2u);
    EXPECT_EQ(data::condition_table("Male", {}, options("celeba", place), *all).rows,
              (std::vector<signed char>{-1, 1, -1}));
  }
};

TEST_F(Layouts, CelebAAsItsSiteHasIt) {
  pictures("folder/Img/img_align_celeba");
  file("zip/Img/img_align_celeba.zip", zip("img_align_celeba"));
  for (const char* root : {"folder", "zip"}) {
    file(str(root, "/Anno/list_attr_celeba.txt"), kList);
    file(str(root, "/Eval/list_eval_partition.txt"), "000001.jpg 0\n");
    expect_celeba(root);
    expect_celeba(str(root, "/Img"));
  }
  expect_celeba("folder/Img/img_align_celeba");
  expect_celeba("zip/Img/img_align_celeba.zip");
  pictures("png/Img/img_align_celeba_png", ".png");  // the list has .jpg
  file("png/Anno/list_attr_celeba.txt", kList);
  expect_celeba("png");
}

TEST_F(Layouts, CelebAAsTorchvisionHasIt) {
  pictures("root/celeba/img_align_celeba");
  file("root/celeba/list_attr_celeba.txt", kList);
  file("root/celeba/identity_CelebA.txt", "000001.jpg 2880\n");
  file("root/celeba/img_align_celeba.zip", zip("img_align_celeba"));  // stays there after it was unpacked
  for (const char* place : {"root", "root/celeba", "root/celeba/", "root/celeba/img_align_celeba"})
    expect_celeba(place);
}

TEST_F(Layouts, CelebAAsKaggleHasIt) {
  const std::string inside = "img_align_celeba/img_align_celeba";
  const std::string archive = zip(inside, {{"list_attr_celeba.csv", kTable, 8},
                                           {"list_bbox_celeba.csv", "image_id,x_1\n"},
                                           {"__MACOSX/list_attr_celeba.csv", "no"}});
  file("download/archive.zip", archive);
  expect_celeba("download/archive.zip");
  expect_celeba("download");
  // Beside other files of the user's; another archive of that name is not CelebA.
  file("home/archive.zip", archive), file("home/holiday.jpg", png(9));
  expect_celeba("home");
  file("other/archive.zip", archive_bytes::zip({{"cats/1.jpg", png(1)}}));
  file("other/holiday.jpg", png(9));
  EXPECT_EQ(names_of(*open("celeba", "other")), Strings{"holiday.jpg"});
  pictures("unpacked/" + inside), file("unpacked/list_attr_celeba.csv", kTable);
  expect_celeba("unpacked");
  // A list beside the archive comes before the one in it.
  file("both/archive.zip", archive);
  file("both/list_attr_celeba.txt", "1\nSmiling Male\n000002.jpg 1 1\n");
  data::DatasetOptions asked = options("celeba", "both");
  asked.where = "Smiling";
  EXPECT_EQ(names_of(*data::open_dataset(asked)), Strings{"000002.jpg"});
}

// What it claims, and what it unfolds to, is bounded; and the message names the table.
TEST_F(Layouts, ATableInAnArchiveThatIsTooLargeIsRefused) {
  constexpr std::int64_t kMiB = 1 << 20;
  const auto said = [&](const ZipEntry& table) {
    file("bomb/archive.zip", zip("img_align_celeba/img_align_celeba", {table}));
    data::DatasetOptions asked = options("celeba", "bomb/archive.zip");
    asked.where = "Smiling";
    return refused(asked);
  };
  const std::string name = "bomb/archive.zip/list_attr_celeba.csv", table = kTable;
  const std::pair<ZipEntry, std::string> cases[] = {
      {{"list_attr_celeba.csv", table, 8, 0, 300 * kMiB, kMiB},
       ": it claims 300.0 MiB, more than the 256.0 MiB allowed"},
      {{"list_attr_celeba.csv", table, 8, 0, 200 * kMiB}, ": its sizes cannot be true ("},
      {{"list_attr_celeba.csv", table, 8, 0, 2 * static_cast<std::int64_t>(table.size())},
       ": its compressed data is damaged"},
      {{"list_attr_celeba.csv", std::string(1 << 20, '0'), 8}, ":1: a line of more than 65536 bytes"},
      {{"list_attr_celeba.csv", std::string(1 << 20, '\n'), 8}, "the file is empty"}};
  for (const auto& [entry, why] : cases) {
    const std::string all = said(entry);
    EXPECT_NE(all.find(name), std::string::npos) << all;
    EXPECT_NE(all.find(why), std::string::npos) << all;
  }
}

TEST_F(Layouts, TablesOfAttributesAreReadAsProgramsWriteThem) {
  pictures("set/img_align_celeba");
  for (const char* table :
       {"\"image_id\",\"Smiling\",\"Male\"\r\n\"000001.jpg\",\"1\",\"-1\"\r\n\"000002.jpg\", \"-1\" ,1\r\n"
        "000003.jpg,1,\"-1\"\r\n",
        "image_id,Smiling,Male\n000001.jpg,True,False\n000002.jpg,False,True\n000003.jpg,TRUE,false\n",
        ",image_id,Smiling,Male\n0,000001.jpg,1,0\n1,000002.jpg,0,1\n2,000003.jpg,1,0\n",
        ",Smiling,Male\n000001.jpg,1,-1\n000002.jpg,-1,1\n000003.jpg,1,-1\n"}) {
    file("set/list_attr_celeba.csv", table);
    expect_celeba("set");
  }
  data::DatasetOptions asked = options("celeba", "set");
  asked.where = "Smiling";
  for (const auto& [table, why] : std::vector<std::pair<const char*, const char*>>{
           {"image_id,A\n\"000001.jpg,1\n", "csv:2: a quote that does not end before a comma"},
           {"image_id,A\n\"000001.jpg\"x,1\n", "csv:2: a quote that does not end before a comma"},
           {"image_id,A\n\"000001.jpg\",yes\n", "csv:2: A is 1 or -1, not 'yes'"},
           {"image_id,A\n\"000001.jpg\"", "csv:2: 0 values for 1 attributes"}}) {
    file("set/list_attr_celeba.csv", table);
    EXPECT_NE(refused(asked).find(why), std::string::npos) << refused(asked);
  }
}

TEST_F(Layouts, LfwUnderAllItsNames) {
  const std::vector<std::pair<std::string, std::string>> people = {
      {"Al_Gore/Al_Gore_0001", "1"}, {"Al_Gore/Al_Gore_0002", "2"}, {"Bo_Derek/Bo_Derek_0001", "3"}};
  const auto tar = [&](const std::string& folder) {
    std::vector<TarEntry> entries;
    for (const auto& [name, number] : people)
      entries.push_back({folder + "/" + name + ".jpg", png(std::stoi(number))});
    return gzip(archive_bytes::tar(entries));
  };
  const auto kaggle = [&] {
    std::vector<ZipEntry> entries = {{"pairs.csv", "a,b"}, {"people.csv", "a"}};
    for (const auto& [name, number] : people)
      entries.push_back({"lfw-deepfunneled/lfw-deepfunneled/" + name + ".jpg", png(std::stoi(number))});
    return archive_bytes::zip(entries);
  };
  std::vector<ZipEntry> crops = {{"lfwcrop_color/README.txt", "Sanderson"}};
  for (const auto& [name, number] : people)
    crops.push_back({"lfwcrop_color/faces/" + name.substr(name.find('/') + 1) + ".ppm",
                     "P6 2 2 255 " + std::string(12, static_cast<char>(40 * std::stoi(number)))});
  file("a/lfw.tgz", tar("lfw")), file("b/lfw-deepfunneled.tgz", tar("lfw-deepfunneled"));
  file("c/lfw-funneled.tgz", tar("lfw_funneled")), file("d/lfwcrop_color.zip", archive_bytes::zip(crops));
  file("e/archive.zip", kaggle());
  file("e/mine.png", png(8));
  file("f/lfw_home/lfw-funneled.tgz", tar("lfw_funneled"));
  // Unpacked in place, and one taken out: what is in the folder counts.
  file("k/archive.zip", kaggle()), file("k/Al_Gore/Al_Gore_0001.jpg", png(1));
  for (const char* root : {"g/lfw_home/lfw_funneled", "h/lfw-py/lfw-deepfunneled", "i/lfw_funneled",
                           "j/lfw-deepfunneled/lfw-deepfunneled"})
    for (const auto& [name, number] : people) file(str(root, "/", name, ".jpg"), png(std::stoi(number)));
  file("g/lfw_home/pairsDevTrain.txt", "1100\n");
  for (const char* place : {"a", "a/lfw.tgz", "b", "c", "d", "d/lfwcrop_color.zip", "e", "e/archive.zip", "f",
                            "f/lfw_home", "g", "g/lfw_home", "h", "h/lfw-py", "i", "j"}) {
    SCOPED_TRACE(place);
    data::DatasetOptions asked = options("lfw", place);
    EXPECT_EQ(data::open_dataset(asked)->size(), 3u);
    asked.where = "photos>=2";
    EXPECT_EQ(data::open_dataset(asked)->size(), 2u);
    asked.where = "person=Bo_Derek";
    EXPECT_EQ(data::open_dataset(asked)->size(), 1u);
    EXPECT_NO_THROW(data::open_dataset(asked)->get(0));
  }
  EXPECT_EQ(open("lfw", "k")->size(), 1u);
}

TEST_F(Layouts, AFolderWithOneArchiveIsThatArchive) {
  for (const char* suffix : {".tar.bz2", ".txz", ".tar.zst"}) {  // what it is, is told by its bytes
    file(str("set", suffix, "/cats", suffix),
         archive_bytes::tar({{"7/1.png", png(1)}, {"7/2.png", png(2)}, {"1/3.png", png(2)}}));
    EXPECT_EQ(open("folder", str("set", suffix))->size(), 3u) << suffix;
    EXPECT_EQ(open("mnist", str("set", suffix))->size(), 3u) << suffix;
  }
  file("set/cats.tar.gz", gzip(archive_bytes::tar({{"cats/1.png", png(1)}, {"cats/2.png", png(2)}})));
  file("set/readme.txt", "two cats");
  EXPECT_NE(said("folder", "set").find(str("set holds no pictures, but one archive: using cats.tar.gz\n")),
            std::string::npos);
  EXPECT_EQ(names_of(*open("folder", "set")), (Strings{"1.png", "2.png"}));
  file("set/dogs.zip", archive_bytes::zip({{"1.png", png(1)}}));
  EXPECT_NE(refused("folder", "set")
                .find("set, but 2 archives, such as cats.tar.gz and dogs.zip; name one of them with --data"),
            std::string::npos);
  file("set/loose.png", png(3));  // what there is counts, then
  EXPECT_EQ(names_of(*open("folder", "set")), Strings{"loose.png"});
}

TEST_F(Layouts, WebPagesInThePlaceOfFilesAreCalledThat) {
  const std::string page =
      "<!DOCTYPE html><html><head><title>Google Drive - Quota "
      "exceeded</title></head><body>Quota</body></html>";
  file("set/img_align_celeba.zip", page);
  for (const char* place : {"set", "set/img_align_celeba.zip"}) {
    const std::string why = refused("celeba", place);
    EXPECT_NE(why.find("img_align_celeba.zip is a web page saved under that name ('Google Drive - Quota "
                       "exceeded'): the host does not send the file now"),
              std::string::npos)
        << why;
    EXPECT_NE(why.find("download quota"), std::string::npos);
    EXPECT_NE(why.find("download it again in a day, or from another place"), std::string::npos);
  }
  file("lfw/lfw.tgz", "\xef\xbb\xbf\n <HTML><TITLE>\nSign\tin\x1b[2J\n</TITLE>");
  EXPECT_NE(refused("lfw", "lfw")
                .find("is a web page saved under that name ('Sign in\\x1b[2J'): the host sent a "
                      "page in the place of the file"),
            std::string::npos)
      << refused("lfw", "lfw");
  file("mnist/train-images-idx3-ubyte.gz", page);
  EXPECT_NE(refused("mnist", "mnist/train-images-idx3-ubyte.gz").find("is a web page"), std::string::npos);
  EXPECT_NE(refused("mnist", "mnist").find("is a web page"), std::string::npos);
  pictures("list/img_align_celeba");
  file("list/list_attr_celeba.txt", page);
  data::DatasetOptions asked = options("celeba", "list");
  asked.where = "Smiling";
  EXPECT_NE(refused(asked).find("list_attr_celeba.txt is a web page"), std::string::npos);
  EXPECT_EQ(open("celeba", "list")->size(), 3u);
}

TEST_F(Layouts, FilesOfOtherKindsAreCalledWhatTheyAre) {
  const std::pair<std::string, const char*> kinds[] = {
      {"7z\xbc\xaf\x27\x1c rest", "is a 7z archive, which facegan does not read: unpack it"},
      {"Rar!\x1a\x07\1 rest", "is a RAR archive"},
      {"PAR1 rest", "is a parquet file, as Hugging Face has data sets; facegan does not read parquet"},
      {"ARROW1 rest", "is an Arrow file"},
      {"\x89HDF\r\n\x1a\n rest", "is an HDF5 file"},
      {"\x80\4 rest", "is a pickle of Python"},
      {"<?xml version='1.0'?><Error>", "is a web page"}};
  for (const auto& [bytes, what] : kinds) {
    file("set/data.bin", bytes);
    for (const char* kind : {"folder", "celeba", "lfw", "mnist"})
      EXPECT_NE(refused(kind, "set/data.bin").find(what), std::string::npos) << refused(kind, "set/data.bin");
  }
  EXPECT_EQ(data::foreign_kind("P5 2 2 255 <html>"), "");
}

TEST_F(Layouts, ShardsOfHuggingFaceAreNoPictures) {
  file("hf/data/train-00000-of-00002.parquet", "PAR1"), file("hf/data/train-00001-of-00002.parquet", "PAR1");
  file("hf/README.md", "---");
  for (const char* kind : {"folder", "celeba", "lfw"}) {
    const std::string why = refused(kind, "hf");
    EXPECT_NE(
        why.find("hf, but 2 .parquet, 1 .md, as Hugging Face has data sets; facegan does not read parquet: "
                 "make a folder of pictures of it (pip install datasets pillow; data/README.md"),
        std::string::npos)
        << why;
  }
}

}  // namespace
