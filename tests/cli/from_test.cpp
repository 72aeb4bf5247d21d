// The forms of RUN: numbers, names, paths, steps and files; and what is said where there is none.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/core/safetensors.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class From : public InFolder {
 protected:
  void SetUp() override {
    ASSERT_EQ(facegan(kTinyTrain + Words{"--epochs", "2"}).exit_code, 0);
    fs::create_directories(folder_ / "elsewhere");
    fs::copy(folder_ / "runs/0001-dcgan", folder_ / "elsewhere/mine", fs::copy_options::recursive);
  }
  // The checkpoint that is taken for it.
  std::string taken(const std::string& from) {
    const Outcome outcome = facegan({"sample", "--from", from, "--count", "1"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string says = "sample from ";
    const auto at = outcome.err.find(says);
    return at == std::string::npos
               ? ""
               : outcome.err.substr(at + says.size(), outcome.err.find('\n', at) - at - says.size());
  }
  void expect_refused(const std::string& from, const std::string& says) {
    const Outcome outcome = facegan({"sample", "--from", from});
    EXPECT_EQ(outcome.exit_code, 4) << from;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "facegan: error: " + says + "\n") << from;
  }
};

TEST_F(From, TakesEveryForm) {
  const std::string newest = "checkpoints/step_00000100.safetensors",
                    older = "checkpoints/step_00000050.safetensors";
  const std::string run = "runs/0001-dcgan/", other = "elsewhere/mine/";
  const std::string here = folder_.path().string() + "/";
  for (const auto& [from, file] : std::vector<std::pair<std::string, std::string>>{
           {"1", run + newest},
           {"0001", run + newest},
           {"0001-dcgan", run + newest},
           {"runs/0001-dcgan", run + newest},
           {"./runs/0001-dcgan", "./" + run + newest},
           {"runs/0001-dcgan/", run + newest},
           {run + older, run + older},
           {here + run + older, here + run + older},
           {"elsewhere/mine", other + newest},
           {here + "elsewhere/mine", here + other + newest},
           {"1@50", run + older},
           {"0001-dcgan@50", run + older},
           {"@50", run + older},
           {"elsewhere/mine@0", other + "checkpoints/step_00000000.safetensors"}})
    EXPECT_EQ(taken(from), file) << from;
  fs::rename(folder_ / "elsewhere/mine", folder_ / "elsewhere/mine@7");
  EXPECT_EQ(taken("elsewhere/mine@7"), "elsewhere/mine@7/" + newest) << "a folder of that name";
}

TEST_F(From, ANewRunBeginsWithItsWeights) {
  const Words begin = kTinyTrain + Words{"--max-steps", "3", "--seed", "9"};
  const Outcome outcome = facegan(begin + Words{"--init-from", "1@50", "--out", "begun"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string file = (folder_ / "runs/0001-dcgan/checkpoints/step_00000050.safetensors").string();
  const std::string hash = facegan::core::read_safetensors(file).metadata.at(facegan::core::kChecksumKey);
  const std::string says = "begun from " + file + " (step 50, checksum " + hash + "): ";
  EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
  EXPECT_NE(read_text(folder_ / "begun/log.txt").find(says), std::string::npos);
  const std::string config = read_text(folder_ / "begun/config.yaml");
  EXPECT_NE(config.find("init_from: " + file + "\n"), std::string::npos) << config;
  EXPECT_NE(config.find("init_from_hash: " + hash), std::string::npos) << config;
  EXPECT_NE(
      read_text(folder_ / "begun/report.html").find("<dt>Begun from</dt><dd>" + file + ", checksum " + hash),
      std::string::npos);
  fs::create_directories(folder_ / "listed");
  fs::rename(folder_ / "begun", folder_ / "listed/begun");
  EXPECT_EQ(nlohmann::json::parse(made({"list", "runs", "--runs", "listed", "--json"}))[0]["init_from"],
            file);
  EXPECT_TRUE(nlohmann::json::parse(made({"list", "runs", "--json"}))[0]["init_from"].is_null());
  // Its settings repeat it; with another checkpoint in that place they do not.
  made({"train", "--config", "listed/begun/config.yaml", "--out", "again"});
  const std::string last = "checkpoints/step_00000003.safetensors";
  EXPECT_TRUE(checkpoint_contents(folder_ / "again" / last) ==
              checkpoint_contents(folder_ / "listed/begun" / last));
  fs::copy_file(folder_ / "again" / last, file, fs::copy_options::overwrite_existing);
  const Outcome other = facegan({"train", "--config", "listed/begun/config.yaml", "--out", "other"});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_NE(other.err.find("is another checkpoint: its checksum is "), std::string::npos) << other.err;
  // A flag names another one, whatever its checksum; a resume reads none.
  made({"train", "--config", "listed/begun/config.yaml", "--init-from", file, "--out", "third"});
  fs::remove_all(folder_ / "runs");
  made({"train", "--resume", "again", "--max-steps", "5"});
}

TEST_F(From, NamesTheNearestOrWhatThereIs) {
  expect_refused("0001-dcgam", "no run '0001-dcgam' in ./runs or as a path, did you mean '0001-dcgan'?");
  expect_refused("runs/0001-dcgam",
                 "no run 'runs/0001-dcgam' in ./runs or as a path, did you mean 'runs/0001-dcgan'?");
  expect_refused("elsewhere/mina",
                 "no run 'elsewhere/mina' in ./runs or as a path, did you mean 'elsewhere/mine'?");
  expect_refused(
      "runs/0001-dcgan/checkpoints/step_00000051.safetensors",
      "no run 'runs/0001-dcgan/checkpoints/step_00000051.safetensors' in ./runs or as a path, did you "
      "mean 'runs/0001-dcgan/checkpoints/step_00000050.safetensors'?");
  expect_refused("7", "no run '7' in ./runs or as a path; there is 0001-dcgan");
  expect_refused("1@70", "runs/0001-dcgan has no checkpoint of step 70; there are 100, 50, 0");
  expect_refused("8@50", "no run '8' in ./runs or as a path; there is 0001-dcgan");
  for (int i = 2; i <= 12; ++i) {
    const std::string number = i < 10 ? "000" + std::to_string(i) : "00" + std::to_string(i);
    fs::create_directories(folder_ / "runs" / (number + "-mnist"));
  }
  expect_refused(
      "77",
      "no run '77' in ./runs or as a path; there are 0012-mnist, 0011-mnist, 0010-mnist, 0009-mnist, "
      "0008-mnist, 0007-mnist, 0006-mnist, 0005-mnist and 4 more");
  EXPECT_EQ(taken(""), "runs/0001-dcgan/checkpoints/step_00000100.safetensors")
      << "the newest that can be loaded";
  fs::create_directories(folder_ / "runs/0001-copy");
  expect_refused("1", "2 runs have the number 1: name 0001-copy or 0001-dcgan");
  fs::remove_all(folder_ / "runs");
  expect_refused("1", "no run '1' in ./runs or as a path; there are no runs in ./runs");
}

}  // namespace
