// Whole runs without the program: the loop, what it writes, and the check of its checkpoints.
#include "error_of.h"
#include "tiny_training.h"

namespace facegan::train {
namespace {

TEST_F(Loop, WritesARun) {
  const TrainResult result = train_new(tiny());
  EXPECT_EQ(result.steps, 24);
  EXPECT_EQ(result.steps_per_epoch, 8);
  EXPECT_EQ(result.signal, 0);
  EXPECT_GT(result.images_per_s, 0);
  const fs::path run = folder_ / "run";
  for (const char* file :
       {"config.yaml", "metrics.jsonl", "metrics.csv", "log.txt", "training.gif", "run.json", "report.html",
        "samples/real.png", "samples/epoch_0000.png", "samples/epoch_0003.png"})
    EXPECT_TRUE(fs::is_regular_file(run / file)) << file;
  EXPECT_EQ(run::grid_numbers(run, run::grid_file), (std::vector<std::int64_t>{0, 1, 2, 3}));
  std::vector<std::int64_t> steps;
  for (const auto& file : run::checkpoint_files(run)) steps.push_back(run::checkpoint_step(file));
  EXPECT_EQ(steps, (std::vector<std::int64_t>{24, 16, 8}));
  EXPECT_EQ(run::last_metrics({run, "metrics.jsonl"})->step, 24);
}

TEST_F(Loop, GoesOnAsIfItHadNotStopped) {
  train_new(tiny(), "whole");
  config::Config c = tiny();
  c.epochs = 1;
  train_new(c, "broken");
  go_on(3, "broken");
  const auto whole = run::load_newest(folder_ / "whole"), broken = run::load_newest(folder_ / "broken");
  EXPECT_EQ(whole.file.data, broken.file.data);
  EXPECT_EQ(run::grid_numbers(folder_ / "broken", run::grid_file), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(core::read_file(folder_ / "whole/training.gif", 1 << 20, ErrorKind::io),
            core::read_file(folder_ / "broken/training.gif", 1 << 20, ErrorKind::io));
  // And with nothing left to do it changes nothing.
  const std::string before = newest_bytes("broken");
  EXPECT_TRUE(go_on(3, "broken").folder.empty());
  EXPECT_EQ(newest_bytes("broken"), before);
}

TEST_F(Loop, VerifyReplaysTheLastStretch) {
  const config::Config c = tiny();
  train_new(c);
  EXPECT_NO_THROW(verify(folder_ / "run", run::load_newest(folder_ / "run").config()));
  // Another weight in the newest checkpoint, whose checksum is right.
  const core::Inside newest = run::checkpoint_files(folder_ / "run").front();
  run::Loaded changed = run::load_file(newest);
  const auto& info = *changed.file.find("d.2.weight");
  changed.file.data[info.begin] = static_cast<char>(changed.file.data[info.begin] ^ 1);
  std::vector<core::TensorBytes> tensors;
  for (const auto& t : changed.file.tensors)
    tensors.push_back({t.name, t.dtype, t.shape, changed.file.bytes_of(t)});
  core::write_file_atomic(newest, core::safetensors_bytes(tensors, changed.file.metadata));
  const Error error = error_of([&] { verify(folder_ / "run", run::load_newest(folder_ / "run").config()); });
  EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  EXPECT_NE(std::string(error.what()).find("tensor 'd.2.weight'"), std::string::npos) << error.what();
  // One alone is too few.
  for (std::size_t i = 1; i < 3; ++i) core::remove(run::checkpoint_files(folder_ / "run").back());
  EXPECT_EQ(error_of([&] { verify(folder_ / "run", c); }).kind(), ErrorKind::checkpoint);
}

TEST_F(Loop, DivergenceEndsItOrGoesBack) {
  config::Config c = tiny();
  c.lr_g = c.lr_d = 1e38;
  EXPECT_EQ(error_of([&] { train_new(c, "stops"); }).kind(), ErrorKind::numeric);
  EXPECT_EQ(run::checkpoint_files(folder_ / "stops").size(), 1u);  // that of the start
  c.on_divergence = "rollback";
  const Error error = error_of([&] { train_new(c, "tries"); });
  EXPECT_EQ(error.kind(), ErrorKind::numeric);
  EXPECT_NE(std::string(error.what()).find("after 3 rollbacks"), std::string::npos) << error.what();
}

TEST_F(Loop, ADryRunWritesNothing) {
  TrainRequest request;
  request.config = tiny();
  request.folder = folder_ / "run";
  request.dry_run = true;
  EXPECT_TRUE(train(std::move(request)).folder.empty());
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// A place that cannot be written costs this output and the exit code, not the run.
TEST_F(Loop, WhatCannotBeWrittenIsToldInTheEnd) {
  config::Config c = tiny();
  fs::create_directories(folder_ / "run/training.gif/taken");
  const Error error = error_of([&] { train_new(c); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_NE(std::string(error.what()).find("training.gif"), std::string::npos) << error.what();
  EXPECT_EQ(run::checkpoint_step(run::checkpoint_files(folder_ / "run").front()), 24);
}

TEST_F(Loop, AccumulateMustDivideTheBatchThatFits) {
  config::Config c = tiny();
  c.faces_count = 6, c.accumulate = 4;  // batch 8 becomes 6
  EXPECT_EQ(error_of([&] { train_new(c); }).kind(), ErrorKind::usage);
}

}  // namespace
}  // namespace facegan::train
