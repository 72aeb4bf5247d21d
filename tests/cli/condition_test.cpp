// train --condition, and what the other commands make of such a run.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/core/text.h"
#include "in_folder.h"

namespace {

using facegan::image::Image;
using nlohmann::json;

constexpr int kSize = 16, kStride = kSize + 2;

Image cell(const Image& sheet, int row, int column) {
  Image out(kSize, kSize, sheet.channels);
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize * sheet.channels; ++x) {
      const auto from = static_cast<std::size_t>(
          ((2 + row * kStride + y) * sheet.width + 2 + column * kStride) * sheet.channels + x);
      out.pixels[static_cast<std::size_t>(y * kSize * sheet.channels + x)] = sheet.pixels[from];
    }
  return out;
}

class Condition : public InFolder {
 protected:
  void SetUp() override {
    made(kTinyTrain + Words{"--condition", "Male,Smiling", "--lr", "0.01", "--max-steps", "30"});
  }
  std::string field(const std::string& file, const std::string& name) const {
    const std::string png = read_text(folder_ / file);
    for (const auto& [keyword, text] : facegan::image::read_text_fields(facegan::image::as_bytes(png)).fields)
      if (keyword == name) return text;
    return "(none)";
  }
  // As `explain` says.
  void expect_made_again(const std::string& file) {
    SCOPED_TRACE(file);
    Words words = json::parse(made({"explain", file, "--json"}))["arguments"];
    words.erase(words.begin());
    made(words + Words{"--out", "again.png"});
    EXPECT_TRUE(read_text(folder_ / file) == read_text(folder_ / "again.png"));
  }
  std::string refused(const Words& words, int code = 2) {
    const Outcome outcome = facegan(words);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    return outcome.err;
  }
};

TEST_F(Condition, SamplesShowWhatIsAskedFor) {
  const Words one = {"sample", "--seed", "7", "--count", "1", "--each"};
  made(one + Words{"--with", "Male=1,Smiling=0", "--out", "man.png"});
  made(one + Words{"--with", "Male=0,Smiling=0", "--out", "woman.png"});
  EXPECT_FALSE(picture("man.png") == picture("woman.png"));
  EXPECT_EQ(field("man.png", "facegan:condition"), "Male=1,Smiling=0");
  // Drawn of real rows: the picture says which, and gives itself back with it.
  made(one + Words{"--out", "drawn.png"});
  const std::string drawn = field("drawn.png", "facegan:condition");
  EXPECT_TRUE(drawn.starts_with("Male=") && drawn.find(",Smiling=") == 6) << drawn;
  made(one + Words{"--with", drawn, "--out", "same.png"});
  EXPECT_EQ(picture("same.png"), picture("drawn.png"));
  made({"sample", "--count", "4", "--with", "Smiling", "--out", "sheet.png"});
  EXPECT_EQ(field("sheet.png", "facegan:condition"), "Smiling");
  made({"sample", "--count", "4", "--out", "any.png"});
  EXPECT_EQ(field("any.png", "facegan:condition"), "as real pictures have it");
  for (const char* file : {"man.png", "drawn.png", "sheet.png", "any.png"}) expect_made_again(file);
  EXPECT_NE(field("sheet.png", "facegan:command").find(" --with Smiling "), std::string::npos);
}

TEST_F(Condition, SheetsByClassHaveAColumnForEach) {
  made({"sample", "--seed", "7", "--count", "3", "--by-class", "--out", "classes.png"});
  const Image sheet = picture("classes.png");
  EXPECT_EQ(sheet.height, 2 + 3 * kStride);
  EXPECT_EQ(sheet.width, 2 + 4 * kStride);
  EXPECT_EQ(field("classes.png", "facegan:condition"),
            "Male=0,Smiling=0 | Male=0,Smiling=1 | Male=1,Smiling=0 | Male=1,Smiling=1");
  made({"sample", "--seed", "7", "--index", "2", "--with", "Male=1,Smiling=0", "--each", "--out", "one.png"});
  EXPECT_EQ(cell(sheet, 2, 2), picture("one.png"));
  expect_made_again("classes.png");
  for (const char* flag : {"--each", "--nearest"})
    EXPECT_NE(refused({"sample", "--by-class", flag}).find("exclude each other"), std::string::npos);
}

TEST_F(Condition, WalksAndSweepsTakeIt) {
  made({"interpolate", "--with", "Male=1,Smiling=0", "--with", "Male=0,Smiling=0", "--frames", "3", "--out",
        "walk.png"});
  const Image walk = picture("walk.png");
  made(
      {"sample", "--seed", "1", "--count", "1", "--each", "--with", "Male=1,Smiling=0", "--out", "from.png"});
  made({"sample", "--seed", "1", "--count", "1", "--each", "--with", "Male=0.5,Smiling=0", "--out",
        "half.png"});
  EXPECT_EQ(cell(walk, 0, 0), picture("from.png"));
  EXPECT_EQ(cell(walk, 0, 1), picture("half.png"));
  EXPECT_EQ(field("walk.png", "facegan:condition"), "Male=1,Smiling=0 to Male=0,Smiling=0");
  made({"sweep", "--seed", "4,6", "--dim", "3", "--steps", "3", "--with", "Male=1,Smiling=0", "--out",
        "sweep.png"});
  made({"sweep", "--seed", "4,6", "--dim", "3", "--steps", "3", "--with", "Male=0,Smiling=0", "--out",
        "other.png"});
  EXPECT_FALSE(cell(picture("sweep.png"), 1, 1) == cell(picture("other.png"), 1, 1));
  made({"sweep", "--directions", "2", "--steps", "3", "--out", "directions.png"});
  made({"arithmetic", "--plus", "1,2", "--minus", "3", "--with", "Male=1,Smiling=0", "--out", "sum.png"});
  EXPECT_EQ(cell(picture("sum.png"), 0, 1), picture("from.png"));
  made({"interpolate", "--seed", "3,4", "--frames", "3", "--with", "Smiling", "--out", "one.png"});
  for (const char* file : {"walk.png", "sweep.png", "directions.png", "sum.png", "one.png"})
    expect_made_again(file);
  EXPECT_NE(refused({"interpolate", "--seed", "1,2,3", "--with", "Male", "--with", "Smiling"})
                .find("--with is there 2 times for 3 seeds"),
            std::string::npos);
}

TEST_F(Condition, IsEvaluatedWithinAClass) {
  const Words call = {"evaluate", "--count", "20", "--metrics", "swd", "--json"};
  const json all = json::parse(made(call)), smiling = json::parse(made(call + Words{"--with", "Smiling"}));
  EXPECT_EQ(all["count_real"], 404);
  EXPECT_FALSE(all.contains("with"));
  EXPECT_EQ(smiling["with"], "Smiling");
  EXPECT_LT(smiling["count_real"].get<int>(), 404);
  const json others = json::parse(made(call + Words{"--with", "Smiling=0"}));
  EXPECT_EQ(smiling["count_real"].get<int>() + others["count_real"].get<int>(), 404);
  EXPECT_NE(made({"evaluate", "--count", "20", "--metrics", "swd", "--with", "Smiling"})
                .find("real ones, all of Smiling"),
            std::string::npos);
  made({"score", "--sets", "--count", "20"});
}

TEST_F(Condition, WhatItDoesNotKnowIsRefused) {
  EXPECT_NE(refused({"sample", "--with", "Hat=1"}).find("this model knows no 'Hat'; there are Male, Smiling"),
            std::string::npos);
  EXPECT_NE(refused({"sample", "--with", "Male=7"}).find("Male is 1 (there), 0 (not there) or between"),
            std::string::npos);
  for (const char* command : {"sweep --dim 1", "interpolate", "arithmetic --plus 1", "evaluate"}) {
    Words words;
    for (const std::string& word : facegan::core::split(command, ' ')) words.push_back(word);
    EXPECT_NE(refused(words + Words{"--with", "7"}).find("this model knows no '7'"), std::string::npos)
        << command;
  }
  made(kTinyTrain + Words{"--max-steps", "1", "--out", "plain"});
  for (const Words& words : {Words{"--with", "7"}, Words{"--by-class"}})
    EXPECT_NE(refused(Words{"sample", "--from", "plain"} + words)
                  .find("this model was trained without a condition (train --condition)"),
              std::string::npos);
  EXPECT_NE(refused({"train", "--dataset", "lfw", "--condition", "person"}).find("most of its people"),
            std::string::npos);
  EXPECT_NE(refused(kTinyTrain + Words{"--condition", "Smilng"}).find("did you mean 'Smiling'"),
            std::string::npos);
}

TEST_F(Condition, SummaryAndBenchKnowIt) {
  const std::string summary = made({"summary", "--from", "1"});
  EXPECT_NE(summary.find("label"), std::string::npos);
  EXPECT_NE(summary.find("projection"), std::string::npos);
  made(Words{"bench", "--steps-only", "--steps", "1", "--size", "16", "--width", "8", "--batch", "8",
             "--threads", "1", "--condition", "Male,Smiling"});
}

TEST_F(InFolder, FoldersAreClassesOfARun) {
  for (int i = 0; i < 12; ++i) {
    Image image(16, 16, 3);
    for (auto& value : image.pixels) value = static_cast<unsigned char>(i * 20);
    const char* folder = i % 3 == 0 ? "pictures/a b/" : i % 3 == 1 ? "pictures/b/" : "pictures/c/";
    write_text(folder_ / (folder + std::to_string(i) + ".png"), facegan::image::encode_png(image));
  }
  Words train = {"train",   "--dataset", "folder",  "--data",      "pictures", "--size",   "16",
                 "--width", "8",         "--batch", "4",           "--epochs", "2",        "--threads",
                 "1",       "--device",  "cpu",     "--condition", "folder",   "--preset", "dcgan"};
  made(train);
  EXPECT_NE(read_text(folder_ / "runs/0001-dcgan/config.yaml").find("\nclasses: 3\n"), std::string::npos);
  made({"sample", "--with", "a b", "--count", "1", "--out", "a.png"});
  const Outcome wrong = facegan({"sample", "--with", "d"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("no such folder; there are a b, b, c"), std::string::npos);
  made({"train", "--resume", "1", "--epochs", "3"});
  made({"evaluate", "--with", "c", "--count", "4", "--metrics", "swd"});
  // A class that was not there.
  std::filesystem::rename(folder_ / "pictures/c", folder_ / "pictures/d");
  const Outcome changed = facegan({"train", "--resume", "1", "--epochs", "4", "--allow-data-change"});
  EXPECT_EQ(changed.exit_code, 4);
  EXPECT_NE(changed.err.find("are not those of the pictures now"), std::string::npos) << changed.err;
}

}  // namespace
