// What a run leaves behind and what the program says where.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "facegan/image/image.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;

class Outputs : public ::testing::Test {
 protected:
  Outcome facegan(const Words& arguments, const Words& environment = {}) {
    return run({.arguments = arguments, .folder = folder_.path(), .environment = environment});
  }
  TemporaryFolder folder_;
};

std::set<std::string> names(const Snapshot& files) {
  std::set<std::string> all;
  for (const auto& [name, content] : files)
    all.insert(name.starts_with("events.out.tfevents.") && name.ends_with(".facegan") ? "events" : name);
  return all;
}

facegan::image::Image picture(const fs::path& path) {
  const std::string png = read_text(path);
  return facegan::image::decode_png(facegan::image::as_bytes(png));
}

const Words kThreeEpochs = {"--epochs", "3", "--faces-count", "45"};  // of 5 steps

TEST_F(Outputs, TheRunFolder) {
  const Outcome outcome = facegan(kTinyTrain + kThreeEpochs);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "runs/0001-dcgan\n");
  const fs::path run_folder = folder_ / "runs/0001-dcgan";
  EXPECT_EQ(names(snapshot(run_folder)),
            (std::set<std::string>{
                "config.yaml", "events", "log.txt", "metrics.csv", "metrics.jsonl", "report.html", "run.json",
                "training.gif", "checkpoints", "checkpoints/step_00000005.safetensors",
                "checkpoints/step_00000010.safetensors", "checkpoints/step_00000015.safetensors", "samples",
                "samples/real.png", "samples/epoch_0000.png", "samples/epoch_0001.png",
                "samples/epoch_0002.png", "samples/epoch_0003.png"}));
  const auto first = picture(run_folder / "samples/epoch_0000.png"),
             last = picture(run_folder / "samples/epoch_0003.png");
  const auto real = picture(run_folder / "samples/real.png");
  EXPECT_GE(first.width, 32);
  EXPECT_EQ(first.width, real.width);
  EXPECT_EQ(first.height, real.height);
  EXPECT_EQ(first.channels, 3);
  EXPECT_FALSE(first.pixels == last.pixels);
  EXPECT_TRUE(read_text(run_folder / "training.gif").starts_with("GIF89a"));

  // All that was said is in the log, also what was said before there was a folder.
  const std::string log = read_text(run_folder / "log.txt");
  for (const std::string& line : lines_of(outcome.err))
    EXPECT_NE(log.find(" info " + line + "\n"), std::string::npos) << line;
  EXPECT_NE(outcome.err.find("faces: 45 pictures of 16x16x3"), std::string::npos) << outcome.err;

  EXPECT_EQ(facegan(kTinyTrain + Words{"--max-steps", "1"}).out, "runs/0002-dcgan\n");
}

TEST_F(Outputs, GridsAndSheetsHaveTheMarginOfTheRun) {
  const Outcome outcome = facegan(kTinyTrain + Words{"--max-steps", "1", "--out", "run", "--grid-margin", "5",
                                                     "--grid-color", "#102030", "--gif", "every 1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  ASSERT_EQ(facegan({"sample", "--from", "run", "--count", "4", "--out", "sheet.png"}).exit_code, 0);
  for (const char* name :
       {"run/samples/real.png", "run/samples/epoch_0000.png", "run/samples/epoch_0001.png", "sheet.png"}) {
    const auto sheet = picture(folder_ / name);
    ASSERT_EQ(sheet.width, 2 * 16 + 3 * 5) << name;
    for (const int at : {0, 4, 21, 25, 46})
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(sheet.at(at, 30)[c], 16 * (c + 1)) << name;
        EXPECT_EQ(sheet.at(30, at)[c], 16 * (c + 1)) << name;
      }
  }
}

TEST_F(Outputs, MetricsHaveTheKeysOfTheContract) {
  ASSERT_EQ(facegan(kTinyTrain + kThreeEpochs + Words{"--log-every", "3", "--out", "run"}).exit_code, 0);
  std::vector<int> steps, epochs;
  for (const std::string& line : lines_of(read_text(folder_ / "run/metrics.jsonl"))) {
    const auto object = nlohmann::ordered_json::parse(line);
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) {
      keys.push_back(key);
      EXPECT_TRUE(value.is_number()) << line;
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"step", "epoch", "images", "d_loss", "g_loss", "d_real",
                                              "d_fake", "d_accuracy", "images_per_s", "elapsed_s",
                                              "d_accuracy_real", "d_accuracy_fake", "g_gradient"}));
    EXPECT_NEAR(object["d_accuracy"],
                (object["d_accuracy_real"].get<double>() + object["d_accuracy_fake"].get<double>()) / 2,
                1e-12);
    EXPECT_EQ(object["images"], 8 * object["step"].get<int>());
    for (const char* probability : {"d_real", "d_fake", "d_accuracy", "d_accuracy_real", "d_accuracy_fake"}) {
      EXPECT_GE(object[probability], 0) << line;
      EXPECT_LE(object[probability], 1) << line;
    }
    steps.push_back(object["step"]);
    epochs.push_back(object["epoch"]);
  }
  EXPECT_EQ(steps, (std::vector<int>{3, 5, 6, 9, 10, 12, 15}));  // every third, and the ends of epochs
  EXPECT_EQ(epochs, (std::vector<int>{1, 1, 2, 2, 2, 3, 3}));
}

// Of one picture a step: D is right about it when its probability is on that side of a half.
TEST_F(Outputs, AccuraciesAreThoseOfTheirPictures) {
  ASSERT_EQ(facegan(kTinyTrain + kThreeEpochs + Words{"--batch", "1", "--log-every", "1", "--out", "run"})
                .exit_code,
            0);
  int real = 0, fake = 0;
  for (const std::string& line : lines_of(read_text(folder_ / "run/metrics.jsonl"))) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["d_accuracy_real"], object["d_real"] > 0.5 ? 1 : 0) << line;
    EXPECT_EQ(object["d_accuracy_fake"], object["d_fake"] > 0.5 ? 0 : 1) << line;
    real += object["d_accuracy_real"].get<int>(), fake += object["d_accuracy_fake"].get<int>();
  }
  EXPECT_NE(real, fake);
}

TEST_F(Outputs, TheThreeNewestCheckpointsStay) {
  ASSERT_EQ(facegan(kTinyTrain + kThreeEpochs + Words{"--epochs", "5", "--max-steps", "22", "--out", "run"})
                .exit_code,
            0);
  EXPECT_EQ(checkpoints_of(folder_ / "run"),
            (Words{"step_00000015.safetensors", "step_00000020.safetensors", "step_00000022.safetensors"}));
  ASSERT_EQ(
      facegan(kTinyTrain + kThreeEpochs + Words{"--epochs", "5", "--checkpoint-every", "4", "--out", "rare"})
          .exit_code,
      0);
  EXPECT_EQ(checkpoints_of(folder_ / "rare"),
            (Words{"step_00000000.safetensors", "step_00000020.safetensors", "step_00000025.safetensors"}));
}

TEST_F(Outputs, ADryRunWritesNothing) {
  write_text(folder_ / "mine.txt", "mine");
  const Snapshot before = snapshot(folder_.path());
  for (const Words& place : {Words{}, Words{"--out", "run"}, Words{"--out", "deep/run"}}) {
    const Outcome outcome = facegan(kTinyTrain + Words{"--dry-run"} + place);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("dry run: one step in "), std::string::npos) << outcome.err;
    EXPECT_TRUE(snapshot(folder_.path()) == before);
  }
}

TEST_F(Outputs, ResultsAloneOnStandardOutput) {
  const Outcome trained = facegan(Words{"--quiet"} + kTinyTrain + Words{"--max-steps", "1", "--out", "run"});
  EXPECT_EQ(trained.out, "run\n");
  EXPECT_EQ(trained.err, "");
  const Outcome sampled = facegan({"sample", "--quiet", "--from", "run", "--count", "1"});
  EXPECT_EQ(sampled.out, "sample_1.png\n");
  EXPECT_EQ(sampled.err, "");
  for (const Words& call : {Words{}, Words{"--help"}, Words{"train", "--help"}, Words{"--version"},
                            Words{"list"}, Words{"config"}, Words{"summary", "--preset", "mnist"},
                            Words{"summary", "--from", "run", "--json"}}) {
    const Outcome outcome = facegan(call);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_GT(lines_of(outcome.out).size(), call == Words{"--version"} ? 0u : 5u);
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(Outputs, LogLinesAsJson) {
  const Outcome outcome =
      facegan(kTinyTrain + Words{"--log-format", "json", "--max-steps", "1", "--out", "run"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_GE(lines_of(outcome.err).size(), 4u);
  for (const std::string& line : lines_of(outcome.err))
    EXPECT_EQ(nlohmann::json::parse(line)["level"], "info");
}

TEST_F(Outputs, AnUnknownEnvironmentNameIsAWarning) {
  const Outcome outcome = facegan({"config"}, {"FACEGAN_BATHC=3", "FACEGAN_SEED=9", "FACEGAN_LIMIT="});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err,
            "facegan: warning: the environment's FACEGAN_BATHC is not a setting of facegan, "
            "did you mean 'FACEGAN_BATCH'?\n");
  EXPECT_NE(outcome.out.find("seed: 9"), std::string::npos);
}

TEST_F(Outputs, PicturesThatNobodyWillSeeAreAnnounced) {
  const Outcome outcome = facegan(kTinyTrain + Words{"--dry-run", "--data", "photos"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(outcome.err.starts_with("facegan: warning: --data photos is not used: ")) << outcome.err;
}

// Also that the files of the run do not take the number of a closed stream, and its text.
TEST_F(Outputs, LostStandardOutputDoesNotStopARun) {
  const Words call = kTinyTrain + Words{"--max-steps", "3", "--out"};
  ASSERT_EQ(facegan(call + Words{"heard"}).exit_code, 0);
  for (const std::string out : {"-", "/dev/full"}) {
    const std::string name = out == "-" ? "closed" : "full";
    const Outcome outcome =
        run({.arguments = call + Words{name}, .folder = folder_.path(), .standard_output = out});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    Snapshot heard = snapshot(folder_ / "heard"), lost = snapshot(folder_ / name);
    EXPECT_EQ(metrics_of(folder_ / "heard"), metrics_of(folder_ / name));
    EXPECT_EQ(lines_of(heard["log.txt"]).size(), lines_of(lost["log.txt"]).size()) << lost["log.txt"];
    const std::set<std::string> timed = {"metrics.csv", "metrics.jsonl", "log.txt", "report.html",
                                         "run.json"};
    for (Snapshot* files : {&heard, &lost})
      std::erase_if(*files, [&](const auto& file) {
        return timed.contains(file.first) || file.first.starts_with("events.");
      });
    EXPECT_TRUE(heard == lost) << name;
  }
}

TEST_F(Outputs, AResultThatCannotBeWrittenIsAnError) {
  const Outcome outcome =
      run({.arguments = {"list", "losses"}, .folder = folder_.path(), .standard_output = "/dev/full"});
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_EQ(outcome.err, "facegan: error: cannot write to standard output: No space left on device\n");
}

// A limit on the size of files stands in for a full disk: grids fit, a checkpoint does not.
TEST_F(Outputs, AFullDiskLeavesTheLastCheckpointWhole) {
  ASSERT_EQ(facegan(kTinyTrain + Words{"--max-steps", "3", "--out", "run"}).exit_code, 0);
  const Snapshot before = snapshot(folder_ / "run/checkpoints");
  const Words limited = {"-c", "ulimit -f 100; exec \"$0\" \"$@\"",
                         tested_program()};  // of 512 or 1024 bytes
  const Outcome full =
      run({.arguments = limited + Words{"train", "--quiet", "--resume", "run", "--max-steps", "6"},
           .folder = folder_.path(),
           .program = "/bin/sh"});
  EXPECT_EQ(full.exit_code, 6);
  const auto said = lines_of(full.err);  // at the end of a run nothing "goes on"
  ASSERT_EQ(said.size(), 1u) << full.err;
  EXPECT_NE(said[0].find("cannot write run/checkpoints/step_00000006.safetensors ("), std::string::npos)
      << said[0];
  EXPECT_NE(said[0].find(" needed): File too large;"), std::string::npos) << said[0];
  EXPECT_TRUE(said[0].ends_with("make room and go on with --resume run, from step_00000003.safetensors"))
      << said[0];
  // What does fit is there: the last grid and the last line.
  EXPECT_TRUE(fs::exists(folder_ / "run/samples/epoch_0001.png"));
  EXPECT_EQ(metrics_of(folder_ / "run").size(), 3u);
  EXPECT_TRUE(snapshot(folder_ / "run/checkpoints") == before);  // no torn and no temporary file
  ASSERT_EQ(facegan({"train", "--resume", "run", "--max-steps", "6"}).exit_code, 0);
  ASSERT_EQ(facegan(kTinyTrain + Words{"--max-steps", "6", "--out", "whole"}).exit_code, 0);
  EXPECT_EQ(metrics_of(folder_ / "run"), metrics_of(folder_ / "whole"));
}

}  // namespace
