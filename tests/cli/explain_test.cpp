// Provenance: every picture and animation says how it came to be, and the command that explain prints makes
// the same bytes.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "facegan/image/animation.h"
#include "facegan/image/image.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;
using facegan::image::TextFields;

TextFields fields_of(const fs::path& file) {
  const std::string png = read_text(file);
  return facegan::image::read_text_fields(facegan::image::as_bytes(png)).fields;
}

std::string field(const fs::path& file, const std::string& name) {
  for (const auto& [keyword, text] : fields_of(file))
    if (keyword == name) return text;
  return "(none)";
}

class Explain : public InFolder {
 protected:
  void SetUp() override { made(kTinyTrain + Words{"--max-steps", "3"}); }
  nlohmann::json explained(const std::string& file) {
    return nlohmann::json::parse(made({"explain", file, "--json"}));
  }
  // The words that explain gives, without "facegan".
  Words command_of(const std::string& file) {
    Words words = explained(file)["arguments"];
    words.erase(words.begin());
    return words;
  }
  void expect_made_again(const std::string& file) {
    SCOPED_TRACE(file);
    made(command_of(file) + Words{"--out", "again.png"});
    EXPECT_TRUE(read_text(folder_ / file) == read_text(folder_ / "again.png"));
    // By a shell, from the text.
    const std::string line = lines_of(made({"explain", file})).back();
    const Outcome shell = run(
        {.arguments = {"-c", "facegan() { \"$0\" \"$@\"; }; " + line + " --out shell.png", tested_program()},
         .folder = folder_.path(),
         .program = "/bin/sh"});
    EXPECT_EQ(shell.exit_code, 0) << shell.err;
    EXPECT_TRUE(read_text(folder_ / file) == read_text(folder_ / "shell.png"));
  }
};

TEST_F(Explain, TheCommandMakesTheSameBytes) {
  made({"sample", "--seed", "7", "--count", "4", "--out", "sheet.png"});
  made({"sample", "--from", "1", "--seed", "3,1,2,3", "--grid", "2x3", "--truncation", "0.7", "--scale", "2",
        "--out", "several.png"});
  made({"interpolate", "--seed", "1,9", "--frames", "5", "--closed", "--linear", "--count", "2", "--out",
        "strip.png"});
  made({"sweep", "--seed", "1-3", "--dim", "7", "--range=-2..0.5", "--steps", "3", "--out", "dim.png"});
  made({"sweep", "--directions", "2", "--steps", "3", "--truncation", "0.5", "--out", "directions.png"});
  made({"arithmetic", "--minus", "3", "--plus", "1,2,5", "--plus", "7", "--noise", "0.1", "--count", "3",
        "--out", "sum.png"});
  made({"sweep", "--seed", "1-2", "--directions", "2", "--steps", "2", "--caption", "--out", "named.png"});
  made({"sample", "--nearest", "2", "--count", "2", "--out", "nearest.png"});
  for (const char* file : {"sheet.png", "several.png", "strip.png", "dim.png", "directions.png", "sum.png",
                           "named.png", "nearest.png"})
    expect_made_again(file);
  EXPECT_EQ(field(folder_ / "sum.png", "facegan:seed"), "+1,2,5 +7 -3");
}

TEST_F(Explain, AFileOfItsOwnIsMadeAgainAlone) {
  made({"sample", "--seed", "6-7", "--count", "3", "--each", "--out", "each"});
  expect_made_again("each/seed_7_0002.png");
  EXPECT_EQ(field(folder_ / "each/seed_7_0002.png", "facegan:index"), "2");
  // Into a folder, by its name.
  EXPECT_EQ(made(command_of("each/seed_6_0001.png") + Words{"--out", "one"}), "one/seed_6_0001.png\n");
  EXPECT_TRUE(read_text(folder_ / "one/seed_6_0001.png") == read_text(folder_ / "each/seed_6_0001.png"));
}

TEST_F(Explain, FramesAreMadeAgainTogether) {
  made({"interpolate", "--seed", "1,2,3", "--frames", "4", "--out", "frames"});
  EXPECT_EQ(explained("frames/frame_0003.png")["advice"],
            "add --out FOLDER/; this is frame 3 of those in it");
  made(command_of("frames/frame_0003.png") + Words{"--out", "again/"});
  EXPECT_TRUE(snapshot(folder_ / "frames") == snapshot(folder_ / "again"));
}

TEST_F(Explain, AnimationsAreMadeAgain) {
  made({"interpolate", "--seed", "1,2", "--frames", "4", "--loop", "2", "--out", "walk.gif"});
  made({"sweep", "--dim", "3", "--steps", "3", "--fps", "7.5", "--out", "sweep.gif"});
  std::vector<std::string> files = {"walk.gif", "sweep.gif"};
  if (facegan::image::missing_encoder(facegan::image::AnimationFormat::webp).empty()) {
    made({"sweep", "--dim", "3", "--steps", "3", "--out", "sweep.webp"});  // its times are in milliseconds
    files.push_back("sweep.webp");
  }
  for (const std::string& file : files) {
    const std::string ending = fs::path(file).extension();
    EXPECT_EQ(explained(file)["advice"], "add --out FILE" + ending);
    made(command_of(file) + Words{"--out", "again" + ending});
    EXPECT_TRUE(read_text(folder_ / file) == read_text(folder_ / ("again" + ending))) << file;
  }
  // Whatever its name is.
  fs::rename(folder_ / "walk.gif", folder_ / "walk.png");
  EXPECT_EQ(explained("walk.png")["advice"], "add --out FILE.gif");
  EXPECT_EQ(field(folder_ / "walk.png", "facegan:kind"), "walk");
  EXPECT_EQ(explained("runs/0001-dcgan/training.gif")["fields"]["facegan:kind"], "training history");
  const std::string history = read_text(folder_ / "runs/0001-dcgan/training.gif");
  made({"animate", "1"});
  EXPECT_TRUE(history == read_text(folder_ / "runs/0001-dcgan/training.gif"));
}

// However the call was spelt, and wherever it was made.
TEST_F(Explain, OnePictureHasOneSpelling) {
  made({"sample", "--seed", "4,5,6", "--out", "a.png"});
  fs::create_directory(folder_ / "b");
  made({"sample", "--seed=4-6", "--from", "0001-dcgan", "--device", "auto", "--truncation", "1.0", "--grid",
        "2x2", "--count=1", "--out", "b/"});
  made({"sample", "--seed", "4-6", "--from", (folder_ / "runs/./0001-dcgan").string(), "--device", "cpu",
        "--out", "c.png"});
  EXPECT_TRUE(read_text(folder_ / "a.png") == read_text(folder_ / "b/sample_4-6.png"));
  EXPECT_TRUE(read_text(folder_ / "a.png") == read_text(folder_ / "c.png"));
  const std::string command = field(folder_ / "a.png", "facegan:command");
  EXPECT_TRUE(command.starts_with(
      "facegan sample --from runs/0001-dcgan/checkpoints/step_00000003.safetensors --checkpoint-hash "))
      << command;
  EXPECT_TRUE(command.ends_with(" --seed 4-6 --count 1 --grid 2x2 --device cpu")) << command;
}

TEST_F(Explain, SaysWhatThePictureIs) {
  made({"sample", "--seed", "7", "--count", "4", "--out", "it's 'so'.png"});
  const auto all = explained("it's 'so'.png");
  EXPECT_EQ(all["file"], "it's 'so'.png");
  EXPECT_EQ(all["fields"]["facegan:kind"], "sheet");
  EXPECT_EQ(all["fields"]["facegan:seed"], "7");
  EXPECT_EQ(all["fields"]["facegan:index"], "0-3");
  EXPECT_EQ(all["fields"]["facegan:preset"], "dcgan");
  EXPECT_EQ("facegan " + run({{"--version"}, folder_.path()}).out.substr(8),
            all["fields"]["Software"].get<std::string>() + "\n");
  EXPECT_EQ(all["fields"]["facegan:checkpoint-hash"].get<std::string>().size(), 16u);
  EXPECT_EQ(all["checkpoint"]["found"], true);
  const std::string text = made({"explain", "it's 'so'.png"});
  for (const char* row :
       {"kind              sheet\n", "seed              7\n", "index             0-3\n",
        "preset            dcgan\n", "Software          facegan ", " is there, and is the one\n"})
    EXPECT_NE(text.find(row), std::string::npos) << row << "in\n" << text;
}

TEST_F(Explain, TheCheckpointIsPinned) {
  made({"sample", "--count", "1", "--out", "a.png"});
  const Words command = command_of("a.png");
  made({"train", "--resume", "1", "--max-steps", "4", "--keep", "1"});
  const auto gone = explained("a.png");
  EXPECT_EQ(gone["checkpoint"]["found"], false);
  EXPECT_EQ(gone["checkpoint"]["state"].get<std::string>().find(
                "is not there; look for it by its checksum (grep -l "),
            0u)
      << gone["checkpoint"];
  EXPECT_EQ(facegan(command).exit_code, 4);
  // Another one of the same name.
  const fs::path checkpoints = folder_ / "runs/0001-dcgan/checkpoints";
  fs::rename(checkpoints / "step_00000004.safetensors", checkpoints / "step_00000003.safetensors");
  EXPECT_EQ(explained("a.png")["checkpoint"]["state"].get<std::string>().find("is another one now; look for"),
            0u);
  const Outcome refused = facegan(command + Words{"--out", "b.png"});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_NE(refused.err.find("step_00000003.safetensors is another checkpoint: its checksum is "),
            std::string::npos)
      << refused.err;
  EXPECT_FALSE(fs::exists(folder_ / "b.png"));
}

TEST_F(Explain, PicturesSayWhoseWeightsMadeThem) {
  made({"sample", "--count", "1", "--out", "a.png"});
  EXPECT_EQ(field(folder_ / "a.png", "facegan:weights"), "raw");
  made(kTinyTrain + Words{"--max-steps", "3", "--ema", "100", "--out", "mean"});
  EXPECT_EQ(field(folder_ / "mean/samples/epoch_0001.png", "facegan:weights"), "mean");
  for (const char* weights : {"mean", "raw"}) {
    made({"sample", "--from", "mean", "--count", "1", "--weights", weights, "--out", "b.png"});
    EXPECT_EQ(field(folder_ / "b.png", "facegan:weights"), weights);
    expect_made_again("b.png");
  }
}

TEST_F(Explain, GridsOfARunSayWhichEpoch) {
  const fs::path samples = folder_ / "runs/0001-dcgan/samples";
  EXPECT_EQ(field(samples / "epoch_0001.png", "facegan:kind"), "training grid");
  EXPECT_EQ(field(samples / "epoch_0001.png", "facegan:epoch"), "1");
  EXPECT_EQ(field(samples / "epoch_0001.png", "facegan:step"), "3");
  EXPECT_EQ(field(samples / "epoch_0000.png", "facegan:step"), "0");
  EXPECT_EQ(field(samples / "epoch_0000.png", "facegan:seed"), "5");
  EXPECT_EQ(field(samples / "epoch_0001.png", "facegan:weights"), "raw");
  EXPECT_EQ(field(samples / "real.png", "facegan:weights"), "(none)");
  EXPECT_EQ(field(samples / "real.png", "facegan:kind"), "training pictures");
  EXPECT_EQ(field(samples / "real.png", "facegan:dataset"), "faces");
  const std::string text = made({"explain", "runs/0001-dcgan/samples/epoch_0001.png"});
  EXPECT_NE(text.find("\nfacegan train --config runs/0001-dcgan/config.yaml\n"), std::string::npos) << text;
  fs::copy_file(samples / "epoch_0001.png", folder_ / "copy.png");
  EXPECT_NE(made({"explain", "copy.png"}).find("\nfacegan train --config RUN/config.yaml\n"),
            std::string::npos);
}

// Fields of strangers: shown as harmless text, and never as a command.
TEST_F(Explain, AHostilePictureSaysNothingThatRuns) {
  const facegan::image::Image picture(2, 2, 1);
  const auto file = [&](const TextFields& text) {
    write_text(folder_ / "x.png", facegan::image::encode_png(picture, text));
    return facegan({"explain", "x.png"});
  };
  const Outcome none = file({{"Software", "facegan 9"}});
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.err.find("x.png has no text fields of facegan's"), std::string::npos) << none.err;
  const Outcome colored = file({{"facegan:kind", "sheet\x1b[2J"}, {"facegan:seed", "7\nfacegan: error"}});
  EXPECT_EQ(colored.exit_code, 0);
  EXPECT_NE(colored.out.find("sheet\\x1b[2J"), std::string::npos) << colored.out;
  EXPECT_NE(colored.out.find("7\\x0afacegan: error"), std::string::npos) << colored.out;
  const std::string pinned = " --from a --checkpoint-hash " + std::string(16, 'a');
  for (const std::string& command :
       {std::string("rm -rf ~"), "facegan sample" + pinned + "; reboot",
        std::string("facegan sample --from a --checkpoint-hash '$(reboot)'"),
        "facegan sample" + pinned + " --out /etc/passwd", std::string("facegan train")}) {
    const Outcome outcome = file({{"facegan:kind", "sheet"}, {"facegan:command", command}});
    EXPECT_EQ(outcome.exit_code, 0) << command;
    EXPECT_EQ(outcome.out.find(command), std::string::npos) << outcome.out;
    EXPECT_TRUE(lines_of(outcome.out).back().starts_with("the command in it cannot be used: "))
        << outcome.out;
  }
  const std::string quoted = "facegan sample --from '$(touch me)' --checkpoint-hash " + std::string(16, 'a');
  const Outcome shown = file({{"facegan:kind", "sheet"}, {"facegan:command", quoted}});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(lines_of(shown.out).back(), quoted);
  write_text(folder_ / "x.png", "BM");
  EXPECT_NE(facegan({"explain", "x.png"}).err.find("x.png: no PNG, GIF, WebP or MP4"), std::string::npos);
  EXPECT_EQ(facegan({"explain", "x.png"}).exit_code, 3);
  EXPECT_EQ(facegan({"explain", "nowhere.png"}).exit_code, 3);
  EXPECT_EQ(facegan({"explain"}).exit_code, 2);
}

}  // namespace
