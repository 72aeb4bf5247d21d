// What a resume accepts, what it refuses, and what it can prove.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "facegan/core/safetensors.h"
#include "facegan/image/image.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace facegan;

class ResumeRules : public InFolder {
 protected:
  void SetUp() override {
    ASSERT_EQ(facegan(kTinyTrain + Words{"--max-steps", "9", "--out", "run"}).exit_code, 0);
  }
  Outcome resume(const Words& more) {
    return facegan(Words{"train", "--resume", "run", "--max-steps", "12"} + more);
  }

  // Writes a checkpoint again with other contents and the right checksum.
  template <class Change>
  void rewrite(const std::string& name, Change change) {
    const fs::path path = folder_ / "run/checkpoints" / name;
    auto file = core::read_safetensors(path);
    change(file);
    std::vector<core::TensorBytes> tensors;
    for (const auto& t : file.tensors) tensors.push_back({t.name, t.dtype, t.shape, file.bytes_of(t)});
    write_text(path, core::safetensors_bytes(tensors, file.metadata));
  }
  static constexpr const char* kNewest = "step_00000009.safetensors";
};

TEST_F(ResumeRules, OtherPicturesAreRefusedUnlessAllowed) {
  const Words fewer = {"--faces-count", "396", "--allow-config-change", "faces-count"};
  const Outcome refused = resume(fewer);
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("the pictures are not those that run/checkpoints/step_00000009.safetensors was "
                             "trained on: 404 pictures then, 396 now; the last was face 403 and is "
                             "face 395; steps an epoch: 50, now 49; "),
            std::string::npos)
      << refused.err;
  const Outcome allowed = resume(fewer + Words{"--allow-data-change"});
  EXPECT_EQ(allowed.exit_code, 0) << allowed.err;
  EXPECT_NE(allowed.err.find("going on with the pictures as they are now"), std::string::npos) << allowed.err;
  EXPECT_EQ(facegan({"train", "--resume", "run", "--max-steps", "14"}).exit_code,
            0);  // is the run's from here
}

// Names and stored sizes are what makes them the same, wherever they lie.
TEST_F(ResumeRules, PicturesThatMovedAreTheSame) {
  const auto put = [&](const std::string& place, int from, int to, const char* prefix = "") {
    for (int i = from; i < to; ++i)
      write_text(folder_ / place / (prefix + std::to_string(100 + i) + ".png"),
                 image::encode_png(image::Image(16, 16, 3, static_cast<unsigned char>(8 * i))));
  };
  put("first", 0, 16);
  const Words train = kTinyTrain + Words{"--dataset", "folder", "--data", "first"};
  ASSERT_EQ(facegan(train + Words{"--max-steps", "3", "--out", "moved"}).exit_code, 0);
  ASSERT_EQ(facegan(train + Words{"--max-steps", "6", "--out", "whole"}).exit_code, 0);
  const auto resume_at = [&](const Words& more) {
    return facegan(Words{"train", "--resume", "moved", "--max-steps", "6"} + more);
  };
  fs::rename(folder_ / "first", folder_ / "second");
  const Outcome away = resume_at({});
  EXPECT_EQ(away.exit_code, 3);
  EXPECT_NE(away.err.find("/first; "), std::string::npos) << away.err;

  put("fewer", 0, 15), put("others", 0, 16, "x"), put("larger", 0, 16);
  write_text(folder_ / "larger/107.png", read_text(folder_ / "larger/107.png") + "more");
  for (const auto& [place, what] : std::vector<std::pair<std::string, std::string>>{
           {"fewer", "16 pictures then, 15 now; the last was 115.png and is 114.png; "},
           {"others", "16 pictures as before, but other names; the first was 100.png and is x100.png; "},
           {"larger",
            "the names are the same, but their contents or stored sizes differ: files were written anew or "
            "are cut"}}) {
    const Outcome refused = resume_at({"--data", place});
    EXPECT_EQ(refused.exit_code, 4) << place;
    EXPECT_NE(refused.err.find("/" + place + " are not those that moved/checkpoints/"), std::string::npos)
        << refused.err;
    EXPECT_NE(refused.err.find(what), std::string::npos) << refused.err;
    EXPECT_EQ(lines_of(refused.err).size(), 1u) << refused.err;
  }

  const Outcome moved = resume_at({"--data", "second"});
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  EXPECT_EQ(metrics_of(folder_ / "moved"), metrics_of(folder_ / "whole"));
  EXPECT_NE(read_text(folder_ / "moved/config.yaml").find("/second\n"), std::string::npos);
  EXPECT_EQ(facegan({"train", "--resume", "moved", "--max-steps", "7"}).exit_code, 0);  // known from here on
}

TEST_F(ResumeRules, DrawnFacesOfAnotherVersionAreNamed) {
  rewrite(kNewest, [](auto& file) {
    for (const char* key : {"data.fingerprint", "data.pictures"}) {
      ASSERT_TRUE(file.metadata.contains(key)) << key;
      file.metadata[key] = std::string(16, '0');
    }
  });
  const Outcome refused = resume({});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(
      refused.err.find("/step_00000009.safetensors was trained on: with that --seed and that version of "
                       "facegan other faces were drawn; steps an epoch: "),
      std::string::npos)
      << refused.err;
  EXPECT_EQ(lines_of(refused.err).size(), 1u) << refused.err;
  EXPECT_EQ(resume({"--allow-data-change"}).exit_code, 0);
}

// Version 0.1 passed over some kinds of pictures, and kept no counts.
TEST_F(ResumeRules, KindsThatEarlierVersionsLeftOutAreNamed) {
  const auto put = [&](const char* name) {
    write_text(folder_ / "in" / name, image::encode_png(image::Image(16, 16, 3, 7)));
  };
  for (char name = 'b'; name < 'r'; ++name) put((name + std::string(".png")).c_str());
  fs::remove_all(folder_ / "run");
  ASSERT_EQ(
      facegan(kTinyTrain + Words{"--dataset", "folder", "--data", "in", "--max-steps", "9", "--out", "run"})
          .exit_code,
      0);
  rewrite(kNewest, [](auto& file) {
    for (const char* key : {"count", "names", "pictures", "first", "last"})
      file.metadata.erase(std::string("data.") + key);
  });
  put("a.GIF"), put("z.avif");
  const Outcome refused = resume({});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(
      refused.err.find("/step_00000009.safetensors was trained on: 2 pictures are new, such as a.GIF, of "
                       "kinds that facegan 0.1 left out; the others are the same; steps an epoch: "),
      std::string::npos)
      << refused.err;
  EXPECT_EQ(lines_of(refused.err).size(), 1u) << refused.err;
  put("x.png");
  EXPECT_NE(resume({}).err.find("names or stored sizes differ, or which files count; "), std::string::npos);
  fs::remove(folder_ / "in/x.png");
  EXPECT_EQ(resume({"--allow-data-change"}).exit_code, 0);
}

TEST_F(ResumeRules, SettingsChangeOnlyWhenListed) {
  const Outcome refused = resume({"--lr-g", "1e-4"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("or add --allow-config-change lr_g\n"), std::string::npos) << refused.err;
  EXPECT_EQ(resume({"--lr-g", "1e-4", "--allow-config-change", "lr_d"}).exit_code, 2);
  const Outcome unknown = resume({"--allow-config-change", "lr_q"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'lr_"), std::string::npos) << unknown.err;
  EXPECT_EQ(resume({"--lr", "1e-3", "--lr-g", "1e-4", "--allow-config-change", "lr-g",
                    "--allow-config-change", "lr_d"})
                .exit_code,
            0);
  const std::string config = read_text(folder_ / "run/config.yaml");
  EXPECT_NE(config.find("lr_g: 0.0001\n"), std::string::npos);
  EXPECT_NE(config.find("lr_d: 0.001\n"), std::string::npos);
}

TEST_F(ResumeRules, AnotherBatchIsOnlyASetting) {
  const Outcome outcome = resume({"--batch", "4", "--allow-config-change", "batch"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("steps an epoch: 50, now 101; the 9 steps done count as 0 of --epochs 25\n"),
            std::string::npos)
      << outcome.err;
}

TEST_F(ResumeRules, AnotherNetworkIsRefusedByItsTensors) {
  const Snapshot before = snapshot(folder_.path());
  const Outcome refused = resume({"--width", "16", "--allow-config-change", "width"});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("step_00000009.safetensors does not fit this network: tensor 'g.0.weight' is "),
            std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find(", and "), std::string::npos) << refused.err;
  EXPECT_EQ(lines_of(refused.err).size(), 1u);
  EXPECT_TRUE(snapshot(folder_.path()) == before);
}

TEST_F(ResumeRules, AnotherFormatIsRefused) {
  for (const char* name : {"step_00000000.safetensors", kNewest})
    rewrite(name, [](auto& file) { file.metadata["facegan.format"] = "2"; });
  const Outcome refused = resume({});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("has checkpoint format '2', this facegan reads format 1"), std::string::npos)
      << refused.err;
}

// Their sums have no accuracies of real and of generated pictures alone.
TEST_F(ResumeRules, CheckpointsOfEarlierVersionsGoOn) {
  ASSERT_EQ(facegan(kTinyTrain + Words{"--max-steps", "16", "--out", "whole"}).exit_code, 0);
  for (const char* name : {"step_00000000.safetensors", kNewest})
    rewrite(name, [](auto& file) {
      for (auto& tensor : file.tensors)
        if (tensor.name == "statistics") tensor.shape = {5};
    });
  EXPECT_EQ(facegan({"train", "--resume", "run", "--verify"}).exit_code, 0);
  ASSERT_EQ(facegan({"train", "--resume", "run", "--max-steps", "16"}).exit_code, 0);
  const Words whole = metrics_of(folder_ / "whole");
  Words resumed = metrics_of(folder_ / "run");
  ASSERT_EQ(resumed.size(), 8u);  // a line every 2 steps; step 9 is half of the fifth
  auto line = nlohmann::ordered_json::parse(resumed[4]), exact = nlohmann::ordered_json::parse(whole[4]);
  EXPECT_NEAR(line["d_accuracy_real"].get<double>() + line["d_accuracy_fake"].get<double>(),
              2 * line["d_accuracy"].get<double>(), 1e-12);
  for (const char* key : {"d_accuracy_real", "d_accuracy_fake"}) line[key] = exact[key];
  resumed[4] = line.dump();
  EXPECT_EQ(resumed, whole);
}

// From a state that is broken in memory, whichever way it came there, nothing is saved.
TEST_F(ResumeRules, AWeightThatIsNoNumberIsFoundBeforeTheNextSave) {
  const float nan = std::nanf("");
  for (const char* tensor : {"g.0.weight", "adam.d.2.weight.exp_avg_sq", "g.1.running_var"}) {
    rewrite(kNewest,
            [&](auto& file) { std::memcpy(&file.data[file.find(tensor)->begin], &nan, sizeof nan); });
    const Words before = checkpoints_of(folder_ / "run");
    const Outcome outcome = resume({"--log-every", "1000"});
    EXPECT_EQ(outcome.exit_code, 5) << tensor << outcome.err;
    EXPECT_EQ(checkpoints_of(folder_ / "run"), before);
    rewrite(kNewest, [&](auto& file) {
      const float one = 1;
      std::memcpy(&file.data[file.find(tensor)->begin], &one, sizeof one);
    });
  }
}

TEST_F(ResumeRules, ACountThatCannotBeIsRefused) {
  rewrite(kNewest, [](auto& file) { file.metadata["rollbacks"] = "4"; });
  const Outcome outcome = resume({});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_NE(outcome.err.find("'rollbacks' is 4, more than the 3 there can be"), std::string::npos)
      << outcome.err;
}

TEST_F(ResumeRules, VerifyReplaysTheLastInterval) {
  const Snapshot before = snapshot(folder_.path());
  const Outcome equal = facegan({"train", "--resume", "run", "--verify"});
  EXPECT_EQ(equal.exit_code, 0) << equal.err;
  EXPECT_EQ(equal.out, "equal: steps 1 to 9 replayed give run/checkpoints/step_00000009.safetensors\n");
  EXPECT_TRUE(snapshot(folder_.path()) == before);
}

TEST_F(ResumeRules, VerifyNamesTheFirstDifference) {
  rewrite(kNewest, [](auto& file) { file.data[file.find("d.2.weight")->begin] ^= 1; });
  Outcome differs = facegan({"train", "--resume", "run", "--verify"});
  EXPECT_EQ(differs.exit_code, 4);
  EXPECT_NE(differs.err.find("the replay differs from run/checkpoints/step_00000009.safetensors: tensor "
                             "'d.2.weight'"),
            std::string::npos)
      << differs.err;
  rewrite(kNewest, [](auto& file) { file.metadata["statistics.steps"] = "7"; });
  differs = facegan({"train", "--resume", "run", "--verify"});
  EXPECT_EQ(differs.exit_code, 4);
  EXPECT_NE(differs.err.find("'statistics.steps' is 1, there 7"), std::string::npos) << differs.err;
}

// The same command finds it again, on this machine or one that would have taken the others.
TEST_F(ResumeRules, WhatASmallCpuTookIsTheRunsOwn) {
  Words words = kTinyTrain;
  const auto batch = std::find(words.begin(), words.end(), "--batch");
  words.erase(batch, batch + 2);
  write_text(folder_ / "own.yaml", "batch: 16\nlr: 0.001\nsmall_cpu: {batch: 4, lr: 0.0005}\n");
  words = words + Words{"--config", "own.yaml", "--precision", "fp32", "--max-steps", "2", "--autoresume"};
  for (int time = 0; time < 2; ++time) {
    const Outcome outcome = facegan(words + Words{"--out", "own"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err.find("--batch 4 --lr 0.0005: for fp32 on few threads (--batch 16 --lr 0.001: as "
                               "elsewhere)") != std::string::npos,
              time == 0)
        << outcome.err;
    const std::string stored = read_text(folder_ / "own/config.yaml");
    EXPECT_NE(stored.find("\nbatch: 4\n"), std::string::npos) << stored;
    EXPECT_NE(stored.find("\nlr_d: 0.0005\n"), std::string::npos) << stored;
  }
  const Outcome other = facegan(words + Words{"--out", "own", "--batch", "32"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("holds a run with --lr-g 0.0005, not 0.001 (own.yaml:2)"), std::string::npos)
      << other.err;
  const Outcome many = facegan(words + Words{"--out", "many", "--threads", "5"});
  EXPECT_EQ(many.exit_code, 0) << many.err;
  EXPECT_NE(read_text(folder_ / "many/config.yaml").find("\nbatch: 16\n"), std::string::npos);
}

TEST_F(ResumeRules, FlagsThatGoTogether) {
  const Snapshot before = snapshot(folder_.path());
  for (const Words& wrong :
       {Words{"--verify"}, Words{"--allow-data-change"}, Words{"--allow-config-change", "lr"},
        Words{"--resume", "run", "--verify", "--dry-run"},
        Words{"--resume", "run", "--verify", "--epochs", "3"}}) {
    const Outcome outcome = facegan(Words{"train"} + wrong);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
  }
  EXPECT_TRUE(snapshot(folder_.path()) == before);
}

}  // namespace
