// What a terminal shows, and what is said at the end of a run.
#include <gtest/gtest.h>

#include <algorithm>

#include "facegan/core/text.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;

class Terminal : public ::testing::Test {
 protected:
  Outcome facegan(const Words& arguments, int columns = 0) {
    return run({.arguments = arguments, .folder = folder_.path(), .columns = columns});
  }
  TemporaryFolder folder_;
};

// The rows that stay, and all that were ever there. A row is written again after a return and an erase.
struct Screen {
  std::vector<std::string> rows, ever;
};
Screen screen_of(const std::string& text) {
  Screen screen;
  for (const std::string& line : facegan::core::split(text, '\n')) {
    std::string row = line;
    for (std::size_t at; (at = row.find("\r\033[K")) != std::string::npos; row = row.substr(at + 4))
      if (at > 0) screen.ever.push_back(row.substr(0, at));
    if (row.ends_with('\r')) row.pop_back();
    screen.ever.push_back(row);
    screen.rows.push_back(row);
  }
  return screen;
}

TEST_F(Terminal, TheLiveLineFitsAndLeavesNothingBehind) {
  for (const int columns : {200, 80, 40}) {
    const std::string name = "run" + std::to_string(columns);
    const Outcome outcome = facegan(kTinyTrain + Words{"--epochs", "4", "--out", name}, columns);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const Screen screen = screen_of(outcome.err);
    std::string all;
    std::size_t live = 0;
    for (const std::string& row : screen.ever) {
      if (row.find("D 0.") == std::string::npos && row.find("d_loss") == std::string::npos) continue;
      EXPECT_LT(row.size(), static_cast<std::size_t>(columns)) << row;
      ++live;
      all += row + "\n";
    }
    EXPECT_GT(live, 0u);
    EXPECT_EQ(all.find("% real, ") != std::string::npos, columns == 200) << all;
    EXPECT_EQ(all.find("cpu  ") != std::string::npos, columns == 200) << all;
    EXPECT_EQ(all.find(" images/s  ") != std::string::npos, columns >= 80) << all;
    // The rows that stay are the log: its lines after "date time level ".
    std::vector<std::string> log;
    for (const std::string& line : lines_of(read_text(folder_ / name / "log.txt")))
      if (const auto at = line.find(" info "); at != std::string::npos) log.push_back(line.substr(at + 6));
    log.emplace_back();
    EXPECT_EQ(screen.rows, log);
  }
}

// Ctrl-S, or a pager that nobody scrolls, held training and saving; a signal then did nothing.
TEST_F(Terminal, WhatNobodyReadsHoldsNothingBack) {
  for (const int columns : {0, 80}) {
    const std::string name = "run" + std::to_string(columns);
    const Outcome outcome = run({.arguments = kTinyTrain + Words{"--epochs", "3", "--verbose", "--out", name},
                                 .folder = folder_.path(),
                                 .columns = columns,
                                 .stuck = true});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, name + "\n");
    EXPECT_EQ(metrics_of(folder_ / name).size(), 3u * kStepsPerEpoch / 2);
    EXPECT_NE(read_text(folder_ / name / "log.txt").find("done at step 150"), std::string::npos);
  }
}

TEST_F(Terminal, PreviewShowsEachGridAndTheSheet) {
  const Words train = kTinyTrain + Words{"--epochs", "2", "--faces-count", "40", "--preview"};
  const Outcome trained = facegan(train + Words{"--out", "run"}, 30);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const Screen screen = screen_of(trained.err);
  for (const char* grid :
       {"run/samples/epoch_0000.png", "run/samples/epoch_0001.png", "run/samples/epoch_0002.png"}) {
    const auto caption = std::find(screen.rows.begin(), screen.rows.end(), grid);
    ASSERT_GE(caption - screen.rows.begin(), 15) << grid;
    for (int row = 1; row <= 15; ++row) {  // 30 rows of pixels
      EXPECT_NE(caption[-row].find("\u2580\033[0m"), std::string::npos) << grid;
      EXPECT_EQ(caption[-row].find("epoch"), std::string::npos) << caption[-row];
    }
  }
  const Words sample = {"sample", "--from", "run", "--count", "4", "--preview"};
  EXPECT_NE(facegan(sample, 30).err.find("\u2580"), std::string::npos);
  EXPECT_NE(facegan(sample + Words{"kitty"}, 30).err.find("\033_Ga=T,f=100,q=2,m="), std::string::npos);
  EXPECT_NE(facegan(sample + Words{"sixel"}, 30).err.find("\033P0;1q\"1;1;38;38#"), std::string::npos);
}

TEST_F(Terminal, WithoutOneAPreviewIsANote) {
  const std::string note =
      "facegan: warning: --preview shows nothing: standard error is not a terminal that draws\n";
  const Outcome trained =
      facegan(kTinyTrain + Words{"--quiet", "--max-steps", "1", "--out", "run", "--preview"});
  EXPECT_EQ(trained.exit_code, 0);
  EXPECT_EQ(trained.err, note);
  const Outcome sampled = facegan({"sample", "--quiet", "--from", "run", "--preview", "--count", "1"});
  EXPECT_EQ(sampled.exit_code, 0);
  EXPECT_EQ(sampled.err, note);
  EXPECT_EQ(sampled.out, "sample_1.png\n");
  for (const Words& wrong : {Words{"--preview", "sixle"}, Words{"--preview", "--each"}}) {
    const Outcome refused = facegan(Words{"sample", "--from", "run"} + wrong);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(lines_of(refused.err).size(), 1u) << refused.err;
  }
}

// The lines after `heading` that are indented.
Words listed(const std::string& err, const std::string& heading) {
  Words found;
  bool inside = false;
  for (const std::string& line : lines_of(err)) {
    if (inside && !line.starts_with("  ")) break;
    if (inside) found.push_back(line.substr(2));
    inside = inside || line == heading;
  }
  return found;
}

TEST_F(Terminal, TheEndOfARunSaysWhatToLookAtAndWhatToTry) {
  const Outcome done = facegan(kTinyTrain + Words{"--epochs", "2", "--faces-count", "40"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(listed(done.err, "to look at in runs/0001-dcgan:"),
            (Words{"runs/0001-dcgan/samples/epoch_0002.png", "runs/0001-dcgan/training.gif",
                   "runs/0001-dcgan/report.html", "runs/0001-dcgan/checkpoints/step_00000010.safetensors"}));
  const std::string program = tested_program();
  EXPECT_EQ(
      listed(done.err, "to try next:"),
      (Words{program + " sample --from runs/0001-dcgan --seed 1234",
             program + " explore runs/0001-dcgan",
             program + " interpolate --from runs/0001-dcgan --seed 1,2,3 --out walk.gif",
             program + " report runs/0001-dcgan", program + " train --resume runs/0001-dcgan --epochs 4"}));
  // A run that was not done with all it was asked for just goes on.
  const Outcome stopped = facegan(kTinyTrain + Words{"--max-time", "0.001s", "--out", "it's a run"});
  EXPECT_EQ(listed(stopped.err, "to try next:").back(), program + R"( train --resume './it'\''s a run')");
  const Outcome limited = facegan(kTinyTrain + Words{"--max-steps", "2", "--out", "1"});
  EXPECT_EQ(listed(limited.err, "to try next:").back(), program + " train --resume ./1 --max-steps 4");
  EXPECT_EQ(facegan({"train", "--quiet", "--resume", "./1", "--max-steps", "3"}).err, "");
  // As they stand, in a shell.
  for (const Words& next : {listed(done.err, "to try next:"), listed(stopped.err, "to try next:"),
                            listed(limited.err, "to try next:")})
    for (const std::string& command : next) {
      if (command.find(" sample ") == std::string::npos && command.find(" train ") == std::string::npos)
        continue;
      const std::string short_one = command + (command.ends_with(" run'") ? " --max-steps 2" : "");
      const Outcome outcome =
          run({.arguments = {"-c", short_one}, .folder = folder_.path(), .program = "/bin/sh"});
      EXPECT_EQ(outcome.exit_code, 0) << command << outcome.err;
    }
}

}  // namespace
