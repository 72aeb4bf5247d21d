// Runs that begin with the weights of another one.
#include <cstring>

#include "error_of.h"
#include "tiny_training.h"

namespace facegan::train {
namespace {

class InitFrom : public Loop {
 protected:
  // Of two products, so that another z leaves something to take.
  static config::Config two_layers() {
    config::Config c = tiny();
    c.generator = config::parse_yaml(
        "- dense: {units: 16}\n- batch_norm\n- tanh\n- dense: {units: 64}\n"
        "- tanh\n- reshape: {channels: 1, height: 8, width: 8}\n",
        "g");
    c.epochs = 1;
    return c;
  }
  // Trained, and its newest checkpoint.
  fs::path trained(const config::Config& c, const std::string& name = "first") const {
    train_new(c, name);
    return run::checkpoint_files(folder_ / name).front().path();
  }
  static config::Config begun_from(config::Config c, const fs::path& file) {
    c.init_from = file.string(), c.seed = 11;
    return c;
  }
  // The first checkpoint of a new run, and what was said.
  run::Loaded first(const config::Config& c, const std::string& name = "second") {
    testing::internal::CaptureStderr();
    train_new(c, name);
    said_ = testing::internal::GetCapturedStderr();
    return run::load_file(run::checkpoint_file(folder_ / name, 0));
  }
  static std::string bytes(const run::Loaded& loaded, const std::string& name) {
    const auto* info = loaded.file.find(name);
    return info ? std::string(loaded.file.bytes_of(*info), info->bytes()) : "none";
  }
  static bool is_zero(const run::Loaded& loaded, const std::string& name) {
    const std::string all = bytes(loaded, name);
    return !all.empty() && all.find_first_not_of('\0') == std::string::npos;
  }

  std::string said_;
};

TEST_F(InitFrom, TakesBothNetworksAndNothingElse) {
  const fs::path file = trained(two_layers());
  const run::Loaded there = run::load_file(file);
  const run::Loaded here = first(begun_from(two_layers(), file));
  for (const auto& tensor : there.file.tensors)
    if (tensor.name.starts_with("g.") || tensor.name.starts_with("d.")) {
      EXPECT_EQ(bytes(here, tensor.name), bytes(there, tensor.name)) << tensor.name;
    }
  EXPECT_TRUE(is_zero(here, "adam.g.0.weight.exp_avg"));
  EXPECT_TRUE(is_zero(here, "adam.d.steps"));
  EXPECT_EQ(here.integer(run::kKeyStep), 0);
  EXPECT_EQ(here.config().seed, 11);
  EXPECT_NE(
      said_.find("begun from " + file.string() + " (step 8, checksum " + there.text(core::kChecksumKey) +
                 "): 8 of 8 tensors of the generator and 2 of 2 tensors of the discriminator\n"),
      std::string::npos)
      << said_;
  // It goes on without the other run.
  fs::remove_all(folder_ / "first");
  EXPECT_EQ(go_on(2, "second").steps, 16);
}

TEST_F(InitFrom, KeepsFirstWeightsWhereShapesDiffer) {
  const fs::path file = trained(two_layers());
  config::Config c = begun_from(two_layers(), file);
  c.z = 5;
  const run::Loaded here = first(c), there = run::load_file(file);
  c.init_from.clear();
  const run::Loaded alone = first(c, "alone");
  EXPECT_EQ(bytes(here, "g.0.weight"), bytes(alone, "g.0.weight"));
  EXPECT_EQ(bytes(here, "g.3.weight"), bytes(there, "g.3.weight"));
  EXPECT_EQ(bytes(here, "d.2.weight"), bytes(there, "d.2.weight"));
}

TEST_F(InitFrom, SaysWhatWasNotTaken) {
  const fs::path file = trained(two_layers());
  config::Config c = begun_from(two_layers(), file);
  c.z = 5;
  first(c);
  EXPECT_NE(said_.find("7 of 8 tensors of the generator and 2 of 2 tensors of the discriminator; not taken: "
                       "g.0.weight is 16x4 there and 16x5 here\n"),
            std::string::npos)
      << said_;
  c.generator = tiny().generator, c.z = 4;  // a shift of 64 fits nothing: the product is another
  const Error error = error_of([&] { train_new(c, "other"); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(error.what())
                .find("no weights of its generator fit (g.0.weight is 16x4 there and "
                      "64x4 here, "),
            std::string::npos)
      << error.what();
  EXPECT_FALSE(fs::exists(folder_ / "other"));
  c = begun_from(two_layers(), file);
  c.channels = 3;
  c.generator = config::parse_yaml(
      "- dense: {units: 16}\n- batch_norm\n- tanh\n- dense: {units: 192}\n"
      "- tanh\n- reshape: {channels: 3, height: 8, width: 8}\n",
      "g");
  const std::string why = error_of([&] { train_new(c, "other"); }).what();
  EXPECT_NE(
      why.find("no weights of its discriminator fit; there channels 1, here channels 3 (d.2.weight is "),
      std::string::npos)
      << why;
}

TEST_F(InitFrom, TakesTheMeanGeneratorWhereBothHaveOne) {
  config::Config with = two_layers(), without = two_layers();
  with.ema = "40", with.lr_g = 0.01;
  const fs::path mean = trained(with, "mean"), plain = trained(without, "plain");
  const run::Loaded there = run::load_file(mean), both = first(begun_from(with, mean), "both");
  EXPECT_NE(bytes(there, "mean.g.0.weight"), bytes(there, "g.0.weight"));
  EXPECT_EQ(bytes(both, "mean.g.0.weight"), bytes(there, "mean.g.0.weight"));
  EXPECT_EQ(bytes(both, "g.0.weight"), bytes(there, "g.0.weight"));
  EXPECT_NE(said_.find(" tensors of the discriminator, and the mean generator\n"), std::string::npos)
      << said_;
  const run::Loaded here = first(begun_from(with, plain), "here");
  EXPECT_EQ(bytes(here, "mean.g.0.weight"), bytes(run::load_file(plain), "g.0.weight"));
  EXPECT_EQ(said_.find("the mean generator"), std::string::npos) << said_;
  const run::Loaded neither = first(begun_from(without, mean), "neither");
  EXPECT_EQ(bytes(neither, "g.0.weight"), bytes(there, "g.0.weight"));
}

TEST_F(InitFrom, RefusesAnotherCheckpointThanTheSettingsName) {
  config::Config c = begun_from(two_layers(), trained(two_layers()));
  c.init_from_hash = "0123456789abcdef";
  const Error error = error_of([&] { train_new(c); });
  EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  EXPECT_NE(std::string(error.what()).find(", not 0123456789abcdef"), std::string::npos) << error.what();
  // A weight that is another one in the file: its checksum is no longer that in it.
  std::string damaged = core::read_file(c.init_from, 1 << 20, ErrorKind::io);
  damaged[damaged.size() - 9] = static_cast<char>(damaged[damaged.size() - 9] ^ 1);
  core::write_file_atomic(c.init_from, damaged);
  EXPECT_EQ(error_of([&] { train_new(c); }).kind(), ErrorKind::checkpoint);
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

TEST_F(InitFrom, RefusesWeightsThatAreNotFinite) {
  const fs::path file = trained(two_layers());
  run::Loaded there = run::load_file(file);
  const float nan = NAN;
  std::memcpy(there.file.data.data() + there.file.find("d.2.weight")->begin, &nan, sizeof nan);
  std::vector<core::TensorBytes> tensors;
  for (const auto& t : there.file.tensors)
    tensors.push_back({t.name, t.dtype, t.shape, there.file.bytes_of(t)});
  core::write_file_atomic(file, core::safetensors_bytes(tensors, there.file.metadata));
  const Error error = error_of([&] { train_new(begun_from(two_layers(), file), "second"); });
  EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  EXPECT_NE(std::string(error.what()).find("the values of 'd.2.weight' are not finite"), std::string::npos)
      << error.what();
}

}  // namespace
}  // namespace facegan::train
