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
  EXPECT_EQ(all.at("weights"), "raw");
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

TEST_F(Evaluate, SaysWhoseWeightsTheyAre) {
  made(kTinyTrain + Words{"--max-steps", "4", "--ema", "100", "--out", "mean"});
  const auto weights = [&](const Words& words) {
    return json::parse(
               made(Words{"evaluate", "--from", "mean", "--count", "40", "--metrics", "swd", "--json"} +
                    words))
        .at("weights");
  };
  EXPECT_EQ(weights({}), "mean");
  EXPECT_EQ(weights({"--weights", "mean"}), "mean");
  EXPECT_EQ(weights({"--weights", "raw"}), "raw");
  const std::string why =
      "step_00000004.safetensors has no mean generator, for its run had no --ema; leave --weights out";
  for (const Words& call : {Words{"evaluate", "--from", "run"},
                            {"sample", "--from", "run"},
                            {"score", "--from", "run", "--sets", "--count", "8"}}) {
    const Outcome outcome = facegan(call + Words{"--weights", "mean"});
    EXPECT_EQ(outcome.exit_code, 2) << call[0];
    EXPECT_NE(outcome.err.find("--weights mean: run/checkpoints/" + why), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(facegan({"sample", "--from", "run", "--weights", "raw", "--count", "1"}).exit_code, 0);
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

class EvaluateFeatures : public Evaluate {
 protected:
  Outcome with_cache(const Words& words) {
    return run({Words{"evaluate", "--from", "run"} + words,
                folder_.path(),
                {"FACEGAN_CACHE=" + (folder_ / "cache").string()}});
  }
  void refused(const Words& words, int code, const std::string& says) {
    const Outcome outcome = with_cache(words);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
  }
};

TEST_F(EvaluateFeatures, OfTheDiscriminator) {
  const Words call = {"--features", "d", "--count", "70"};
  const Outcome outcome = with_cache(call + Words{"--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json all = json::parse(outcome.out);
  EXPECT_EQ(all.at("features"), "d");
  EXPECT_EQ(all.at("weights_hash"), all.at("checkpoint_hash"));
  EXPECT_EQ(all.at("features_label"), "this discriminator's features: not comparable with another's");
  EXPECT_EQ(all.at("resize"), "none");
  EXPECT_EQ(all.at("crop"), "whole");
  EXPECT_EQ(all.at("features_width"), 16);
  EXPECT_EQ(all.at("count"), 70);
  EXPECT_EQ(all.at("count_real"), 404);
  for (const char* name :
       {"swd", "fid", "kid", "kid_deviation", "precision", "recall", "density", "coverage"})
    EXPECT_TRUE(all.at(name).is_number()) << name;
  EXPECT_FALSE(all.contains("is"));  // it knows no classes
  EXPECT_GT(all.at("fid"), 0);
  const Outcome some = with_cache(call + Words{"--metrics", "fid,precision"});
  EXPECT_NE(some.out.find("\nfid "), std::string::npos) << some.out;
  EXPECT_NE(some.out.find("not comparable"), std::string::npos) << some.out;
  EXPECT_EQ(some.out.find("swd"), std::string::npos) << some.out;
  EXPECT_EQ(some.out.find("recall"), std::string::npos) << some.out;
  const Outcome few = with_cache({"--features", "d", "--count", "10", "--metrics", "fid"});
  EXPECT_NE(few.err.find("fid in 16 features of 10 pictures: too few"), std::string::npos) << few.err;
}

TEST_F(EvaluateFeatures, RefusesWrongCalls) {
  refused({"--metrics", "swd,kid"}, 2, "--metrics kid needs --features: lite0, a file or d");
  refused({"--metrics", "fud"}, 2, "did you mean 'fid'?");
  refused({"--features", "d", "--metrics", "swd"}, 2, "--metrics has none");
  refused({"--features", "d", "--metrics", "is"}, 2, "knows no classes");
  refused({"--features", "d", "--trust-script"}, 2, "--trust-script is for --features FILE");
  refused({"--resize", "clean"}, 2, "--resize needs --features FILE");
  refused({"--features", "nowhere.pt"}, 3, "nowhere.pt");
  refused({"--features", "nowhere.pt", "--resize", "bicubic"}, 2,
          "--resize is clean or legacy, not 'bicubic'");
  write_text(folder_ / "file.pt", "PK, but nothing else");
  refused({"--features", "file.pt"}, 2, "give evaluate --trust-script if you know where it comes from");
  refused({"--features", "file.pt", "--trust-script"}, 4, "file.pt: it is no TorchScript that can be loaded");
  write_text(folder_ / "file.pt", "anything");
  refused({"--features", "file.pt"}, 4, "file.pt");
}

TEST_F(EvaluateFeatures, WhileTrainingRefusesWrongCalls) {
  const auto refused_by = [&](const Words& words, int code, const std::string& says) {
    const Outcome outcome = run({kTinyTrain + Words{"--out", "new"} + words,
                                 folder_.path(),
                                 {"FACEGAN_CACHE=" + (folder_ / "cache").string()}});
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
  };
  refused_by({"--evaluate-every", "1", "--evaluate", "kid"}, 3, FACEGAN_SOURCE_DIR "/scripts/features lite0");
  refused_by({"--features", "net.pt"}, 2, "--features does nothing without a figure in features");
  refused_by({"--evaluate", "kid,fud"}, 2, "fud");
  write_text(folder_ / "net.pt", "PK, but nothing else");
  refused_by({"--evaluate-every", "1", "--evaluate", "kid", "--features", "net.pt"}, 2, "train takes none");
  refused_by({"--evaluate", "kid", "--features", "d"}, 2, "lite0 or a file");
  refused_by({"--evaluate", "kid", "--features", ""}, 2, "lite0 or a file");
}

TEST_F(EvaluateFeatures, SaysHowToGetLite0) {
  const std::string place = (folder_ / "cache/features/lite0.safetensors").string();
  refused({"--features", "lite0"}, 3, place);
  refused({"--features", "lite0"}, 3, FACEGAN_SOURCE_DIR "/scripts/features lite0");
  write_text(place, "damaged");
  refused({"--features", "lite0"}, 4, place);
}

}  // namespace
