// facegan list runs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "facegan/core/files.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class ListRuns : public InFolder {
 protected:
  void train(const Words& more) {
    const Outcome outcome = facegan(kTinyTrain + more);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  std::string text(const Words& more = {}) {
    const Outcome outcome = facegan(Words{"list", "runs"} + more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
  // The runs by name.
  std::map<std::string, Json> runs(const Words& more = {}) {
    std::map<std::string, Json> all;
    for (const Json& run : Json::parse(text(Words{"--json"} + more))) all[run.at("name")] = run;
    return all;
  }
};

TEST_F(ListRuns, OfNoneIsOneLine) {
  EXPECT_EQ(text(), "no runs in runs; facegan train makes one\n");
  EXPECT_EQ(text({"--json"}), "[]\n");
  fs::create_directories(folder_ / "runs/notes");
  EXPECT_EQ(text(), "no runs in runs; facegan train makes one\n") << "a folder of something else";
  write_text(folder_ / "file", "");
  EXPECT_EQ(facegan({"list", "runs", "--runs", "file"}).exit_code, 6);
}

TEST_F(ListRuns, SaysWhatARunIs) {
  train({"--epochs", "2"});
  train({"--epochs", "3", "--max-steps", "75"});
  train({"--epochs", "2"});
  fs::remove(folder_ / "runs/0003-dcgan/checkpoints/step_00000100.safetensors");
  const Snapshot before = snapshot(folder_.path());
  const auto all = runs();
  ASSERT_EQ(all.size(), 3u);
  const Json& first = all.at("0001-dcgan");
  EXPECT_EQ(first.at("number"), 1);
  EXPECT_EQ(first.at("path"), "runs/0001-dcgan");
  EXPECT_EQ(first.at("state"), "finished");
  EXPECT_EQ(first.at("preset"), "dcgan");
  EXPECT_EQ(first.at("dataset"), "faces");
  EXPECT_EQ(first.at("size"), 16);
  EXPECT_EQ(first.at("epochs"), 2);
  EXPECT_EQ(first.at("epochs_done"), 2.0);
  EXPECT_EQ(first.at("step"), 100);
  EXPECT_EQ(first.at("total_steps"), 100);
  const Json last = Json::parse(lines_of(read_text(folder_ / "runs/0001-dcgan/metrics.jsonl")).back());
  for (const char* key : {"d_loss", "g_loss", "d_accuracy", "elapsed_s"})
    EXPECT_EQ(first.at(key), last.at(key));
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "runs/0001-dcgan"))
    if (entry.is_regular_file()) bytes += entry.file_size();
  EXPECT_EQ(first.at("bytes"), bytes);
  for (const char* key : {"started", "last_written"})  // 2026-11-25T02:36:01+0000
    EXPECT_EQ(first.at(key).get<std::string>().size(), 24u) << first.at(key);
  EXPECT_TRUE(first.at("problem").is_null());

  EXPECT_EQ(all.at("0002-dcgan").at("state"), "finished") << "--max-steps";
  EXPECT_EQ(all.at("0002-dcgan").at("epochs_done"), 1.5);
  EXPECT_EQ(all.at("0003-dcgan").at("state"), "stopped");
  EXPECT_EQ(all.at("0003-dcgan").at("step"), 50);

  const auto lines = lines_of(text());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_TRUE(lines[0].starts_with("run         state     last written"));
  EXPECT_TRUE(lines[1].starts_with("0003-dcgan  stopped ")) << "newest first";
  EXPECT_NE(lines[2].find(" 1.5/3 "), std::string::npos) << lines[2];
  EXPECT_NE(lines[3].find("  dcgan   faces     2/2 "), std::string::npos) << lines[3];
  EXPECT_EQ(text({"--runs", folder_.path().string() + "/runs"}), text());
  EXPECT_TRUE(snapshot(folder_.path()) == before) << "files were changed";
  write_text(folder_ / "runs/0003-dcgan/run.json", "{\"state\": \"diverged\"}");
  EXPECT_EQ(runs().at("0003-dcgan").at("state"), "diverged");
  write_text(folder_ / "runs/0003-dcgan/run.json", "{\"state\": \"running\"}");
  EXPECT_EQ(runs().at("0003-dcgan").at("state"), "broken off");
  write_text(folder_ / "runs/0003-dcgan/run.json", "{\"state\": \"\\u001b[31m\"}");
  EXPECT_EQ(runs().at("0003-dcgan").at("state"), "stopped");
}

// The lock of a process that lives: this one.
TEST_F(ListRuns, ARunIsRunningWhileItsLockIsHeld) {
  train({"--epochs", "2"});
  const fs::path run = folder_ / "runs/0001-dcgan";
  write_text(run / ".lock", "process 1 on host here\n");
  EXPECT_EQ(runs().at("0001-dcgan").at("state"), "finished") << "a lock file that a killed process left";
  {
    const facegan::core::Fd lock(::open((run / ".lock").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
    const Json running = runs().at("0001-dcgan");
    EXPECT_EQ(running.at("state"), "running");
    EXPECT_EQ(running.at("holder"), "process 1 on host here");
    // It has just begun.
    fs::create_directories(folder_ / "runs/0002-dcgan");
    write_text(folder_ / "runs/0002-dcgan/.lock", "");
    const facegan::core::Fd other(::open((folder_ / "runs/0002-dcgan/.lock").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(runs().at("0002-dcgan").at("state"), "running");
  }
  EXPECT_EQ(runs().at("0001-dcgan").at("state"), "finished");
  EXPECT_EQ(runs().at("0002-dcgan").at("state"), "damaged");
}

TEST_F(ListRuns, WhatIsBrokenIsNamedAndTheRestIsListed) {
  train({"--epochs", "1"});
  const fs::path all = folder_ / "runs", good = all / "0001-dcgan";
  const auto broken = [&](const std::string& name) {
    fs::copy(good, all / name, fs::copy_options::recursive);
    return all / name;
  };
  fs::create_directories(all / "0002-empty");
  fs::remove(broken("0003-no-config") / "config.yaml");
  write_text(broken("0004-bad-config") / "config.yaml", "epochs: [\n");
  fs::remove_all(broken("0005-no-checkpoint") / "checkpoints");
  const fs::path torn = broken("0006-torn") / "checkpoints";
  for (const auto& entry : fs::directory_iterator(torn)) fs::resize_file(entry.path(), 100);
  fs::resize_file(broken("0007-one-torn") / "checkpoints/step_00000050.safetensors", 100);
  const fs::path odd = broken("0008-odd");
  for (const char* name : {"metrics.jsonl", "log.txt"}) {
    fs::remove(odd / name);
    ASSERT_EQ(::mkfifo((odd / name).c_str(), 0600), 0);
  }
  fs::remove(odd / "config.yaml");
  fs::create_directories(odd / "config.yaml");
  fs::create_directory_symlink(".", all / "0009-loop");
  write_text(broken("0010-a\nb") / "metrics.jsonl", "{\"step\":9,\"d_loss\":\"NaN\",\"g_loss\":1e308}\n");
  write_text(all / "not-a-folder", "");

  const auto found = runs();
  EXPECT_EQ(found.size(), 10u);
  const auto expect = [&](const std::string& name, const std::string& state, const std::string& problem) {
    const Json& run = found.at(name);
    EXPECT_EQ(run.at("state"), state) << name;
    const std::string says = run.at("problem").is_null() ? "" : run.at("problem").get<std::string>();
    EXPECT_NE(says.find(problem), std::string::npos) << name << ": " << says;
    EXPECT_EQ(problem.empty(), says.empty()) << name << ": " << says;
  };
  expect("0001-dcgan", "finished", "");
  expect("0002-empty", "damaged", "config.yaml: No such file");
  expect("0003-no-config", "damaged", "config.yaml: No such file");
  expect("0004-bad-config", "damaged", "config.yaml:");
  expect("0005-no-checkpoint", "damaged", "it has no checkpoint");
  expect("0006-torn", "damaged", "step_00000050.safetensors");
  expect("0007-one-torn", "stopped", "step_00000050.safetensors");
  expect("0008-odd", "damaged", "config.yaml: Is a directory");
  expect("0009-loop", "damaged", "config.yaml: No such file");
  expect("0010-a\nb", "finished", "");
  EXPECT_EQ(found.at("0010-a\nb").at("d_loss"), nullptr);

  const auto lines = lines_of(text());
  EXPECT_EQ(
      std::count_if(lines.begin(), lines.end(),
                    [](const std::string& line) { return line.find(" damaged ") != std::string::npos; }),
      7);
  EXPECT_NE(std::find(lines.begin(), lines.end(), "0005-no-checkpoint: it has no checkpoint"), lines.end());
}

TEST_F(ListRuns, FlagsGoWhereTheyBelong) {
  for (const Words& call : {Words{"list", "runs", "--markdown"}, Words{"list", "presets", "--runs", "x"},
                            Words{"list", "--json", "--markdown"}})
    EXPECT_EQ(facegan(call).exit_code, 2);
  const Json presets = Json::parse(facegan({"list", "presets", "--json"}).out);
  // Those that are recommended come first.
  EXPECT_EQ(presets.at(0).at("name"), "faces");
  EXPECT_EQ(presets.at(3).at("name"), "celeba-book");
  EXPECT_EQ(presets.at(3).at("details").at("kind"), "as published");
  EXPECT_TRUE(presets.at(0).at("details").contains("parameters"));
  const Json all = Json::parse(facegan({"list", "--json"}).out);
  EXPECT_EQ(all.at("presets"), presets);
  EXPECT_EQ(all.at("losses").size(), 6u);
}

}  // namespace
