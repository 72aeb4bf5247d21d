// facegan data stats and data preview.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/image/image.h"
#include "in_folder.h"

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

}  // namespace
