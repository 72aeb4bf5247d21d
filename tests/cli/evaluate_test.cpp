// facegan evaluate: figures of a run's pictures.
#include <nlohmann/json.hpp>

#include "in_folder.h"

namespace {

using nlohmann::json;

class Evaluate : public InFolder {
 protected:
  void SetUp() override { made(kTinyTrain + Words{"--max-steps", "4", "--out", "run"}); }
};

TEST_F(Evaluate, TellsEveryFigureAndWhatItIsOf) {
  const Words call = {"evaluate", "--from", "run", "--count", "70", "--json"};
  const std::string text = made(call);
  EXPECT_EQ(made(call), text);  // of a seed
  EXPECT_NE(made(call + Words{"--seed", "2"}), text);
  const json all = json::parse(text);
  EXPECT_EQ(all.at("count"), 70);
  EXPECT_EQ(all.at("count_real"), 404);
  EXPECT_EQ(all.at("swd_count"), 70);
  EXPECT_EQ(all.at("swd_levels").size(), 1u);  // 16x16
  EXPECT_GT(all.at("swd"), 50);                // noise, nearly
  EXPECT_EQ(all.at("ndb_bins"), 40);
  EXPECT_GT(all.at("ndb"), 0);
  EXPECT_GT(all.at("ms_ssim"), all.at("ms_ssim_real"));
  EXPECT_EQ(all.at("set"), "all");
  for (const char* name : {"ndb_held_out", "nearest_ratio"}) EXPECT_TRUE(all.at(name).is_null()) << name;
  EXPECT_EQ(all.at("generated").at("mean").size(), 3u);
  for (const char* name : {"duplicates", "sharpness", "checkerboard"})
    EXPECT_TRUE(all.at(name).is_number()) << name;
  const std::string table = made({"evaluate", "--from", "run", "--count", "70", "--metrics", "swd,ndb"});
  EXPECT_NE(table.find("70 generated pictures against 404 real ones"), std::string::npos) << table;
  EXPECT_NE(table.find("\nndb "), std::string::npos) << table;
  EXPECT_EQ(table.find("ms_ssim"), std::string::npos) << table;
}

TEST_F(Evaluate, SmallSetsGiveWhatTheyCan) {
  const json few = json::parse(made({"evaluate", "--from", "run", "--count", "2", "--limit", "9", "--json"}));
  EXPECT_TRUE(few.at("ndb").is_null());
  EXPECT_TRUE(few.at("swd").is_number());
  EXPECT_EQ(few.at("count_real"), 9);
}

TEST_F(Evaluate, HeldOutPicturesSayWhatIsGood) {
  made(kTinyTrain + Words{"--max-steps", "4", "--hold-out", "25%", "--out", "part"});
  const auto against = [&](const Words& words) {
    return json::parse(made(Words{"evaluate", "--from", "part", "--count", "40", "--json"} + words));
  };
  const json all = against({}), train = against({"--set", "train"}),
             held_out = against({"--set", "held-out"});
  EXPECT_EQ(all.at("count_real"), 404);
  EXPECT_EQ(train.at("count_real"), 303);
  EXPECT_EQ(held_out.at("count_real"), 101);
  EXPECT_EQ(held_out.at("set"), "held-out");
  EXPECT_LT(all.at("ndb_held_out"), 0.2);
  // Noise is as far from pictures that trained as from others, within what so few can tell.
  EXPECT_NEAR(all.at("nearest_ratio").get<double>(), 1, 0.5);
  for (const char* name : {"ndb", "ndb_held_out", "nearest_ratio"}) {  // by the pictures that trained
    EXPECT_EQ(held_out.at(name), all.at(name)) << name;
    EXPECT_EQ(train.at(name), all.at(name)) << name;
  }
  EXPECT_NE(held_out.at("swd"), train.at("swd"));
}

TEST_F(Evaluate, RefusesWrongCalls) {
  const auto refused = [&](const Words& words, int code, const std::string& says) {
    const Outcome outcome = facegan(Words{"evaluate", "--from", "run"} + words);
    EXPECT_EQ(outcome.exit_code, code);
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
  };
  refused({"--metrics", "swx"}, 2, "--metrics: there is no 'swx', did you mean 'swd'?");
  refused({"--seed", "1,2"}, 2, "--seed of evaluate is one seed");
  refused({"--count", "1"}, 2, "--count");
  refused({"--set", "heldout"}, 2, "--set is train or held-out, not 'heldout', did you mean 'held-out'?");
  refused({"--set", "held-out"}, 2, "nothing was held out");
  refused({"--dataset", "lfw", "--data", "nowhere"}, 3, "nowhere");
}

}  // namespace
