// MNIST and its kin in the forms and folders that torchvision, Keras, Kaggle and EMNIST have them in.
#include "data/digits_csv.h"
#include "data/npy.h"
#include "made_data.h"

namespace {

using namespace made_data;
using archive_bytes::gzip;
using archive_bytes::little;
using archive_bytes::ZipEntry;

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

// `count` pictures of 4 x 4; pixel p of picture i is 16 i + p.
std::string pixels(int count, int first = 0) {
  std::string out;
  for (int i = first * 16; i < (first + count) * 16; ++i) out += static_cast<char>(i);
  return out;
}
std::string images(int count) {
  return big_endian(0x803) + big_endian(static_cast<std::uint32_t>(count)) + big_endian(4) + big_endian(4) +
         pixels(count);
}
std::string labels(const std::string& values) {
  return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(values.size())) + values;
}

std::string npy(const std::string& type, const std::string& shape, const std::string& bytes,
                const std::string& order = "False", int version = 1) {
  std::string header = str("{'descr': '", type, "', 'fortran_order': ", order, ", 'shape': ", shape, ", }");
  while ((header.size() + 11) % 64 != 0) header += ' ';
  header += '\n';
  return str("\x93NUMPY", static_cast<char>(version)) + '\0' + little(header.size(), version == 1 ? 2 : 4) +
         header + bytes;
}

class Mnist : public MadeData {
 protected:
  // The pictures of images(3), of classes 7, 0 and 9.
  void expect_digits(const std::string& place, const std::string& first_name = "train-images[0]") {
    SCOPED_TRACE(place);
    const data::DatasetOptions asked = options("mnist", place);
    const auto set = data::open_dataset(asked);
    ASSERT_EQ(set->size(), 3u);
    EXPECT_EQ(set->name(0), first_name);
    EXPECT_EQ(set->encoded(1), pixels(1, 1));
    EXPECT_EQ(set->fingerprint(), fingerprint_);
    const auto table = data::condition_table("digit", {}, asked, *set);
    ASSERT_EQ(table.rows.size(), 30u);
    EXPECT_TRUE(table.rows[7] && table.rows[10] && table.rows[29]);
  }
  std::string condition_refused(const data::DatasetOptions& asked) {
    const facegan::Error error =
        error_of([&] { data::condition_table("digit", {}, asked, *data::open_dataset(asked)); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  void idx_files(const std::string& folder, const std::string& suffix = "") {
    const auto packed = [&](const std::string& bytes) { return suffix.empty() ? bytes : gzip(bytes); };
    file(folder + "/train-images-idx3-ubyte" + suffix, packed(images(3)));
    file(folder + "/train-labels-idx1-ubyte" + suffix, packed(labels(std::string("\7\0\11", 3))));
    file(folder + "/t10k-images-idx3-ubyte" + suffix, packed(images(1)));
    file(folder + "/t10k-labels-idx1-ubyte" + suffix, packed(labels("\1")));
  }
  // Of images(3) as numbers in lines.
  static std::string rows(const char* wanted_labels = "709") {
    std::string text;
    for (int i = 0; i < 3; ++i) {
      text += wanted_labels[i];
      for (int p = 0; p < 16; ++p) text += str(',', 16 * i + p);
      text += "\r\n";
    }
    return text;
  }
  static std::string header(const std::string& first = "label") {
    std::string text = first;
    for (int p = 0; p < 16; ++p) text += str(",pixel", p);
    return text + "\n";
  }

  void SetUp() override {
    file("plain", images(3));
    fingerprint_ = open("mnist", "plain")->fingerprint();
  }
  std::uint64_t fingerprint_ = 0;
};

TEST_F(Mnist, TorchvisionsFolders) {
  idx_files("root/MNIST/raw"), idx_files("root/MNIST/raw", ".gz");
  for (const char* place : {"root", "root/MNIST", "root/MNIST/raw"}) expect_digits(place);
  EXPECT_NE(said("mnist", "root/MNIST/").find("MNIST/: using "), std::string::npos);
  idx_files("fashion/FashionMNIST/raw", ".gz");
  expect_digits("fashion");
}

TEST_F(Mnist, AZipOfIdxFiles) {
  const std::string list = labels(std::string("\7\0\11", 3));
  file("zip/archive.zip", archive_bytes::zip({{"t10k-images.idx3-ubyte", images(1), 8},
                                              {"train-images.idx3-ubyte", images(3), 8},
                                              {"train-labels.idx1-ubyte", list, 8},
                                              {"t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", images(1)},
                                              {"__MACOSX/train-images-idx3-ubyte", "no"}}));
  expect_digits("zip/archive.zip");
  expect_digits("zip");
  file("packed/gzip.zip", archive_bytes::zip({{"MNIST/raw/train-images-idx3-ubyte.gz", gzip(images(3))},
                                              {"MNIST/raw/train-labels-idx1-ubyte.gz", gzip(list)}}));
  expect_digits("packed");
  EXPECT_TRUE(fs::is_empty(folder_ / "cache"));
  // EMNIST's byclass is larger than a picture may be: the size alone is no reason.
  const std::int64_t large = (std::int64_t{256} << 20) + 1;
  file("large.zip", archive_bytes::zip({{"train-images-idx3-ubyte", images(3), 8, 0, large}}));
  EXPECT_NE(refused("mnist", "large.zip").find("train-images-idx3-ubyte: its sizes cannot be true"),
            std::string::npos)
      << refused("mnist", "large.zip");
}

TEST_F(Mnist, TablesOfNumbers) {
  file("kaggle/train.csv", header() + rows());
  file("kaggle/test.csv", header("").substr(1) + "1,2,3\n");
  file("kaggle/sample_submission.csv", "ImageId,Label\n1,0\n");
  expect_digits("kaggle", "train[0]"), expect_digits("kaggle/train.csv", "train[0]");
  file("plain_rows/mnist_train.csv", rows()), file("plain_rows/mnist_test.csv", rows().substr(0, 5));
  expect_digits("plain_rows", "mnist_train[0]");
  file("r/digits.csv", "\xef\xbb\xbf\"Label\",\"a\"" + header("").substr(7) + rows());
  expect_digits("r", "digits[0]");
  file("zip/digit-recognizer.zip", archive_bytes::zip({{"sample_submission.csv", "ImageId,Label\n"},
                                                       {"train.csv", header() + rows(), 8}}));
  expect_digits("zip", "train[0]");
  // The label in the last column, as OpenML has it; none, as Kaggle's list to test with.
  const auto last = data::parse_digits_csv("a,b,c,d,class\n1,2,3,4,9\n5,6,7,8,3\n", "x.csv");
  EXPECT_EQ(last.records.pixels, (std::vector<unsigned char>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(last.labels, (std::vector<unsigned char>{9, 3}));
  file("none.csv", "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n");
  EXPECT_EQ(open("mnist", "none.csv")->size(), 1u);
  EXPECT_NE(condition_refused(options("mnist", "none.csv")).find("none.csv has no column 'label'"),
            std::string::npos);
}

TEST_F(Mnist, DamagedTablesAreRefusedWithTheirLine) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, const char*>>{
           {"", ":0: the file is empty"},
           {"\n \n", ":2: the file is empty"},
           {"label,a,b,c,d\n", ":1: the file ends after its header"},
           {"1,2,3\n", ":1: 3 values a line: a label and the pixels of a square picture"},
           {"label,a,b,c,d\n1,2,3,4\n", ":2: another number of values than the 5"},
           {"label,a,b,c,d\n1,2,3,4,5,6\n", ":2: another number of values than the 5"},
           {"label,a,b,c,d\n1,2,3,4,5,\n", ":2: another number of values than the 5"},
           {"label,a,b,c,d\n1,2,3,4,256\n", ":2: value 5 is '256', no whole number from 0 to 255"},
           {"label,a,b,c,d\n1,2,3,4,0255\n", ":2: value 5 is '0255'"},
           {"label,a,b,c,d\n1,2,,4,5\n", ":2: value 3 is ''"},
           {"label,a,b,c,d\n1,2,3.0,4,5\n", ":2: value 3 is '3.0'"},
           {"label,a,b,c,d\n1,-2,3,4,5\n", ":2: value 2 is '-2'"},
           {std::string("label,a,b,c,d\n1,\0,3,4,5\n", 24), ":2: value 2 is '\\x00'"},
           {"label,a,b,c,d\n" + std::string((1 << 20) + 1, '1'), ":2: a line of more than 1048576 bytes"}}) {
    file("bad/train.csv", text);
    EXPECT_NE(refused("mnist", "bad").find(str("train.csv", why)), std::string::npos)
        << refused("mnist", "bad");
  }
}

TEST_F(Mnist, KerasNpz) {
  const std::string shape = "(3, 4, 4)", pictures = npy("|u1", shape, pixels(3));
  const std::string list = little(7, 8) + little(0, 8) + little(9, 8);
  const auto entries = [&](const std::string& array, const std::string& classes, int method = 0) {
    return std::vector<ZipEntry>{{"x_test.npy", npy("|u1", "(1, 4, 4)", pixels(1)), method},
                                 {"x_train.npy", array, method},
                                 {"y_train.npy", classes, method},
                                 {"y_test.npy", npy("<i8", "(1,)", little(1, 8)), method}};
  };
  for (const int method : {0, 8}) {
    file("keras/mnist.npz", archive_bytes::zip(entries(pictures, npy("<i8", "(3,)", list), method), true));
    expect_digits("keras"), expect_digits("keras/mnist.npz");
  }
  for (const auto& [array, classes] : std::vector<std::pair<std::string, std::string>>{
           {npy("|u1", "(3, 16)", pixels(3), "False", 2), npy("|u1", "(3, 1)", std::string("\7\0\11", 3))},
           {npy("|u1", "(3, 4, 4, 1)", pixels(3)), npy(">i2", "(3,)", std::string("\0\7\0\0\0\11", 6))}}) {
    file("more/mnist.npz", archive_bytes::zip(entries(array, classes)));
    expect_digits("more");
  }
  file("k49/k49-train-imgs.npz", archive_bytes::zip({{"arr_0.npy", pictures}}));
  file("k49/k49-train-labels.npz", archive_bytes::zip({{"arr_0.npy", npy("<i8", "(3,)", list)}}));
  file("k49/k49-test-imgs.npz", "not looked at");
  expect_digits("k49"), expect_digits("k49/k49-train-imgs.npz");
  // Pictures alone do without labels, until these are asked for.
  file("kmnist/kmnist-train-imgs.npz", archive_bytes::zip({{"arr_0.npy", pictures}}));
  EXPECT_EQ(open("mnist", "kmnist")->size(), 3u);
  EXPECT_EQ(condition_refused(options("mnist", "kmnist")),
            str("no labels for --condition digit: ", (folder_ / "kmnist/kmnist-train-imgs.npz").string(),
                " has pictures alone; put kmnist-train-labels.npz beside it"));
  file("kmnist/x.npz", archive_bytes::zip({{"arr_0.npy", pictures}}));
  EXPECT_EQ(condition_refused(options("mnist", "kmnist/x.npz")),
            str("no labels for --condition digit: ", (folder_ / "kmnist/x.npz").string(),
                " has pictures alone; put its labels into it as an array y_train"));
}

// As Kaggle has Keras' and Kuzushiji's.
TEST_F(Mnist, NpzInAZip) {
  const std::string pictures = npy("|u1", "(3, 4, 4)", pixels(3));
  const std::string list = npy("<i8", "(3,)", little(7, 8) + little(0, 8) + little(9, 8));
  const std::string keras = archive_bytes::zip({{"x_train.npy", pictures, 8}, {"y_train.npy", list, 8}});
  for (const int method : {0, 8}) {
    file("keras/archive.zip",
         archive_bytes::zip({{"set/mnist.npz", keras, method}, {"set/readme.txt", "x"}}));
    expect_digits("keras"), expect_digits("keras/archive.zip");
  }
  const std::string imgs = archive_bytes::zip({{"arr_0.npy", pictures}});
  file("k49/archive.zip",
       archive_bytes::zip({{"k49-train-imgs.npz", imgs},
                           {"k49-train-labels.npz", archive_bytes::zip({{"arr_0.npy", list}})},
                           {"k49-test-imgs.npz", "not looked at"}}));
  expect_digits("k49");
  file("alone/a.zip", archive_bytes::zip({{"set/kmnist-train-imgs.npz", imgs}}));
  EXPECT_EQ(condition_refused(options("mnist", "alone")),
            str("no labels for --condition digit: ", (folder_ / "alone/a.zip").string(),
                "/set/kmnist-train-imgs.npz has pictures alone; put kmnist-train-labels.npz beside it"));
  file("bad/a.zip", archive_bytes::zip({{"mnist.npz", keras.substr(0, keras.size() / 2)}}));
  EXPECT_NE(refused("mnist", "bad").find("bad/a.zip/mnist.npz is damaged or incomplete"), std::string::npos)
      << refused("mnist", "bad");
}

TEST_F(Mnist, ArraysThatAreNoPicturesAreRefused) {
  const std::string good = npy("|u1", "(3, 4, 4)", pixels(3));
  const auto with = [&](const std::string& array, const std::string& name = "x_train.npy") {
    file("bad/mnist.npz", archive_bytes::zip({{name, array}}));
    return refused("mnist", "bad");
  };
  const std::pair<std::string, const char*> cases[] = {
      {"", "x_train: it does not begin as an array of numpy"},
      {good.substr(0, 40), "ends inside its header"},
      {npy("|u1", "(3, 4, 4)", pixels(2)), "claims 3x4x4 numbers (48 bytes), but it has 32 bytes"},
      {npy("|u1", "(4294967296, 4294967296, 2)", ""), "claims 4294967296x4294967296x2 numbers"},
      {npy("|O", "(3,)", "xxx"), "holds Python objects, which are not read"},
      {npy("<f4", "(3, 4, 4)", std::string(192, 'x')), "its numbers are of the type '<f4'"},
      {npy("<i8", "(3, 4, 4)", std::string(384, 'x')), "its pictures are 3x4x4 of type '<i8'"},
      {npy("|u1", "(3, 4, 4)", pixels(3), "True"), "column by column"},
      {npy("|u1", "(1, 2, 2, 3)", pixels(1).substr(0, 12)), "in colour (1x2x2x3)"},
      {npy("|u1", "(3, 5000, 1)", std::string(15000, 'x')), "its pictures are 3x5000x1"},
      {npy("|u1", "(0, 4, 4)", ""), "its pictures are 0x4x4"},
      {npy("|u1", "(48,)", pixels(3)), "its pictures are 48 "},
      {npy("|u1", "(1, 1, 1, 1, 48)", pixels(3)), "more than 4 dimensions"},
      {npy("|u1", "(-3, 4, 4)", pixels(3)), "broken header"},
      {npy("|u1", "(3, 4, 4", pixels(3)), "broken header"},
      {npy("|u1", "(3, 4, 4)", pixels(3), "False", 9), "version 9"},
      {npy("|u1'), ('x', '|u1", "(3, 4, 4)", pixels(3)), "broken header"}};
  for (const auto& [array, why] : cases) EXPECT_NE(with(array).find(why), std::string::npos) << with(array);
  EXPECT_NE(with(good, "weights.npy").find("it has no array of pictures (known names: x_train, "),
            std::string::npos);
  for (std::size_t size = 0; size < good.size(); ++size) with(good.substr(0, size));
  for (std::size_t at = 0; at < 120; ++at)
    for (const char flip : {'\1', '\x20', '\x80'}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      file("flip/mnist.npz", archive_bytes::zip({{"x_train.npy", bad}}));
      try {
        EXPECT_EQ(open("mnist", "flip")->size(), 3u);
      } catch (const facegan::Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
      }
    }
  // Labels of another number, too large ones, none.
  const std::pair<std::string, const char*> lists[] = {
      {npy("<i8", "(2,)", little(1, 8) + little(2, 8)), "y_train: its labels are 2, for 3 pictures"},
      {npy("<i8", "(3,)", little(1, 8) + little(2, 8) + little(256, 8)), "a label is none of 0 to 255"},
      {npy("|i1", "(3,)", "\1\2\xff"), "a label is none of 0 to 255"},
      {npy("|u1", "(3,)", "\1\2\xff"), "a label is 255, none of 0 to 9"}};
  for (const auto& [list, why] : lists) {
    file("labels/mnist.npz", archive_bytes::zip({{"x_train.npy", good}, {"y_train.npy", list}}));
    EXPECT_NE(condition_refused(options("mnist", "labels")).find(why), std::string::npos)
        << condition_refused(options("mnist", "labels"));
  }
}

// People have csv files of other things beside their data; and both kinds of files of a zip.
TEST_F(Mnist, OtherTablesAndCopiesWithoutLabelsAreInNobodysWay) {
  idx_files("root/MNIST/raw");
  file("root/log.csv", "epoch,loss\n1,0.5\n");
  expect_digits("root");
  for (const int digit : {0, 7}) file(str("tree/training/", digit, "/a.png"), png(digit));
  file("tree/sample_submission.csv", "ImageId,Label\n1,0\n"), file("tree/test.csv", "a,b\n1,2\n");
  EXPECT_EQ(open("mnist", "tree")->size(), 2u);
  const std::string list = labels(std::string("\7\0\11", 3));
  file("twice.zip", archive_bytes::zip({{"train-images-idx3-ubyte/train-images-idx3-ubyte", images(3)},
                                        {"train-labels-idx1-ubyte/train-labels-idx1-ubyte", list},
                                        {"train-images.idx3-ubyte", images(3)},
                                        {"train-labels.idx1-ubyte", list}}));
  expect_digits("twice.zip");
  file("header.csv", header("y") + rows());
  EXPECT_NE(refused("mnist", "header.csv")
                .find("17 values a line, none of them called label or class in the header"),
            std::string::npos);
}

TEST_F(Mnist, FoldersOfDigits) {
  std::vector<ZipEntry> zip;
  const auto put = [&](const std::string& root, const std::string& folder, int number) {
    const std::string name = str(folder, "/img_", number, ".png");
    file(root + "/" + name, png(number));
    if (root == "tree") zip.push_back({name, png(number)});
  };
  for (const char* root :
       {"flat/mnist", "tree/training", "tree2/mnist_png/train", "tree3/trainingSet/trainingSet"})
    for (const int digit : {0, 1, 7}) {
      const std::string place(root);
      const auto slash = place.find('/');
      put(place.substr(0, slash), str(place.substr(slash + 1), "/", digit), digit);
      put(place.substr(0, slash), str(place.substr(slash + 1), "/", digit), 10 + digit);
    }
  put("tree", "testing/0", 50), put("tree2", "mnist_png/test/3", 51), put("tree3", "trainingSample/4", 52);
  put("tree3", "testSet", 53);
  file("tree.zip", archive_bytes::zip(zip));
  for (const char* place : {"flat/mnist", "tree", "tree/training", "tree2", "tree2/mnist_png/train", "tree3",
                            "tree3/trainingSet", "tree.zip"}) {
    SCOPED_TRACE(place);
    const data::DatasetOptions asked = options("mnist", place);
    const auto set = data::open_dataset(asked);
    ASSERT_EQ(set->size(), 6u);
    EXPECT_EQ(set->get(2).channels, 1);
    const auto table = data::condition_table("digit", {}, asked, *set);
    EXPECT_TRUE(table.rows[0] && table.rows[10] && table.rows[21] && table.rows[31] && table.rows[47] &&
                table.rows[57]);
  }
  file("loose/0/a.png", png(1)), file("loose/1/b.png", png(2)), file("loose/c.png", png(3));
  EXPECT_NE(condition_refused(options("mnist", "loose")).find("c.png is in none of the folders 0 to 9"),
            std::string::npos);
}

TEST_F(Mnist, SetsOfEmnistAreChosenAndTurned) {
  const auto put = [&](const std::string& set, const std::string& list) {
    file(str("EMNIST/raw/emnist-", set, "-train-images-idx3-ubyte.gz"), gzip(images(3)));
    file(str("EMNIST/raw/emnist-", set, "-train-labels-idx1-ubyte.gz"), gzip(labels(list)));
    file(str("EMNIST/raw/emnist-", set, "-test-images-idx3-ubyte.gz"), gzip(images(1)));
    file(str("EMNIST/raw/emnist-", set, "-mapping.txt"), "0 48\n");
  };
  put("letters", "\1\32\2");
  data::DatasetOptions asked = options("mnist", "EMNIST/raw");
  EXPECT_EQ(data::open_dataset(asked)->name(2), "emnist-letters-train-images[2]");  // the only set
  // Without its name nobody knows what the labels mean.
  EXPECT_NE(condition_refused(asked).find(
                "a label is 26, none of 0 to 9; if they are of EMNIST, name its set with --mnist-set"),
            std::string::npos);
  put("balanced", std::string("\0\12\56", 3));
  EXPECT_NE(
      refused(asked).find("holds several sets of EMNIST: name one with --mnist-set (balanced, letters)"),
      std::string::npos);
  asked.mnist_set = "digits";
  EXPECT_NE(refused(asked).find("no emnist-digits-train-images-idx3-ubyte in "), std::string::npos);
  EXPECT_NE(refused(asked).find("; its sets are balanced, letters"), std::string::npos);

  for (const fs::path& place : {folder_.path(), folder_ / "EMNIST", folder_ / "EMNIST/raw"}) {
    asked.path = place;
    asked.mnist_set = "letters";
    const auto set = data::open_dataset(asked);
    std::string turned;  // columns become rows
    for (int x = 0; x < 4; ++x)
      for (int y = 0; y < 4; ++y) turned += static_cast<char>(16 + 4 * y + x);
    EXPECT_EQ(set->encoded(1), turned);
    const auto letters = data::condition_table("digit", {}, asked, *set);
    ASSERT_EQ(letters.names.size(), 26u);
    EXPECT_EQ(letters.names[25], "z");
    EXPECT_TRUE(letters.rows[0] && letters.rows[26 + 25] && letters.rows[52 + 1]);
    asked.mnist_set = "balanced";
    const auto balanced = data::condition_table("digit", {}, asked, *data::open_dataset(asked));
    ASSERT_EQ(balanced.names.size(), 47u);
    EXPECT_EQ(balanced.names[10] + balanced.names[46], "At");
    EXPECT_TRUE(balanced.rows[0] && balanced.rows[47 + 10] && balanced.rows[94 + 46]);
  }
  asked.path = folder_ / "EMNIST/raw/emnist-letters-train-images-idx3-ubyte.gz";
  EXPECT_NE(refused(asked).find("is EMNIST's set letters, not --mnist-set balanced"), std::string::npos);

  // As its site and as Kaggle have it: a zip of gzip files, tables without a header.
  file("site/gzip.zip",
       archive_bytes::zip({{"gzip/emnist-letters-train-images-idx3-ubyte.gz", gzip(images(3))},
                           {"gzip/emnist-letters-train-labels-idx1-ubyte.gz", gzip(labels("\1\32\2"))},
                           {"gzip/emnist-digits-train-images-idx3-ubyte.gz", gzip(images(2))}}));
  file("kaggle/emnist-letters-train.csv", rows("123")), file("kaggle/emnist-digits-train.csv", rows());
  for (const char* place : {"site", "site/gzip.zip", "kaggle"}) {
    asked = options("mnist", place);
    EXPECT_NE(refused(asked).find("(digits, letters)"), std::string::npos) << place;
    asked.mnist_set = "letters";
    const auto set = data::open_dataset(asked);
    EXPECT_EQ(set->encoded(0).substr(0, 4), std::string("\0\4\10\14", 4)) << place;
    EXPECT_EQ(data::condition_table("digit", {}, asked, *set).names.size(), 26u);
  }
}

TEST_F(Mnist, WhatIsNoneOfThemIsSaid) {
  file("empty/readme.txt", "x");
  EXPECT_NE(refused("mnist", "empty").find("no *idx3-ubyte, npz or csv file, and no folders 0 to 9, in "),
            std::string::npos);
  file("zip/a.zip", archive_bytes::zip({{"mnist.tar", "x"}, {"readme.txt", "x"}}));
  EXPECT_NE(refused("mnist", "zip").find("zip/a.zip (it holds 1 .tar, 1 .txt; unpack what is packed)"),
            std::string::npos)
      << refused("mnist", "zip");
  file("several/a-idx3-ubyte", images(1)), file("several/b-idx3-ubyte", images(1));
  EXPECT_NE(refused("mnist", "several").find("more than one idx3-ubyte file in "), std::string::npos);
  file("hf/mnist/train-00000-of-00001.parquet", "PAR1");
  EXPECT_NE(refused("mnist", "hf/mnist/train-00000-of-00001.parquet").find("is a parquet file"),
            std::string::npos);
  EXPECT_NE(refused("mnist", "hf").find("hf, but 1 .parquet, as Hugging Face has data sets"),
            std::string::npos);
  file("pictures/1.png", png(1));
  EXPECT_NE(refused("mnist", "pictures").find("pictures (it holds 1 pictures); "), std::string::npos);
}

}  // namespace
