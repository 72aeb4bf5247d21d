// Run folders that came from others: what lies in them in place of files.
#include <gtest/gtest.h>
#include <sys/stat.h>

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

}  // namespace
