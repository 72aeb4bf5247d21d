// Weights of others as a run. What PyTorch itself writes is looked at by tests/tools/import_test.py.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/core/safetensors.h"
#include "in_folder.h"
#include "unit/pickle_bytes.h"

namespace {

namespace fs = std::filesystem;
namespace core = facegan::core;

const Words kTiny = {"--preset", "dcgan", "--size", "16", "--width", "8", "--z", "16"};

class Import : public InFolder {
 protected:
  void SetUp() override {
    made(kTinyTrain + Words{"--max-steps", "3", "--out", "trained"});
    checkpoint_ = core::read_safetensors(folder_ / "trained/checkpoints/step_00000003.safetensors");
    write_safetensors("netG.safetensors", {{"g.", "main."}});
    write_safetensors("netD.safetensors", {{"d.", "main."}});
    write_pth("netG.pth", {{"g.", "main."}});
    write_pth("netD.pth", {{"d.", "main."}});
  }

  // Networks of the run under other names: "g." -> "module.main.".
  using Names = std::vector<std::pair<std::string, std::string>>;
  void write_safetensors(const std::string& file, const Names& names) const {
    std::vector<core::TensorBytes> tensors;
    const std::int64_t batches = 5;
    for (const auto& [from, to] : names)
      for (const auto& tensor : checkpoint_.tensors) {
        if (!tensor.name.starts_with(from)) continue;
        tensors.push_back(
            {to + tensor.name.substr(from.size()), "F32", tensor.shape, checkpoint_.bytes_of(tensor)});
        if (const auto end = tensor.name.rfind("running_mean"); end != std::string::npos)
          tensors.push_back({to + tensor.name.substr(from.size(), end - from.size()) + "num_batches_tracked",
                             "I64",
                             {},
                             &batches});
      }
    write_text(folder_ / file, core::safetensors_bytes(tensors, {}));
  }
  void write_pth(const std::string& file, const Names& names) const {
    using namespace pickle_bytes;
    std::vector<std::string> items;
    std::vector<archive_bytes::ZipEntry> storages;
    for (const auto& [from, to] : names)
      for (const auto& info : checkpoint_.tensors) {
        if (!info.name.starts_with(from)) continue;
        const std::string key = std::to_string(storages.size());
        std::vector<std::uint64_t> shape(info.shape.begin(), info.shape.end()), strides(shape.size(), 1);
        for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
        items.push_back(text(to + info.name.substr(from.size())));
        items.push_back(tensor(storage(key, info.bytes() / 4), shape, strides));
        storages.push_back({"data/" + key, {checkpoint_.bytes_of(info), info.bytes()}});
      }
    write_text(folder_ / file, pth(pickle(with(ordered_dict(), items)), storages));
  }

  // Whether the run has this network of the trained one.
  void expect_network(const std::string& run, const std::string& prefix, bool same = true) const {
    const auto imported = core::read_safetensors(folder_ / run / "checkpoints/step_00000000.safetensors");
    std::size_t tensors = 0, equal = 0;
    for (const auto& tensor : checkpoint_.tensors) {
      if (!tensor.name.starts_with(prefix)) continue;
      const auto* there = imported.find(tensor.name);
      ASSERT_TRUE(there) << tensor.name;
      ++tensors;
      equal += std::string_view(imported.bytes_of(*there), there->bytes()) ==
               std::string_view(checkpoint_.bytes_of(tensor), tensor.bytes());
    }
    EXPECT_GT(tensors, 3U);
    EXPECT_EQ(equal == tensors, same) << run << " " << prefix;
  }
  Outcome refused(const Words& arguments, int code, const std::string& why) {
    const Snapshot before = snapshot(folder_.path());
    const Outcome outcome = facegan(arguments);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
    EXPECT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
    EXPECT_TRUE(snapshot(folder_.path()) == before) << "something was written";
    return outcome;
  }

  core::SafetensorsFile checkpoint_;
};

TEST_F(Import, MakesARunOfTwoFilesInAnyOrder) {
  const Outcome outcome = facegan(Words{"import", "netD.pth", "netG.safetensors"} + kTiny);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "runs/0001-dcgan\n");
  EXPECT_NE(outcome.err.find("generator: 11 tensors 'main.' of netG.safetensors"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("discriminator: 7 tensors 'main.' of netD.pth"), std::string::npos)
      << outcome.err;
  expect_network("runs/0001-dcgan", "g.");
  expect_network("runs/0001-dcgan", "d.");
  EXPECT_EQ(snapshot(folder_ / "runs/0001-dcgan").size(), 4U);  // config.yaml, run.json, checkpoints/ and one
}

// Its recipe names pictures that these weights have never seen.
TEST_F(Import, ListAndReportSayWhatItIsOf) {
  made(Words{"import", "netD.pth", "netG.safetensors"} + kTiny);
  const std::string row = lines_of(made({"list", "runs"})).at(1);
  EXPECT_NE(row.find("  imported  "), std::string::npos) << row;
  EXPECT_NE(row.find("  dcgan   netD.pth, netG.safetensors  "), std::string::npos) << row;
  const auto run = nlohmann::json::parse(made({"list", "runs", "--json"})).at(0);
  EXPECT_EQ(run.at("imported_from"), "netD.pth, netG.safetensors");
  EXPECT_TRUE(run.at("dataset").is_null() && run.at("data").is_null()) << run;
  made({"report", "1"});
  const std::string page = read_text(folder_ / "runs/0001-dcgan/report.html");
  EXPECT_NE(page.find("imported from netD.pth, netG.safetensors: facegan has not trained it"),
            std::string::npos);
  EXPECT_NE(page.find("imported, with the networks of dcgan, 16×16 colour<"), std::string::npos);
  EXPECT_EQ(page.find("No numbers yet"), std::string::npos);
  // As an earlier version imported it, and as a stranger may say it.
  write_text(folder_ / "runs/0001-dcgan/run.json", R"({"state": "imported"})");
  EXPECT_NE(made({"list", "runs"}).find("  dcgan   not known  "), std::string::npos);
  write_text(folder_ / "runs/0001-dcgan/run.json",
             R"({"state": "imported", "imported_from": "<script>\u001b[31m"})");
  EXPECT_NE(made({"list", "runs"}).find("<script>\\x1b[31m"), std::string::npos);
  made({"report", "1"});
  EXPECT_NE(read_text(folder_ / "runs/0001-dcgan/report.html").find("from &lt;script&gt;\\x1b[31m"),
            std::string::npos);
}

TEST_F(Import, EveryCommandThatTakesARunTakesIt) {
  made(Words{"import", "netG.pth", "netD.pth", "--out", "in"} + kTiny);
  for (const char* run : {"trained", "in"})
    made({"sample", "--from", run, "--seed", "7", "--each", "--out", std::string("of-") + run});
  EXPECT_TRUE(picture("of-in/seed_7_0000.png").pixels == picture("of-trained/seed_7_0000.png").pixels);
  made({"interpolate", "--from", "in", "--frames", "3", "--out", "walk.gif"});
  made({"explore", "in", "--no-open"});
  made({"export", "in", "--to", "onnx,safetensors", "--out", "hub/"});
  made({"score", "--from", "in", "--sets", "--count", "8", "--dataset", "faces"});
  made({"evaluate", "--from", "in", "--count", "64", "--limit", "64", "--metrics", "swd", "--dataset",
        "faces"});
  made({"sample", "--from", "in", "--count", "1", "--nearest", "1", "--dataset", "faces", "--out",
        "near.png"});
  // What it has learned from is not known.
  for (const Words& call : {Words{"score", "--from", "in", "--sets"}, Words{"evaluate", "--from", "in"},
                            Words{"sample", "--from", "in", "--count", "1", "--nearest"}}) {
    const Outcome outcome = facegan(call);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_NE(outcome.err.find("this model was imported"), std::string::npos) << outcome.err;
  }
  const std::string card = read_text(folder_ / "hub/README.md");
  EXPECT_NE(card.find("imported by facegan"), std::string::npos) << card;
  EXPECT_EQ(card.find("training pictures |"), std::string::npos) << card;
  made({"summary", "--from", "in"});
  made({"report", "in"});
}

TEST_F(Import, TakesOneFileThatHoldsBoth) {
  write_pth("both.pth", {{"g.", "netG.main."}, {"d.", "netD.module.main."}});
  write_safetensors("bare.safetensors", {{"g.", ""}});
  made(Words{"import", "both.pth", "--out", "a"} + kTiny);
  made(Words{"import", "trained/checkpoints/step_00000003.safetensors", "--out", "b"} + kTiny);
  made(Words{"export", "trained", "--to", "safetensors", "--out", "g.safetensors"});
  made(Words{"export", "trained", "--to", "safetensors", "--network", "d", "--out", "d.safetensors"});
  made(Words{"import", "g.safetensors", "d.safetensors", "--out", "c"} + kTiny);
  for (const char* run : {"a", "b", "c"}) expect_network(run, "g."), expect_network(run, "d.");
}

TEST_F(Import, AMissingNetworkGetsItsFirstWeightsAndThatIsSaid) {
  for (const auto& [file, has, lacks, name] :
       {std::tuple{"netG.pth", "g.", "d.", "discriminator"}, {"netD.pth", "d.", "g.", "generator"}}) {
    const Outcome outcome = facegan(Words{"import", file, "--out", name} + kTiny);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find(std::string("warning: no ") + name), std::string::npos) << outcome.err;
    expect_network(name, has);
    expect_network(name, lacks, /*same=*/false);
  }
  made({"sample", "--from", "generator", "--count", "1"});
}

TEST_F(Import, APresetWithAMeanGeneratorHasOne) {
  write_text(folder_ / "mean.yaml", "preset: dcgan\nsize: 16\nwidth: 8\nz: 16\nema: 1000\n");
  made({"import", "netG.pth", "--config", "mean.yaml", "--out", "alone"});
  write_safetensors("two.safetensors", {{"g.", "netG."}, {"g.", "netG_ema."}});
  made({"import", "two.safetensors", "--config", "mean.yaml", "--out", "two"});
  for (const char* run : {"alone", "two"}) {
    const auto file = core::read_safetensors(folder_ / run / "checkpoints/step_00000000.safetensors");
    ASSERT_TRUE(file.find("mean.g.0.weight"));
    EXPECT_EQ(std::string(file.bytes_of(*file.find("mean.g.0.weight")), 64),
              std::string(file.bytes_of(*file.find("g.0.weight")), 64));
    made({"sample", "--from", run, "--count", "1"});
  }
  const Outcome outcome = facegan(Words{"import", "two.safetensors"} + kTiny);
  EXPECT_NE(
      outcome.err.find("not taken: 'netG_ema.' of two.safetensors (a mean generator, which this recipe has "
                       "not: 'ema: 10000' in the file of --config keeps it)"),
      std::string::npos)
      << outcome.err;
}

TEST_F(Import, AConditionHasRowsOfItsOwn) {
  const Words told = Words{"--max-steps", "1", "--condition", "Smiling,Eyeglasses", "--out", "told"};
  made(kTinyTrain + told);
  made(Words{"import", "told/checkpoints/step_00000001.safetensors", "--condition", "Smiling,Eyeglasses",
             "--out", "in"} +
       kTiny);
  made({"sample", "--from", "in", "--with", "Smiling=1", "--count", "1"});
}

TEST_F(Import, SaysWhichConditionTheWeightsHave) {
  const Words told = Words{"--max-steps", "1", "--condition", "Smiling,Eyeglasses", "--out", "told"};
  made(kTinyTrain + told);
  write_safetensors("d.safetensors", {{"d.", ""}});
  for (const char* file : {"netG.pth", "d.safetensors"})
    refused(
        Words{"import", file, "--condition", "Smiling,Male"} + kTiny, 2,
        " does not fit preset dcgan with --condition Smiling,Male; its network is told no condition: take "
        "--condition none");
  const Words file = {"import", "told/checkpoints/step_00000001.safetensors"};
  for (const Words& one : {Words{"--condition", "Smiling"}, Words{}})
    refused(file + kTiny + one, 2,
            (one.empty() ? " without a condition" : " with --condition Smiling") +
                std::string("; its network is told 2 attributes or classes: name them by --condition"));
}

TEST_F(Import, SaysWhatDoesNotFitAndWhatWould) {
  const auto with = [](const Words& words, const char* flag, const char* value) {
    Words changed = words;
    *(std::find(changed.begin(), changed.end(), flag) + 1) = value;
    return changed;
  };
  refused(Words{"import", "netG.pth"} + with(kTiny, "--width", "16"), 2,
          "generator 0.weight is 16x16x4x4 in the file and 16x32x4x4 here");
  refused(Words{"import", "netG.pth"} + with(kTiny, "--width", "16"), 2, "; --width 8?");
  refused(Words{"import", "netG.pth"} + with(kTiny, "--z", "100"), 2, "; --z 16?");
  refused(Words{"import", "netG.pth"} + with(kTiny, "--size", "64"), 2, "; --size 16?");
  refused(Words{"import", "netD.pth"} + with(kTiny, "--width", "10"), 2, "; --width 8?");
  refused(Words{"import", "netG.pth"} + kTiny + Words{"--channels", "1"}, 2, "; --channels 3?");
  refused({"import", "netG.pth", "--preset", "mnist"}, 2, "does not fit preset mnist");
  made({"train", "--preset", "mnist", "--dataset", "faces", "--faces-count", "8", "--batch", "4",
        "--max-steps", "1", "--device", "cpu", "--out", "digits"});
  refused({"import", "digits/checkpoints/step_00000001.safetensors", "--preset", "dcgan"}, 2,
          "; --preset mnist?");
  made(Words{"export", "trained", "--to", "safetensors", "--fold-batch-norm", "--out", "folded.safetensors"});
  refused(Words{"import", "folded.safetensors"} + kTiny, 2,
          "generator 1.bias is not in the file");  // not "discriminator ..."
  write_safetensors("other.safetensors", {{"adam.g.steps", "conv1.weight"}});
  refused(Words{"import", "other.safetensors"} + kTiny, 2, "names have to be PREFIX.N.weight");
  refused(Words{"import", "netG.pth", "netG.safetensors"} + kTiny, 2, "both fit the generator");
  // What is there but does not fit is not replaced by a new network.
  write_safetensors("wrong.safetensors", {{"g.", "netG."}, {"d.0.", "netD.0."}});
  refused(Words{"import", "wrong.safetensors"} + kTiny, 2, "discriminator 2.weight is not in the file");
  refused(Words{"import", "netG.pth", "wrong.safetensors"} + kTiny, 2, "both fit the generator");
}

TEST_F(Import, RefusesWrongCallsAndDamagedFiles) {
  refused({"import"}, 2, "import needs one or two files of weights");
  refused({"import", "a", "b", "c", "--preset", "dcgan"}, 2, "import needs one or two files");
  refused({"import", "netG.pth"}, 2, "import needs --preset NAME");
  refused({"import", "netG.pth", "--preset", "dcgam"}, 2, "did you mean 'dcgan'?");
  refused(Words{"import", "none.pth"} + kTiny, 4, "none.pth");
  refused(Words{"import", "trained"} + kTiny, 4, "trained");
  refused(Words{"import", "netG.pth", "--out", "trained"} + kTiny, 2, "--out trained is there and not empty");
  refused(Words{"import", "trained/config.yaml"} + kTiny, 4, "neither a safetensors nor a .pth file");
  const std::string pth = read_text(folder_ / "netG.pth"), safe = read_text(folder_ / "netG.safetensors");
  write_text(folder_ / "short.pth", pth.substr(0, pth.size() / 2));
  refused(Words{"import", "short.pth"} + kTiny, 4, "damaged or incomplete");
  write_text(folder_ / "short.safetensors", safe.substr(0, safe.size() / 2));
  refused(Words{"import", "short.safetensors"} + kTiny, 4, "short.safetensors");
  using namespace pickle_bytes;
  write_text(folder_ / "evil.pth",
             pickle_bytes::pth(pickle(global("os", "system") + tuple({text("touch owned")}) + "R"), {}));
  refused(Words{"import", "evil.pth"} + kTiny, 4, "it holds os.system, which is no tensor");
  checkpoint_.data.replace(checkpoint_.find("g.0.weight")->begin, 4, std::string("\0\0\x80\x7f", 4));
  write_pth("infinite.pth", {{"g.", "main."}});
  refused(Words{"import", "infinite.pth"} + kTiny, 4,
          "tensor 'main.0.weight' has numbers that are not finite");
}

TEST_F(Import, TrainingGoesOnFromItAndResumeSaysHow) {
  made(Words{"import", "netG.pth", "netD.pth"} + kTiny);
  const Outcome outcome = facegan({"train", "--resume", "1"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("was imported: there is no training in it to resume; begin one from its weights "
                             "with train --init-from RUN"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(facegan({"train", "--resume", "1", "--verify"}).exit_code, 2);
  const Outcome trained = facegan(kTinyTrain + Words{"--init-from", "1", "--max-steps", "2", "--out", "on"});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  expect_network("on", "g."), expect_network("on", "d.");  // its step 0
  made({"train", "--resume", "on", "--max-steps", "3"});
}

// The recipe of the data set has other networks.
TEST_F(Import, TrainingFromItWithoutItsPresetSaysTheFlags) {
  made(Words{"import", "netG.pth", "netD.pth", "--out", "in"} + kTiny);
  const Words begin = {"train", "--dataset", "faces", "--faces-count", "8", "--init-from", "in"};
  const Outcome outcome = facegan(begin);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("in/checkpoints/step_00000000.safetensors: no weights of it fit preset faces, "
                             "which faces gets where none is named; add --preset dcgan --size 16 --z 16 "
                             "--width 8\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  made(begin + kTiny + Words{"--batch", "4", "--max-steps", "1", "--out", "on"});
}

}  // namespace
