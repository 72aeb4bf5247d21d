// facegan score.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "facegan/image/image.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;
namespace image = facegan::image;
using Json = nlohmann::json;

class Score : public InFolder {
 protected:
  void train(const Words& more = {}) { made(kTinyTrain + Words{"--max-steps", "6"} + more); }
  // What is said of each file.
  std::map<std::string, Json> scores(const Words& arguments) {
    std::map<std::string, Json> all;
    double last = INFINITY;
    for (const Json& row : Json::parse(made(Words{"score", "--json", "--device", "cpu"} + arguments))) {
      EXPECT_EQ(row.size(), 3u);
      EXPECT_LE(row.at("logit").get<double>(), last) << "most real first";
      last = row.at("logit");
      all[row.at("file")] = row;
    }
    return all;
  }
};

TEST_F(Score, APictureIsWorthTheSameInAnyCompany) {
  train();
  made({"sample", "--seed", "1-9", "--each", "--out", "made"});
  const auto all = scores({"made"});
  ASSERT_EQ(all.size(), 9u);
  const std::string third = "made/seed_3_0000.png", fifth = "made/seed_5_0000.png";
  const auto backwards = scores({fifth, third});
  EXPECT_EQ(backwards.at(third), all.at(third));
  EXPECT_EQ(backwards.at(fifth), all.at(fifth));
  EXPECT_EQ(scores({third}).at(third), all.at(third));
  EXPECT_NE(all.at(third).at("logit"), all.at(fifth).at("logit"));
  for (const auto& [file, row] : all)
    EXPECT_NEAR(row.at("probability").get<double>(), 1 / (1 + std::exp(-row.at("logit").get<double>())),
                1e-12);

  // The same pictures elsewhere, and as a table.
  fs::copy(folder_ / third, folder_ / "copy.png");
  EXPECT_EQ(scores({"copy.png"}).at("copy.png").at("logit"), all.at(third).at("logit"));
  const auto lines = lines_of(made({"score", "made"}));
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[0].substr(0, 11), "probability");
  EXPECT_TRUE(lines[1].ends_with(".png"));
}

TEST_F(Score, PicturesAreDecodedAsTheRunDoes) {
  for (int i = 0; i < 16; ++i) {
    image::Image square(40, 60, 3, static_cast<unsigned char>(10 * i));
    for (int y = 10; y < 50; ++y) square.at(20, y)[1] = 255;
    write_text(folder_ / "in" / (std::to_string(10 + i) + ".png"), image::encode_png(square));
  }
  made({"train", "--dataset", "folder", "--data", "in", "--size", "16", "--width", "8", "--batch", "8",
        "--channels", "1", "--max-steps", "3", "--device", "cpu", "--grid", "2x2"});
  // The data set of the run, and the same pictures as files: equal values.
  const auto set = scores({"--limit", "4"}), files = scores({"in"});
  ASSERT_EQ(set.size(), 4u);
  ASSERT_EQ(files.size(), 16u);
  for (const auto& [name, row] : set) EXPECT_EQ(files.at("in/" + name).at("logit"), row.at("logit"));
  EXPECT_NE(scores({"in/12.png", "--crop", "whole"}).at("in/12.png").at("logit"),
            files.at("in/12.png").at("logit"));
  // Another data set is taken with its own rules, not with the place and the filter of the run's.
  EXPECT_EQ(scores({"--dataset", "faces", "--limit", "3"}).size(), 3u);
  fs::rename(folder_ / "in", folder_ / "moved");
  EXPECT_EQ(facegan({"score", "--limit", "4"}).exit_code, 3);
  EXPECT_EQ(scores({"--data", "moved", "--limit", "4"}).size(), 4u);
}

TEST_F(Score, UnusableFilesAreNamedAndTheOthersJudged) {
  train();
  made({"sample", "--seed", "1", "--count", "1", "--each", "--out", "made"});
  write_text(folder_ / "bad.png", "no picture");
  const Outcome some = facegan({"score", "bad.png", "absent.png", "made", "--json"});
  EXPECT_EQ(some.exit_code, 3);
  EXPECT_NE(some.err.find("error: 2 of 3 pictures could not be scored; they are named above"),
            std::string::npos);
  EXPECT_EQ(Json::parse(some.out).size(), 1u);
  EXPECT_NE(some.err.find("warning: not scored: bad.png: not a picture"), std::string::npos) << some.err;
  EXPECT_NE(some.err.find("warning: not scored: cannot open absent.png: "), std::string::npos) << some.err;
  const Outcome none = facegan({"score", "bad.png", "absent.png"});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("error: none of the 2 pictures can be used"), std::string::npos) << none.err;
  EXPECT_EQ(facegan({"score", "bad.png"}).exit_code, 3);
}

TEST_F(Score, TheSheetShowsTheSortedPictures) {
  train();
  made({"sample", "--seed", "1-5", "--each", "--out", "made"});
  EXPECT_EQ(lines_of(made({"score", "made", "--sheet", "out/sheet.png"})).back(), "out/sheet.png");
  const image::Image sheet = picture("out/sheet.png");
  // 3 x 2 cells of 16 pixels, enlarged 4 times so that a number fits below.
  EXPECT_EQ(sheet.width, 3 * 64 + 4 * 2);
  EXPECT_GT(sheet.height, 2 * (64 + 10));
  const Json rows = Json::parse(made({"score", "made", "--json"}));
  const image::Image first = picture(rows.at(0).at("file"));
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      for (int c = 0; c < 3; ++c) ASSERT_EQ(sheet.at(2 + 4 * x + 1, 2 + 4 * y + 2)[c], first.at(x, y)[c]);
  int dark = 0;
  for (int x = 2; x < 66; ++x)
    for (int y = 66; y < 76; ++y) dark += sheet.at(x, y)[0] < 128;
  EXPECT_GT(dark, 20) << "no number below the first picture";

  made({"score", "made", "--sheet", "again.png"});
  EXPECT_TRUE(read_text(folder_ / "again.png") == read_text(folder_ / "out/sheet.png"));
  EXPECT_EQ(Json::parse(made({"score", "made", "--json", "--sheet", "again.png"})).size(), 5u)
      << "the path is not part of the JSON";
}

TEST_F(Score, SetsHaveAccuracyAndHistogram) {
  train();
  const Words call = {"score", "--sets", "--count", "40", "--seed", "3", "--device", "cpu"};
  const std::string text = made(call + Words{"--json"});
  const Json json = Json::parse(text);
  EXPECT_EQ(text, made(call + Words{"--json"}));
  EXPECT_EQ(json.at("histogram_of"), "probability");
  EXPECT_EQ(json.at("histogram_edges").size(), 21u);
  double right = 0;
  for (const char* kind : {"real", "generated"}) {
    const Json& set = json.at(kind);
    EXPECT_EQ(set.at("count"), 40);
    const auto bins = set.at("histogram").get<std::vector<int>>();
    ASSERT_EQ(bins.size(), 20u);
    EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), 0), 40);
    EXPECT_NEAR(set.at("accuracy").get<double>(),
                std::accumulate(kind[0] == 'r' ? bins.begin() + 10 : bins.begin(),
                                kind[0] == 'r' ? bins.end() : bins.begin() + 10, 0) /
                    40.0,
                1e-12)
        << "the threshold is the middle of the bins";
    right += set.at("accuracy").get<double>();
  }
  EXPECT_NEAR(json.at("accuracy").get<double>(), right / 2, 1e-12);

  // The generated ones are those of `sample`, the real ones those of the run's set.
  made({"sample", "--seed", "3", "--count", "40", "--each", "--out", "made"});
  double sum = 0;
  const auto each = scores({"made"});
  for (const auto& [file, row] : each) sum += row.at("probability").get<double>();
  EXPECT_NEAR(json.at("generated").at("mean_probability").get<double>(), sum / 40, 1e-9);
  const Json all_of_them = Json::parse(made({"score", "--sets", "--json", "--limit", "7", "--count", "9"}));
  EXPECT_EQ(all_of_them.at("real").at("count"), 7);
  EXPECT_EQ(all_of_them.at("generated").at("count"), 7);
  sum = 0;
  const auto real = scores({"--limit", "7"});
  for (const auto& [file, row] : real) sum += row.at("probability").get<double>();
  EXPECT_NEAR(all_of_them.at("real").at("mean_probability").get<double>(), sum / 7, 1e-9);

  double pairs = 0;
  const auto few =
      Json::parse(made({"score", "--sets", "--json", "--limit", "7", "--count", "7", "--seed", "3"}));
  for (const auto& [file, row] : real)
    for (int k = 0; k < 7; ++k) {
      const double a = row.at("logit"),
                   b = each.at("made/seed_3_000" + std::to_string(k) + ".png").at("logit");
      pairs += a > b ? 1 : a == b ? 0.5 : 0;
    }
  EXPECT_NEAR(few.at("pairs_right").get<double>(), pairs / 49, 1e-12);

  const std::string shown = made(call + Words{"--sheet", "sets.png"});
  EXPECT_NE(shown.find("\naccuracy "), std::string::npos) << shown;
  EXPECT_TRUE(shown.ends_with("sets.png\n"));
  EXPECT_NE(made(Words{"score", "--sets", "--count", "40", "--seed", "4", "--json"}), text);
}

TEST_F(Score, LossesWithoutALogitSaySo) {
  for (const auto& [loss, says] :
       std::vector<std::pair<std::string, std::string>>{{"lsgan", "it is the probability itself"},
                                                        {"hinge", "a margin, no logit"},
                                                        {"wgan-gp", "a critic's score, no logit"},
                                                        {"relativistic", "only differences were learned"}}) {
    SCOPED_TRACE(loss);
    train({"--loss", loss, "--out", loss});
    const Outcome outcome = facegan({"score", "--from", loss, "--sets", "--json", "--count", "20"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
    const Json json = Json::parse(outcome.out);
    EXPECT_EQ(json.at("loss"), loss);
    EXPECT_NE(json.at("note").get<std::string>().find(says), std::string::npos);
    EXPECT_EQ(json.at("threshold"), loss == "lsgan" ? 0.5 : 0);
    EXPECT_EQ(json.at("histogram_of"), loss == "lsgan" ? "probability" : "logit");
    const auto bins = json.at("real").at("histogram").get<std::vector<int>>();
    EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), 0), 20);
    if (loss != "lsgan") continue;
    const auto rows = scores({"--from", loss, "--limit", "5"});
    for (const auto& [file, row] : rows)
      EXPECT_EQ(row.at("probability").get<double>(), std::clamp(row.at("logit").get<double>(), 0.0, 1.0));
  }
}

TEST_F(Score, WrongCalls) {
  for (const auto& [call, says] : std::vector<std::pair<Words, std::string>>{
           {{"score"}, "there is nothing to score: name pictures"},
           {{"score", "a.png", "--sets"}, "--sets takes pictures of a data set"},
           {{"score", "a.png", "--dataset", "faces"}, "--dataset takes pictures of a data set"},
           {{"score", "a.png", "--count", "3"}, "--count goes with --sets"}}) {
    const Outcome outcome = facegan(call);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(facegan({"score", "a.png"}).exit_code, 4) << "no run";
  train();
  for (const Words& wrong : {Words{"--dataset", "face"}, Words{"--limit", "x"}, Words{"--crop", "round"},
                             Words{"--sets", "--seed", "1-2"}, Words{"--dataset", "mnist", "--where", "Male"},
                             Words{"--limit", "2", "--sheet", "x.jpg"}})
    EXPECT_EQ(facegan(Words{"score"} + wrong).exit_code, 2);
  EXPECT_EQ(facegan({"score", "--dataset", "folder", "--data", "nowhere"}).exit_code, 3);
}

}  // namespace
