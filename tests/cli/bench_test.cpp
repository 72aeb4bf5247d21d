// facegan bench: figures of a tiny recipe, and nothing left behind.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

TEST(Bench, MeasuresEveryPartAndLeavesNothing) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "tmp");
  Words environment;
  environment.push_back("TMPDIR=" + (folder / "tmp").string());
  const Words arguments = {"bench", "--preset",      "dcgan", "--size",    "32", "--width",
                           "8",     "--batch",       "99",    "--z",       "8",  "--steps",
                           "3",     "--faces-count", "64",    "--threads", "1",  "--json"};
  const Snapshot before = snapshot(folder.path());
  const Outcome outcome = run({arguments, folder.path(), environment});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(snapshot(folder.path()) == before);
  const auto r = nlohmann::json::parse(outcome.out);
  for (const char* key : {"decode_one_worker_images_per_s", "decode_images_per_s", "packed_images_per_s",
                          "d_phase_ms", "step_ms", "step_images_per_s", "step_gflop_per_s",
                          "matrix_gflop_per_s", "train_images_per_s", "peak_memory_bytes"})
    EXPECT_GT(r.at(key).get<double>(), 0) << key;
  EXPECT_LT(r.at("d_phase_ms").get<double>(), 2 * r.at("step_ms").get<double>());
  EXPECT_EQ(r.at("batch"), 64);  // there are no more pictures
  EXPECT_EQ(run({{"bench", "--epochs", "3"}, folder.path()}).exit_code, 2);
}

TEST(Bench, MeasuresStepsAloneAndTracesThem) {
  const TemporaryFolder folder;
  const Words arguments = {
      "bench",  "--steps-only", "--size",  "32", "--width",  "8",   "--batch",   "99", "--z",    "8",
      "--data", "no",           "--steps", "3",  "--device", "cpu", "--threads", "1",  "--json", "--profile"};
  const Outcome outcome = run({arguments + Words{"trace.json"}, folder.path()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "measuring steps and products\n");
  const auto r = nlohmann::json::parse(outcome.out);
  for (const char* key :
       {"d_phase_ms", "step_ms", "step_gflop_per_s", "matrix_gflop_per_s", "peak_memory_bytes"})
    EXPECT_GT(r.at(key).get<double>(), 0) << key;
  for (const char* key :
       {"decode_one_worker_images_per_s", "decode_images_per_s", "packed_images_per_s", "train_images_per_s"})
    EXPECT_FALSE(r.contains(key)) << key;
  EXPECT_EQ(r.at("batch"), 99);
  int steps = 0, operators = 0;
  const auto trace = nlohmann::json::parse(read_text(folder / "trace.json"));
  for (const auto& event : trace.at("traceEvents")) {
    steps += event.value("name", "") == "facegan step";
    operators += event.value("cat", "") == "cpu_op";
  }
  EXPECT_EQ(steps, 5);
  EXPECT_GT(operators, 100);
  const Outcome refused = run({arguments + Words{"no/trace.json"}, folder.path()});
  EXPECT_EQ(refused.exit_code, 6);
  EXPECT_NE(refused.err.find("cannot write the profile no/trace.json"), std::string::npos) << refused.err;
}

}  // namespace
