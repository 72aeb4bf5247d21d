// facegan data stats and data preview.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/image/image.h"
#include "in_folder.h"
#include "unit/archive_bytes.h"

namespace {

namespace fs = std::filesystem;
namespace image = facegan::image;
using Json = nlohmann::json;

class DataCommands : public InFolder {
 protected:
  void SetUp() override {
    for (int i = 0; i < 30; ++i)
      write_text(folder_ / "in" / (std::to_string(100 + i) + ".png"),
                 image::encode_png(image::Image(20 + i, 40, 3, static_cast<unsigned char>(8 * i))));
    write_text(folder_ / "in/bad.png", "no picture");
  }
  const Words kFolder = {"--dataset", "folder", "--data", "in", "--size", "16"};
};

TEST_F(DataCommands, StatsSayWhatASetLooksLike) {
  const Outcome outcome = facegan(Words{"data", "stats", "--json"} + kFolder);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err,
            "facegan: warning: unusable: bad.png: not a picture of a known kind (JPEG, PNG, BMP, "
            "WebP, TIFF, GIF, HEIC, AVIF, PBM, PGM, PPM)\n");
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json.at("selected"), 31);
  EXPECT_EQ(json.at("unusable"), 1);
  EXPECT_EQ(json.at("size"), 16);
  EXPECT_EQ(json.at("channels"), 3);
  EXPECT_EQ(json.at("originals").at("formats"), (Json{{"PNG", 30}}));
  EXPECT_EQ(json.at("originals").at("width"), (Json{{"min", 20}, {"median", 34}, {"max", 49}}));
  EXPECT_EQ(json.at("pixels").at("green").at("mean"), 8 * 14.5);
  EXPECT_EQ(json.at("brightness"), (Json{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0}));
  EXPECT_FALSE(json.contains("attributes"));

  const std::string text = facegan(Words{"data", "stats"} + kFolder).out;
  for (const char* line : {"pictures  31\n", "PNG       30\n", "width     20 to 49, median 34\n",
                           "height    40\n", "used as   16x16x3\n", "red       mean 116.0, deviation 69.2\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;

  EXPECT_EQ(facegan(Words{"data", "stats", "--limit", "1", "--json"} + kFolder).out.find("\"bad"),
            std::string::npos);
  for (const Words& call : {Words{"data", "stats"}, Words{"data", "preview"}}) {
    fs::create_directories(folder_ / "words");
    write_text(folder_ / "words/a.png", "no picture");
    EXPECT_EQ(facegan(call + Words{"--dataset", "folder", "--data", "words"}).exit_code, 3);
    EXPECT_EQ(facegan(call + Words{"--dataset", "folder", "--data", "nowhere"}).exit_code, 3);
  }
}

TEST_F(DataCommands, CheckSaysWhatIsLeftOut) {
  for (int i = 0; i < 40; ++i) write_text(folder_ / "in" / (std::to_string(i) + ".jxl"), "x");
  write_text(folder_ / "in/notes.txt", "x");
  write_text(folder_ / "in/.Trash-1000/files/old.png", "x");
  const Outcome text = facegan(Words{"data", "check"} + kFolder);
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(
      text.out.find("selected   31\nunusable   1\nduplicate  0\nleft out   40 .jxl, 1 .txt, 1 in hidden "
                    "folders (.Trash-1000)\n"),
      std::string::npos)
      << text.out;
  const std::string line = ": 31 pictures; left out: 40 .jxl, 1 .txt, 1 in hidden folders (.Trash-1000) (of ";
  EXPECT_NE(text.err.find(line), std::string::npos) << text.err;
  const Json json = Json::parse(facegan(Words{"data", "check", "--json"} + kFolder).out);
  EXPECT_EQ(json.at("selected"), 31);
  EXPECT_EQ(json.at("left_out"), (Json{{"kinds", {{".jxl", 40}, {".txt", 1}}},
                                       {"hidden", {{".Trash-1000", 1}}},
                                       {"folders_unreadable", 0}}));
  // Once, at the start of a run.
  const Outcome run =
      facegan(Words{"train", "--width", "8", "--batch", "8", "--max-steps", "1", "--out", "run"} + kFolder);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto first = run.err.find(line);
  ASSERT_NE(first, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find(line, first + 1), std::string::npos) << run.err;
}

TEST_F(DataCommands, StatsCountAttributes) {
  const Words faces = {"data", "stats",  "--dataset", "faces",  "--faces-count",
                       "50",   "--size", "16",        "--where"};
  const Json json = Json::parse(facegan(faces + Words{"Male and not Young", "--json"}).out);
  EXPECT_EQ(json.at("attributes").at("Male"), json.at("selected"));
  EXPECT_EQ(json.at("attributes").at("Young"), 0);
  EXPECT_EQ(json.at("attributes").size(), 40u);
  EXPECT_TRUE(json.at("originals").is_null());
  const std::string text = facegan(faces + Words{"Male"}).out;
  EXPECT_NE(text.find("\nattributes:\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  100.0 %\n"), std::string::npos) << text;
}

TEST_F(DataCommands, PreviewIsWhatARunKeepsAsRealPictures) {
  const Words preview = Words{"data", "preview"} + kFolder;
  EXPECT_EQ(facegan(preview + Words{"--seed", "5", "--grid", "2x2"}).out, "preview_folder.png\n");
  ASSERT_EQ(facegan(Words{"train", "--width", "8", "--batch", "8", "--max-steps", "1", "--seed", "5",
                          "--grid", "2x2", "--out", "run"} +
                    kFolder)
                .exit_code,
            0);
  EXPECT_EQ(picture("preview_folder.png"), picture("run/samples/real.png"));

  const std::string first = read_text(folder_ / "preview_folder.png");
  EXPECT_EQ(facegan(preview + Words{"--seed", "5", "--grid", "2x2", "--out", "new/again.png"}).out,
            "new/again.png\n");
  EXPECT_TRUE(read_text(folder_ / "new/again.png") == first);
  facegan(preview + Words{"--seed", "6", "--grid", "2x2", "--out", "other.png"});
  EXPECT_FALSE(read_text(folder_ / "other.png") == first) << "another seed shows others";
  facegan(preview + Words{"--grid", "1x3", "--out", "row.png"});
  EXPECT_EQ(picture("row.png").width, 3 * 16 + 4 * 2);
  EXPECT_EQ(picture("row.png").height, 16 + 2 * 2);

  for (const Words& wrong : {Words{"--grid", "8"}, Words{"--out", "x.jpg"}, Words{"--grid", "65x1"}})
    EXPECT_EQ(facegan(preview + wrong).exit_code, 2);
}

// Several archives by a pattern or a list, from wherever they are asked for.
TEST_F(DataCommands, SeveralArchivesAreOneSet) {
  const auto put = [&](const std::string& place) {
    for (int shard = 0; shard < 3; ++shard) {
      std::vector<archive_bytes::ZipEntry> entries;
      for (int i = 0; i < 10; ++i)
        entries.push_back(
            {"in/" + std::to_string(i) + ".png",
             image::encode_png(image::Image(16, 16, 3, static_cast<unsigned char>(90 * shard + 8 * i)))});
      entries.push_back({"in/notes.txt", "x"});
      write_text(folder_ / place / ("part-" + std::to_string(8 + shard) + ".zip"),
                 archive_bytes::zip(entries));
    }
    write_text(folder_ / place / "all.list", "# of three\r\npart-*.zip\r\n");
  };
  put("here"), put("there");
  const auto data = [](const Words& call, const std::string& place) {
    return call + Words{"--dataset", "folder", "--data", place, "--size", "16"};
  };
  for (const char* place : {"here/*.zip", "here/all.list", "*ere/part-?*.zip"}) {
    const bool both = *place == '*';
    const Outcome text = facegan(data({"data", "check"}, place));
    EXPECT_EQ(text.exit_code, 0) << text.err;
    EXPECT_EQ(text.out,
              both ? "selected   60\nfrom       6 archives\nunusable   0\nduplicate  30\nleft out   6 .txt\n"
                   : "selected   30\nfrom       3 archives\nunusable   0\nduplicate  0\nleft out   3 .txt\n");
    EXPECT_NE(text.err.find(both ? ": 6 archives, 60 pictures\n" : ": 3 archives, 30 pictures\n"),
              std::string::npos)
        << text.err;
  }
  const Json check = Json::parse(facegan(data({"data", "check", "--json"}, "here/*.zip")).out);
  EXPECT_EQ(check.at("archives"), 3);
  EXPECT_EQ(check.at("left_out").at("archives_unusable"), 0);
  const Outcome stats = facegan(data({"data", "stats"}, "here/*.zip"));
  EXPECT_NE(stats.out.find("from      3 archives\n"), std::string::npos) << stats.out;
  EXPECT_EQ(Json::parse(facegan(data({"data", "stats", "--json"}, "here/all.list")).out).at("archives"), 3);
  const Outcome preview = facegan(data({"data", "preview", "--out", "p.png"}, "here/*.zip"));
  EXPECT_NE(preview.err.find(": 3 archives, 30 pictures\n"), std::string::npos) << preview.err;
  EXPECT_NE(facegan(data({"data", "pack", "--json"}, "here/*.zip")).out.find("\"pictures\": 30"),
            std::string::npos);

  // A run finds them again, also from another folder, and where they have moved.
  const Words train = {"train", "--width", "8", "--batch", "8", "--max-steps", "2", "--out", "run"};
  const Outcome run_ = facegan(data(train, "here/*.zip"));
  ASSERT_EQ(run_.exit_code, 0) << run_.err;
  EXPECT_NE(run_.err.find(": 3 archives, 30 pictures\n"), std::string::npos) << run_.err;
  EXPECT_NE(read_text(folder_ / "run/config.yaml").find((folder_ / "here/*.zip").string()),
            std::string::npos);
  fs::create_directory(folder_ / "else");
  const Outcome again = run({{"train", "--resume", "../run", "--max-steps", "3"}, folder_ / "else"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  fs::remove_all(folder_ / "here");
  const Outcome gone = facegan({"train", "--resume", "run", "--max-steps", "4"});
  EXPECT_EQ(gone.exit_code, 3);
  EXPECT_NE(gone.err.find("nothing matches "), std::string::npos) << gone.err;
  const Outcome moved = facegan({"train", "--resume", "run", "--max-steps", "4", "--data", "there/all.list"});
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  const Outcome fewer =
      facegan({"train", "--resume", "run", "--max-steps", "5", "--data", "there/part-[89].zip"});
  EXPECT_EQ(fewer.exit_code, 4);
  EXPECT_NE(fewer.err.find("27 pictures then, 18 now"), std::string::npos) << fewer.err;
}

TEST_F(DataCommands, AnArchiveThatCannotBeUsedIsNamed) {
  write_text(folder_ / "s/a.zip",
             archive_bytes::zip({{"1.png", image::encode_png(image::Image(16, 16, 3, 1))}}));
  write_text(folder_ / "s/b.zip", "PK, but no zip");
  const Words check = {"data", "check", "--dataset", "folder", "--data", "s/*.zip", "--size", "16"};
  const Outcome passed = facegan(check);
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
  EXPECT_NE(passed.err.find("warning: s/*.zip: 1 archive that cannot be used (b: the zip s/b.zip is damaged"),
            std::string::npos)
      << passed.err;
  EXPECT_NE(passed.out.find("left out   1 archive that cannot be used (b: "), std::string::npos)
      << passed.out;
  const Outcome stopped = facegan({"train", "--dry-run", "--dataset", "folder", "--data", "s/*.zip", "--size",
                                   "16", "--on-bad-image", "fail"});
  EXPECT_EQ(stopped.exit_code, 3);
  const std::string place = (folder_ / "s/").string();
  EXPECT_NE(stopped.err.find("cannot use " + place + "b.zip of --data " + place + "*.zip: the zip " + place +
                             "b.zip is damaged"),
            std::string::npos)
      << stopped.err;
  write_text(folder_ / "s.list", "s/a.zip\ns/c.zip\n");
  const Outcome missing = facegan({"data", "check", "--dataset", "folder", "--data", "s.list"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_EQ(missing.err,
            "facegan: error: s.list:2: there is nothing at s/c.zip; bring it there, or take the line out\n");
}

}  // namespace
