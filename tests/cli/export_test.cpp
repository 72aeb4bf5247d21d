// export and explore: files for other programs; what is in them is looked at by tests/tools.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/core/safetensors.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Export : public InFolder {
 protected:
  void SetUp() override { made(kTinyTrain + Words{"--max-steps", "3"}); }
  void expect_refused(const Words& arguments, int code, const std::string& why) {
    const Outcome outcome = facegan(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
  }
};

TEST_F(Export, WritesAFileOfTheRunsNameIntoThisFolder) {
  EXPECT_EQ(made({"export", "--to", "safetensors"}), "0001-dcgan.safetensors\n");
  EXPECT_EQ(made({"export", "1", "--to", "onnx", "--network", "d"}), "0001-dcgan-d.onnx\n");
  EXPECT_EQ(made({"export", "--from", "1", "--to", "html", "--out", "x/page.html"}), "x/page.html\n");
  const auto file = facegan::core::read_safetensors(folder_ / "0001-dcgan.safetensors");
  EXPECT_EQ(file.metadata.at("facegan.network"), "generator");
  EXPECT_EQ(file.metadata.at("facegan.step"), "3");
  const std::string page = read_text(folder_ / "x/page.html");
  EXPECT_NE(page.find("\"checkpoint_hash\":\"" + file.metadata.at("facegan.checkpoint-hash")),
            std::string::npos);
}

TEST_F(Export, AFolderIsReadyForAModelHub) {
  made({"export", "--to", "safetensors,html,torchscript", "--out", "hub"});
  std::vector<std::string> names;
  for (const auto& [name, bytes] : snapshot(folder_ / "hub")) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"README.md", "explore.html", "facegan.py", "model.pt",
                                             "model.safetensors", "sample.png"}));
  const std::string card = read_text(folder_ / "hub/README.md");
  EXPECT_NE(card.find("TO BE FILLED IN"), std::string::npos);
  EXPECT_NE(card.find("| preset | dcgan |"), std::string::npos) << card;
  EXPECT_EQ(picture("hub/sample.png").channels, 3);
  // What is said of it makes it again, byte for byte.
  Words again = nlohmann::json::parse(made({"explain", "hub/sample.png", "--json"})).at("arguments");
  again.erase(again.begin());  // "facegan"
  made(again + Words{"--out", "again.png"});
  EXPECT_TRUE(read_text(folder_ / "again.png") == read_text(folder_ / "hub/sample.png"));
}

// As every command does that makes a file: what is there is of an earlier call.
TEST_F(Export, AFileThatIsThereIsReplaced) {
  write_text(folder_ / "a.onnx", "of before");
  made({"export", "1", "--to", "onnx", "--out", "a.onnx"});
  made({"sample", "--from", "1", "--count", "1", "--out", "a.png"});
  const std::string onnx = read_text(folder_ / "a.onnx"), picture = read_text(folder_ / "a.png");
  EXPECT_GT(onnx.size(), 1000U);
  made({"sample", "--from", "1", "--seed", "2", "--count", "1", "--out", "a.png"});
  made({"export", "1", "--to", "onnx", "--network", "d", "--out", "a.onnx"});
  EXPECT_TRUE(read_text(folder_ / "a.onnx") != onnx && read_text(folder_ / "a.png") != picture);
}

TEST_F(Export, SaysWhatItCannotDo) {
  expect_refused({"export"}, 2, "export needs --to");
  expect_refused({"export", "--to", "pickle"}, 2, "--to is html, safetensors, torchscript or onnx");
  expect_refused({"export", "--to", "onnx,html"}, 2, "several files need a folder: --out FOLDER/");
  expect_refused({"export", "--to", "onnx", "--out", "a.pt"}, 2, "a file of --to onnx ends in .onnx");
  expect_refused({"export", "--to", "torchscript", "--out", "a.pth"}, 2,
                 "a file of --to torchscript ends in .pt; a folder ends in /");
  expect_refused({"explore", "--out", "a.png"}, 2, "must end in .html, or be a folder");
  expect_refused({"explore", "--weights", "mean"}, 2, "its run had no --ema");
  expect_refused({"export", "--to", "html", "--network", "d"}, 2, "--to html is for the generator");
  expect_refused({"export", "--to", "onnx", "--network", "x"}, 2, "--network is g, the generator, or d");
  expect_refused({"export", "--to", "onnx", "--network", "d", "--weights", "raw"}, 2, "no mean of weights");
  expect_refused({"export", "--to", "onnx", "--weights", "mean"}, 2, "its run had no --ema");
  expect_refused({"export", "1", "--from", "1", "--to", "onnx"}, 2, "RUN and --from say the same: give one");
  expect_refused({"export", "1", "--checkpoint-hash", "0123456789abcdef", "--to", "onnx"}, 4,
                 "has the checksum");
  EXPECT_EQ(snapshot(folder_.path()).count("0001-dcgan.onnx"), 0U);
}

TEST_F(Export, ExploreWritesThePageIntoTheRunAndTheReportLinksToIt) {
  EXPECT_EQ(made({"explore", "1", "--no-open"}), "runs/0001-dcgan/explore.html\n");
  made({"report", "1"});
  EXPECT_NE(read_text(folder_ / "runs/0001-dcgan/report.html").find("<a href=\"explore.html\">"),
            std::string::npos);
  EXPECT_TRUE(read_text(folder_ / "runs/0001-dcgan/explore.html") ==
              (made({"export", "1", "--to", "html", "--out", "a.html"}), read_text(folder_ / "a.html")));
}

// What a person has written stays.
TEST_F(Export, AReadmeThatIsThereStays) {
  write_text(folder_ / "hub/README.md", "mine");
  const Outcome outcome = facegan({"export", "1", "--to", "onnx", "--out", "hub"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("hub/README.md was there before and stays as it is"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(read_text(folder_ / "hub/README.md"), "mine");
  EXPECT_EQ(made({"export", "1", "--to", "onnx", "--out", "."}), "0001-dcgan.onnx\n");
  EXPECT_FALSE(fs::exists(folder_ / "README.md"));
}

// No link is followed, and no name of a stranger's folder is taken as it is.
TEST_F(Export, AFolderOfOthersIsNotFollowed) {
  write_text(folder_ / "victim", "precious");
  fs::create_directory(folder_ / "hub");
  fs::create_symlink(folder_ / "victim", folder_ / "hub/model.onnx");
  const Outcome outcome = facegan({"export", "1", "--to", "onnx", "--out", "hub"});
  EXPECT_EQ(read_text(folder_ / "victim"), "precious") << outcome.err;
  fs::copy(folder_ / "runs/0001-dcgan", folder_ / "-rf\033", fs::copy_options::recursive);
  EXPECT_EQ(made({"export", "./-rf\033", "--to", "onnx"}), "model.onnx\n");
}

// Of a checkpoint that lies anywhere.
TEST_F(Export, TakesACheckpointFile) {
  fs::copy_file(folder_ / "runs/0001-dcgan/checkpoints/step_00000003.safetensors",
                folder_ / "mine.safetensors");
  EXPECT_EQ(made({"explore", "mine.safetensors", "--no-open"}), "mine.html\n");
  EXPECT_EQ(made({"explore", "mine.safetensors", "--no-open", "--out", "pages/"}), "pages/explore.html\n");
  EXPECT_EQ(made({"export", "mine.safetensors", "--to", "torchscript"}), "mine.pt\n");
}

}  // namespace
