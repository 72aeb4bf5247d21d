// Run folders that came from others: what lies in them in place of files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <regex>

#include "facegan/machine/memory.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

const Words kFiles = {".lock",
                      "config.yaml",
                      "log.txt",
                      "metrics.jsonl",
                      "training.gif",
                      "run.json",
                      "report.html",
                      "explore.html",
                      "metrics.csv",
                      "samples/real.png",
                      "samples/epoch_0001.png",
                      "checkpoints/step_00000010.safetensors"};

class ForeignRun : public InFolder {
 protected:
  // Each test has a copy of one run of two epochs.
  void SetUp() override {
    InFolder::SetUp();
    const Outcome trained =
        facegan(kTinyTrain + Words{"--epochs", "2", "--faces-count", "45", "--out", "whole"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
  }
  fs::path copy() {
    fs::remove_all(folder_ / "run");
    fs::copy(folder_ / "whole", folder_ / "run", fs::copy_options::recursive);
    return folder_ / "run";
  }
  // What writes into a run, and what reads it.
  static std::vector<Words> calls() {
    return {{"train", "--resume", "run", "--epochs", "3"},
            {"report", "run"},
            {"animate", "run"},
            {"explore", "run", "--no-open"},
            {"train", "--resume", "run", "--verify"},
            {"sample", "--from", "run", "--out", "new.png"},
            {"explain", "run/samples/epoch_0001.png"}};
  }
};

// Neither written, nor emptied, nor deleted, nor shown; a call that would have done one names the link.
TEST_F(ForeignRun, LinksAreNotFollowed) {
  const std::string secret = "precious";
  for (const std::string& file : kFiles) {
    bool is_named = false;
    for (const Words& call : calls()) {
      SCOPED_TRACE(file + ": " + call[0]);
      const fs::path run = copy(), victim = folder_ / "victim";
      write_text(victim, secret);
      fs::remove(run / file);
      fs::create_symlink(victim, run / file);
      const Outcome outcome = facegan(call);
      EXPECT_TRUE(read_text(victim) == secret);
      EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 4 || call[0] == "explain") << outcome.err;
      if (outcome.err.find(file + " is a link") != std::string::npos) is_named = true;
      const bool has_page = call[0] == "report" && file != "report.html";
      EXPECT_FALSE(has_page && read_text(run / "report.html").find(secret) != std::string::npos);
    }
    EXPECT_TRUE(is_named) << file;
  }
}

TEST_F(ForeignRun, LinkedFoldersAreNotFollowed) {
  for (const std::string folder : {"samples", "checkpoints"}) {
    bool is_named = false;
    for (const Words& call : calls()) {
      SCOPED_TRACE(folder + ": " + call[0]);
      const fs::path run = copy();
      fs::remove_all(folder_ / "elsewhere");
      fs::rename(run / folder, folder_ / "elsewhere");
      write_text(folder_ / "elsewhere/epoch_0009.png", "precious");  // of a step that is yet to come
      fs::create_directory_symlink(folder_ / "elsewhere", run / folder);
      const Snapshot before = snapshot(folder_ / "elsewhere");
      const Outcome outcome = facegan(call);
      EXPECT_TRUE(snapshot(folder_ / "elsewhere") == before);
      if (outcome.exit_code == 4 && outcome.err.find(folder + " is a link") != std::string::npos)
        is_named = true;
    }
    EXPECT_TRUE(is_named) << folder;
  }
}

// The folder of a run itself may be a link: whoever gave the name has made it.
TEST_F(ForeignRun, ARunMayBeReachedThroughALink) {
  copy();
  fs::create_directory_symlink(folder_ / "run", folder_ / "named");
  const Outcome outcome = facegan({"train", "--resume", "named", "--epochs", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

// Nobody is at the other end: a call ends.
TEST_F(ForeignRun, PipesAreNotWaitedFor) {
  for (const std::string& file : kFiles) {
    bool is_named = false;
    for (const Words& call : calls()) {
      SCOPED_TRACE(file + ": " + call[0]);
      const fs::path run = copy();
      fs::remove(run / file);
      ASSERT_EQ(::mkfifo((run / file).c_str(), 0666), 0);
      const Outcome outcome = facegan(call);
      EXPECT_NE(outcome.exit_code, 70) << outcome.err;
      if (outcome.err.find(file) != std::string::npos) is_named = true;
    }
    // What is written as a whole just takes its place.
    EXPECT_TRUE(is_named || fs::exists(folder_ / "run" / file)) << file;
  }
}

// Not the training state: grids, lines of numbers and what is told of a run never end one.
TEST_F(ForeignRun, WhatIsNotTheStateDoesNotEndAResume) {
  const std::string deep(30'000, '[');
  const std::pair<const char*, std::string> broken[] = {
      {"samples/epoch_0001.png", ""},
      {"samples/epoch_0001.png", "\x89PNG\r\n"},
      {"samples/epoch_0001.png", facegan::image::encode_png(facegan::image::Image(5, 5, 3))},
      {"metrics.jsonl", "{\"step\":1,\"x\":" + std::string(20'000'000, '[') + "\n"},
      {"run.json", "{\"state\":\"running\",\"rest\":" + deep},
      {"run.json", "{\"state\":\"running\",\"rest\":" + deep + std::string(deep.size(), ']') + "}"}};
  for (const auto& [file, text] : broken) {
    SCOPED_TRACE(file + (": " + text.substr(0, 30)));
    const fs::path run = copy();
    write_text(run / file, text);
    const Outcome resumed = facegan({"train", "--resume", "run", "--epochs", "3"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_LT(resumed.peak_bytes, 500u << 20);
    EXPECT_EQ(facegan({"report", "run"}).exit_code, 0);
  }
}

// A made-up checkpoint: its numbers are those of the run, its settings another's.
TEST_F(ForeignRun, SettingsOfACheckpointAreNeitherShownRawNorTrusted) {
  const fs::path file = folder_ / "run/checkpoints/step_00000010.safetensors";
  const auto sampled = [&](const std::string& from, const std::string& to) {
    copy();
    edit_config(file, from, to);
    return facegan({"sample", "--from", "run", "--seed", "1", "--out", "a.png"});
  };
  for (const char* preset : {"preset: \"a\\0b\"", "preset: \"\\e]0;x\\a\\nfacegan: error: forged\""}) {
    const Outcome outcome = sampled("preset: dcgan", preset);
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
    EXPECT_EQ(outcome.err.find_first_of("\x1b\a"), std::string::npos);
    EXPECT_NE(outcome.err.find("preset is a name whose characters all show, not '"), std::string::npos)
        << outcome.err;
  }
}

// Eight outputs of 512 x 512 x 512 times 1,000 at once: refused by the layers, before any of it is there.
TEST_F(ForeignRun, ACheckpointCannotAskForAllMemory) {
  if (facegan::machine::usable_memory_bytes() > std::uint64_t{80} << 30)
    GTEST_SKIP() << "here it could be had";
  std::string nested = "relu";
  for (int i = 0; i < 6; ++i) nested = "residual: {layers: [{" + nested + "}]}";
  const std::string large = "upsample: {factor: 32}";
  copy();
  const std::string inside = std::regex_replace(nested, std::regex("\\{relu\\}"), "relu");
  edit_config(folder_ / "run/checkpoints/step_00000010.safetensors", "  - tanh\n",
              "  - " + large + "\n  - " + large + "\n  - " + inside + "\n  - avg_pool: {kernel: 32}\n" +
                  "  - avg_pool: {kernel: 32}\n  - tanh\n");
  const Outcome outcome =
      facegan({"sample", "--from", "run/checkpoints/step_00000010.safetensors", "--seed", "1"});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_NE(outcome.err.find("its generator needs "), std::string::npos) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, 400u << 20);
}

}  // namespace
