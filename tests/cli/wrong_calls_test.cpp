// Wrong calls: each one ends with one line that says what, where and what to do, with the exit code of its
// kind, and leaves every file as it was.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "facegan/core/safetensors.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;

struct Wrong {
  Words arguments;
  int exit_code;
  std::string says;  // part of the line
  Words environment = {};
};

class WrongCalls : public ::testing::Test {
 protected:
  void trained(const Words& more) {
    const Outcome outcome = run({kTinyTrain + Words{"--max-steps", "3"} + more, folder_.path()});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  void expect_refused(const std::vector<Wrong>& calls) {
    const Snapshot before = snapshot(folder_.path());
    for (const Wrong& wrong : calls) {
      std::string call = "facegan";
      for (const std::string& word : wrong.arguments) call += " " + word;
      SCOPED_TRACE(call);
      const Outcome outcome = run({wrong.arguments, folder_.path(), wrong.environment});
      EXPECT_EQ(outcome.exit_code, wrong.exit_code);
      EXPECT_EQ(outcome.out, "");
      EXPECT_TRUE(outcome.err.starts_with("facegan: error: ")) << outcome.err;
      EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
      EXPECT_NE(outcome.err.find(wrong.says), std::string::npos)
          << outcome.err << "does not say: " << wrong.says;
      EXPECT_TRUE(snapshot(folder_.path()) == before) << "files were changed";
    }
  }

  TemporaryFolder folder_;
};

TEST_F(WrongCalls, CommandsAndFlags) {
  expect_refused({
      {{"trian"}, 2, "unknown command 'trian', did you mean 'train'?"},
      {{"data"}, 2, "'data' needs one of: check"},
      {{"train", "now"}, 2, "'train' takes no argument 'now'"},
      {{"train", "--epcohs", "3"}, 2, "unknown option '--epcohs' of 'train', did you mean '--epochs'?"},
      {{"--epochs", "3", "train"}, 2, "'--epochs' goes after the command: facegan train --epochs"},
      {{"train", "--epochs", "--batch", "3"}, 2, "--epochs needs a value (N|auto), but '--batch' follows"},
      {{"tune", "--out", "folder"}, 2, "--out folder of tune is a file that ends in .yaml"},
      {{"tune", "--budget", "10s"}, 2, "--budget is a time of 40s or more"},
      {{"tune", "--try", "batsh=8"}, 2, "--try is KEY=VALUE|VALUE... with an option of train, not 'batsh=8'"},
      {{"tune", "--try", "batch=0"}, 2, "batch is a whole number from 1"},
      {{"train", "--preset", "dcgan", "--stop-when-worse", "3"},
       2,
       "--stop-when-worse does nothing without evaluations: add --evaluate-every 1"},
      {{"train", "--preset", "dcgan", "--augment-p", "0.3"},
       2,
       "--augment-p does nothing without augmentation: add --augment translation,color"},
      {{"train", "--preset", "dcgan", "--penalty-every", "8"},
       2,
       "--penalty-every does nothing without a penalty: add --r1, --r2 or --gp"},
      {{"tune", "--preset", "dcgan", "--penalty-end", "0.1"},
       2,
       "--penalty-end does nothing without a penalty"},
      {{"train", "--preset", "dcgan", "--lr-decay", "0.5"},
       2,
       "--lr-decay does nothing without a schedule of the rates: add --lr-schedule cosine"},
      {{"train", "--preset", "dcgan", "--lr-end", "0.5", "--lr-schedule", "constant"},
       2,
       "--lr-end does nothing without a schedule"},
      {{"train", "--preset", "dcgan", "--loss", "relativistic", "--augment", "color", "--hold-out", "auto",
        "--faces-count", "9", "--batch", "8", "--size", "16", "--width", "8"},
       2,
       "augment_p auto needs pictures that do not train, and none was held out: take a larger --hold-out"},
      {{"train", "--evaluate", "ms_ssim"}, 2, "evaluate is a list of swd, ndb"},
      {{"train", "--hold-out", "many"}, 2, "hold_out is a number of pictures, a share (5%)"},
      {{"train", "--dry-run=3"}, 2, "--dry-run takes no value"},
      {{"--quiet", "train", "--verbose"}, 2, "--quiet and --verbose exclude each other"},
      {{"list", "preset"}, 2, "there is no list of 'preset', did you mean 'presets'?"},
      {{"tra\nin"}, 2, "unknown command 'tra\\x0ain'"},
      {{"\xff\xfe"}, 2, "unknown command '"},
  });
}

TEST_F(WrongCalls, Values) {
  const std::string whole_batch = "flag --batch: batch is a whole number from 1 to 65536, not ";
  expect_refused({
      {{"train", "--batch", "0"}, 2, whole_batch + "'0'"},
      {{"train", "--batch", "1e3"}, 2, whole_batch + "'1e3'"},
      {{"train", "--batch", "3", "--batch", "x"}, 2, whole_batch + "'x'"},
      {{"train", "--preset", "mnist", "--dataset", "faces", "--batch", "1"},
       2,
       "batch 1 is too small for the batch_norm at "},
      {{"train", "--epochs", "1.5"}, 2, "epochs is a whole number from 1 to 1000000, or auto, not '1.5'"},
      {{"train", "--lr", "nan"}, 2, "lr is a number from 0 to 1000000, not 'nan'"},
      {{"train", "--threads", "-1"}, 2, "threads is a whole number from 0 to 1024, not '-1'"},
      {{"train", "--size", "65"}, 2, "(with flag --size 65); the sizes 64 and 80 would do"},
      {{"config", "--size", "50"}, 2, "(with flag --size 50); the sizes 48 and 56 would do"},
      {{"train", "--channels", "2"}, 2, "channels is 1 (grey) or 3 (colour), not '2'"},
      {{"train", "--preset", "dcgam"}, 2, "unknown preset 'dcgam', did you mean 'dcgan'?"},
      {{"train", "--dataset", "a\nb"},
       2,
       "dataset is one of faces, celeba, lfw, mnist, folder, not 'a\\x0ab'"},
      {{"train", "--device", "tpu"}, 2, "device is auto, cpu, cuda or cuda:N, not 'tpu'"},
      {{"train", "--device", "cuda:63"}, 2, "no device 'cuda:63'"},
      {{"train", "--device", "cpu", "--precision", "tf32"},
       2,
       "precision 'tf32' is for GPUs; on the CPU use fp32 or bf16"},
      {{"train", "--grid", "8"}, 2, "grid is ROWSxCOLUMNS with 1 to 64 each, such as 8x8, not '8'"},
      {{"train", "--grid", "64x64", "--size", "1024"}, 2, "lower --grid, --grid-scale or --size"},
      {{"train"}, 2, "environment FACEGAN_BATCH: batch is a whole number", {"FACEGAN_BATCH=abc"}},
  });
}

TEST_F(WrongCalls, ConfigFiles) {
  const fs::path here = folder_.path();
  write_text(here / "broken.yaml", "epochs: 3\nbatch: [1\nseed: 4\n");
  write_text(here / "unknown.yaml", "epochs: 3\n\nbtch: 3\n");
  write_text(here / "twice.yaml", "epochs: 3\nseed: 1\nepochs: 4\n");
  write_text(here / "layer.yaml", "generator:\n  - dense: {units: 3}\n  - relux\n");
  write_text(here / "shape.yaml", "size: 16\ndiscriminator:\n  - flatten\n  - dense: {units: 2}\n");
  write_text(here / "folder/x", "");
  const auto with = [](const std::string& name) { return Words{"train", "--config", name}; };
  expect_refused({
      {with("nowhere.yaml"), 2, "cannot open nowhere.yaml: No such file or directory"},
      {with("folder"), 2, "cannot read folder: it is not a regular file"},
      {with("broken.yaml"), 2, "broken.yaml:3: not valid YAML: "},
      {with("unknown.yaml"), 2, "unknown.yaml:3: unknown key 'btch', did you mean 'batch'?"},
      {with("twice.yaml"), 2, "twice.yaml:3: 'epochs' is given twice, first in line 1"},
      {with("layer.yaml"), 2, "layer.yaml:3: generator layer 2: unknown layer 'relux', did you mean 'relu'?"},
      {with("shape.yaml"), 2, "shape.yaml:"},
  });
}

TEST_F(WrongCalls, Data) {
  const fs::path here = folder_.path();
  fs::create_directory(here / "empty");
  write_text(here / "words/a.jpg", "not a picture");
  write_text(here / "plain.txt", "words");
  write_text(here / "cut.zip", "PK\x03\x04 the directory at its end is missing");
  write_text(here / "cut.tar.gz", "\x1f\x8b\x08");
  write_text(here / "idx/train-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x0a\0\0\0\x1c\0\0\0\x1c"
                                                               "abc",
                                                               19));
  const auto from = [](const std::string& dataset, const std::string& data) {
    return Words{"train",
                 "--preset",
                 dataset == "mnist" ? "mnist" : "dcgan",
                 "--size",
                 dataset == "mnist" ? "28" : "16",
                 "--width",
                 "8",
                 "--dataset",
                 dataset,
                 "--data",
                 data};
  };
  expect_refused({
      {from("folder", "nowhere"), 3,
       "there is nothing at " + (here / "nowhere").string() + "; name a folder of pictures"},
      {{"train", "--dataset", "celeba"},
       3,
       (here / "data/celeba").string() + "; get CelebA (aligned and cropped) from https://"},
      {from("folder", "empty"), 3, "no pictures in "},
      {from("folder", "words") + Words{"--batch", "1"}, 3,
       "none of the 1 pictures can be used; one of them: a.jpg: not a picture of a known kind"},
      {from("folder", "words") + Words{"--batch", "1", "--dry-run"}, 3, "none of the 1 pictures can be used"},
      {from("folder", "plain.txt"), 3, "plain.txt as a zip or tar (.gz, .bz2, .xz, .zst)"},
      {from("folder", "cut.zip"), 3, "cut.zip is damaged or incomplete: it has no directory at its end"},
      {from("folder", "cut.tar.gz"), 3, "cut.tar.gz as a zip or tar (.gz, .bz2, .xz, .zst)"},
      {from("mnist", "empty"), 3, "no *idx3-ubyte, npz or csv file, and no folders 0 to 9, in "},
      {from("mnist", "idx"), 3,
       "its header claims 10 pictures of 28x28 (7840 bytes), but the file has 19 bytes"},
      {{"data", "check", "--where", "Smilng and Male"},
       2,
       "--where 'Smilng and Male', character 1: unknown attribute 'Smilng', did you mean 'Smiling'?"},
      {{"data", "check", "--where", "Male and (Young"}, 2, "character 16: a ')' is missing before the end"},
      {{"data", "check", "--dataset", "folder", "--where", "Male"}, 2, "folder has no attributes"},
      {{"data", "check", "--dataset", "celeba", "--data", "words", "--where", "Male"},
       3,
       "no attribute file for --where or --condition: list_attr_celeba.txt"},
      {{"data", "check", "--where", "Attractive"}, 3, "selects none of the 10,000 pictures"},
      {{"data", "check", "--dataset", "folder", "--data", "a\xff\nb"},
       3,
       "\\x0ab; name a folder of pictures"},
  });
}

TEST_F(WrongCalls, RunsAndCheckpoints) {
  trained({});
  fs::create_directory(folder_ / "empty");
  write_text(folder_ / "plain.txt", "words");
  fs::create_directories(folder_ / "started/samples");
  write_text(folder_ / "started/config.yaml", "");

  const std::string only =
      " cannot be changed when a run is resumed (only --data, --workers, --packed-gib, --epochs, ";
  expect_refused({
      {kTinyTrain + Words{"--out", "runs/0001-dcgan"}, 2,
       "already holds a run; continue it with --resume runs/0001-dcgan, or"},
      {kTinyTrain, 2, "--out runs/0001-dcgan already holds a run", {"FACEGAN_OUT=runs/0001-dcgan"}},
      {kTinyTrain + Words{"--out", "started"}, 2,
       "--out started holds what is left of a run without a checkpoint; delete it"},
      {{"train", "--resume", "nothing"}, 4, "no run 'nothing' in ./runs or as a path; there is 0001-dcgan"},
      {{"train", "--resume", "0001-dcgam"}, 4, "did you mean '0001-dcgan'?"},
      {{"train", "--resume", "plain.txt"}, 4, "no run 'plain.txt'"},
      {{"train", "--resume", "empty"}, 4, "no checkpoint in empty/checkpoints: this is no run"},
      {{"train", "--resume", "1", "--lr", "1"}, 2, "--lr" + only},
      {{"train", "--resume", "1", "--size", "32"}, 2, "--size" + only},
      {{"train", "--resume", "1", "--init-from", "1", "--allow-config-change", "init_from"},
       2,
       "--init-from begins a new run and --resume goes on with one: leave one of them out"},
      {{"train", "--resume", "1", "--stop-when-worse", "2"},
       2,
       "--stop-when-worse does nothing without evaluations"},
      {kTinyTrain + Words{"--init-from", "nothing"}, 4, "no run 'nothing' in ./runs or as a path"},
      {kTinyTrain + Words{"--init-from", "plain.txt"}, 4, "plain.txt is not a usable safetensors file"},
      {kTinyTrain + Words{"--init-from", "1@best"}, 4, "0001-dcgan has no best checkpoint"},
      {kTinyTrain + Words{"--quiet", "--init-from", "1", "--width", "12"}, 2,
       "no weights of its generator fit; there width 8, here width 12 (g.0.weight is 16x16x4x4 there and "
       "16x24x4x4 here, "},
      {{"train", "--resume", "1", "--config", "x.yaml"}, 2, "--config" + only},
      {{"train", "--resume", "1", "--epochs", "0"}, 2, "flag --epochs: epochs is a whole number"},
      {{"sample", "--from", "nothing"}, 4, "no run 'nothing'"},
      {{"sample", "--from", std::string(300, 'n')}, 4, "no run 'nnn"},
      {{"train", "--resume", std::string(300, 'n')}, 4, "no run 'nnn"},
      {{"sample", "--from", "plain.txt"},
       4,
       "plain.txt is not a usable safetensors file: it is shorter than 8 bytes"},
      {{"summary", "--from", "1", "--size", "32"}, 2, "--from shows the networks of a run as they are"},
      {{"sample", "--seed", "abc"},
       2,
       "--seed is seeds from 0 to 9007199254740991, such as 7, 1-16 or 3,5,9-12, not 'abc'"},
      {{"sample", "--seed", "5-1"}, 2, "not '5-1'"},
      {{"sample", "--seed", "1-200000"}, 2, "--seed is at most 100,000 seeds, not '1-200000'"},
      {{"sample", "--grid", "2x2", "--count", "5"},
       2,
       "--grid 2x2 has 4 cells for 5 pictures; enlarge it or lower --count"},
      {{"sample", "--out", "x.jpg"}, 2, "--out x.jpg must end in .png, or be a folder"},
      {{"sample", "--device", "tpu"}, 2, "device is auto, cpu, cuda or cuda:N, not 'tpu'"},
      {{"sample", "--quiet", "--out", "plain.txt/x.png"},
       6,
       "cannot make the folder plain.txt: Not a directory"},
      {{"sample", "--quiet", "--each", "--out", "plain.txt"}, 6, "cannot make the folder plain.txt: "},
  });
}

TEST_F(WrongCalls, PicturesOfAModel) {
  trained({});
  const std::string either =
      "sweep changes one coordinate (--dim N) or the K strongest directions (--directions K): give one";
  expect_refused({
      {{"interpolate", "--seed", "1"}, 2, "--seed names the stops of the walk, two or more, such as 1,2"},
      {{"interpolate", "--frames", "1"}, 2, "--frames is a whole number from 2 to 10000, not '1'"},
      {{"interpolate", "--out", "x.jpg"},
       2,
       "--out x.jpg must end in .png, .gif, .webp or .mp4, or be a folder"},
      {{"interpolate", "--out", "x.png", "--fps", "3"}, 2, "--fps goes with an animation: --out FILE.gif"},
      {{"--quiet", "interpolate", "--out", "x.png", "--frames", "9000", "--count", "900"},
       2,
       "is too large; ask for fewer"},
      {{"sweep"}, 2, either},
      {{"sweep", "--dim", "1", "--directions", "1"}, 2, either},
      {{"--quiet", "sweep", "--dim", "16"},
       2,
       "--dim 16 counts from 0: the latent of this model has 16 coordinates"},
      {{"--quiet", "sweep", "--directions", "17"},
       2,
       "--directions 17 are too many: the latent of this model has 16 coordinates"},
      {{"sweep", "--dim", "1", "--range", "3"},
       2,
       "--range is FROM..TO with numbers from -1000 to 1000, such as"},
      {{"sweep", "--dim", "1", "--range", "0..1e9"}, 2, "such as -3..3, not '0..1e9'"},
      {{"arithmetic", "--minus", "1"}, 2, "arithmetic needs at least one --plus"},
      {{"arithmetic", "--plus", "1", "--minus", "x"}, 2, "--minus is seeds from 0 to 9007199254740991"},
      {{"--quiet", "arithmetic", "--plus", "1,2", "--minus", "2,1"},
       2,
       "the terms cancel each other out: +1,2 -2,1"},
      {{"--quiet", "arithmetic", "--plus", "1-99999", "--count", "0"},
       2,
       "a sheet of 2x100000 pictures of 16 pixels is too large"},
      {{"--quiet", "interpolate", "--count", "1024", "--frames", "10000", "--out", "frames/"},
       2,
       "10000 sheets of 32x32 pictures of 16 pixels are too large"},
      {{"sample", "--truncation", "-1"}, 2, "--truncation is a number from 0 to 10, not '-1'"},
      {{"sample", "--checkpoint-hash", "abc"},
       2,
       "--checkpoint-hash is the checksum in a checkpoint, 16 hex digits"},
      {{"sample", "--checkpoint-hash", std::string(16, '0')}, 4, "is another checkpoint: its checksum is "},
      {{"sample", "--data", "x"}, 2, "--data goes with --nearest"},
      {{"sample", "--nearest", "--each"}, 2, "--nearest and --each exclude each other"},
      {{"sample", "--nearest", "0"}, 2, "--nearest is a whole number from 1 to 64, not '0'"},
      {{"--quiet", "sample", "--nearest", "--dataset", "celeba"},
       3,
       "; get CelebA (aligned and cropped) from https://"},
      {{"--quiet", "sample", "--nearest", "--dataset", "celebs"},
       2,
       "unknown dataset 'celebs', did you mean 'celeba'?"},
  });
}

// Damaged checkpoints are named one by one before the error.
TEST_F(WrongCalls, NoCheckpointIsWhole) {
  trained({"--out", "run"});
  const fs::path checkpoints = folder_ / "run/checkpoints";
  fs::resize_file(checkpoints / "step_00000003.safetensors", 500);
  write_text(checkpoints / "step_00000000.safetensors", "");
  const Snapshot before = snapshot(folder_.path());
  for (const Words& call : {Words{"train", "--resume", "run"}, Words{"sample", "--from", "run"},
                            Words{"summary", "--from", "run"}}) {
    const Outcome outcome = run({call, folder_.path()});
    EXPECT_EQ(outcome.exit_code, 4);
    EXPECT_EQ(outcome.out, "");
    const auto lines = lines_of(outcome.err);
    ASSERT_EQ(lines.size(), 3u) << outcome.err;
    EXPECT_TRUE(
        lines[0].starts_with("facegan: warning: skipping a checkpoint: run/checkpoints/step_00000003"))
        << lines[0];
    EXPECT_TRUE(
        lines[1].starts_with("facegan: warning: skipping a checkpoint: run/checkpoints/step_00000000"))
        << lines[1];
    EXPECT_TRUE(
        lines[2].starts_with("facegan: error: no usable checkpoint in run/checkpoints: all 2 are damaged"))
        << lines[2];
    EXPECT_TRUE(snapshot(folder_.path()) == before);
  }
}

// A whole checkpoint whose tensors are not those of the configuration in it.
TEST_F(WrongCalls, TheCheckpointOfAnotherArchitecture) {
  trained({"--out", "run"});
  const fs::path file = folder_ / "run/checkpoints/step_00000003.safetensors";
  const auto checkpoint = facegan::core::read_safetensors(file);
  auto metadata = checkpoint.metadata;
  std::string& config = metadata["facegan.config"];
  config.replace(config.find("width: 8"), 8, "width: 4");
  std::vector<facegan::core::TensorBytes> tensors;
  for (const auto& tensor : checkpoint.tensors)
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, checkpoint.bytes_of(tensor)});
  write_text(file, facegan::core::safetensors_bytes(tensors, metadata));
  expect_refused({
      {{"train", "--resume", "run", "--max-steps", "9"},
       4,
       "step_00000003.safetensors does not fit this network: tensor 'g."},
      {{"sample", "--from", "run"}, 4, "step_00000003.safetensors does not fit this network: tensor 'g."},
  });
  metadata["facegan.config"] = "epochs: 3\n";  // no networks
  write_text(file, facegan::core::safetensors_bytes(tensors, metadata));
  expect_refused({
      {{"train", "--resume", "run"},
       4,
       "_00000003.safetensors: the configuration in it cannot be used: generator must be"},
      {{"sample", "--from", "run"},
       4,
       "_00000003.safetensors: the configuration in it cannot be used: generator must be"},
      {{"summary", "--from", "run"},
       4,
       "_00000003.safetensors: the configuration in it cannot be used: generator must be"},
  });
  metadata["facegan.config"] = "epochs: many\n";
  write_text(file, facegan::core::safetensors_bytes(tensors, metadata));
  expect_refused({
      {{"train", "--resume", "run"}, 4, "step_00000003.safetensors:1: epochs is a whole number"},
      {{"sample", "--from", "run"}, 4, "step_00000003.safetensors:1: epochs is a whole number"},
      {{"summary", "--from", "run"}, 4, "step_00000003.safetensors:1: epochs is a whole number"},
  });
}

TEST_F(WrongCalls, PlacesThatCannotBeWritten) {
  write_text(folder_ / "plain.txt", "words");
  const Words large = {"--epochs", "1000000", "--grid", "64x64", "--grid-scale", "4"};
  expect_refused({
      {kTinyTrain + Words{"--out", "plain.txt"}, 6, "cannot make the folder plain.txt: Not a directory"},
      {kTinyTrain + Words{"--out", "plain.txt/run"}, 6,
       "cannot make the folder plain.txt/run: Not a directory"},
      {kTinyTrain + Words{"--out", "/dev/full"}, 6, "cannot make the folder /dev/full: Not a directory"},
      {kTinyTrain + large, 6, "not enough space for runs/0001-dcgan: "},
  });
}

// root may write anywhere: there the program is started as nobody.
TEST_F(WrongCalls, NoPermissionToWrite) {
  Words words = kTinyTrain + Words{"--out", "locked/run"};
  std::string program = tested_program();
  if (::geteuid() == 0) {
    const Words nobody = {"--reuid=65534", "--regid=65534", "--clear-groups", program};
    program = "setpriv";
    fs::permissions(folder_.path(), fs::perms(0755));
    const auto version = [&] {
      return run({.arguments = nobody + Words{"--version"}, .folder = folder_.path(), .program = program});
    };
    bool started = false;
    try {
      started = version().exit_code == 0;
    } catch (const std::exception&) {
    }
    if (!started) GTEST_SKIP() << "the program cannot be started as another user here";
    words = nobody + words;
  }
  fs::create_directory(folder_ / "locked");
  fs::permissions(folder_ / "locked", fs::perms(0555));
  const Outcome outcome = run({.arguments = words, .folder = folder_.path(), .program = program});
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_EQ(outcome.err, "facegan: error: cannot make the folder locked/run: Permission denied\n");
  EXPECT_EQ(snapshot(folder_ / "locked").size(), 0u);
}

}  // namespace
