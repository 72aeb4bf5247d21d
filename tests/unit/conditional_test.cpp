// Networks that are told what to show: layers, steps, feeding, whole runs, and what is made of them.
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <set>

#include "facegan/infer/picture_maker.h"
#include "facegan/infer/pictures.h"
#include "facegan/infer/scorer.h"
#include "facegan/spec/catalogue.h"
#include "infer/directions.h"
#include "made_model.h"
#include "tiny_training.h"
#include "train/conditions.h"
#include "train/feed.h"
#include "train/set_facts.h"
#include "train/step.h"
#include "train/trainer.h"

namespace facegan::train {
namespace {

using infer::Latent;

// ---- layers ------------------------------------------------------------------------------------

config::Config told_config(const std::string& condition = "digit") {
  config::Config c = made_config();
  c.condition = condition;
  return c;
}

TEST(ConditionLayers, WithoutLabelsAreAsWithZeros) {
  const config::Networks specs = config::build_networks(told_config());
  nn::Network g(specs.generator, "g", at::kCPU), d(specs.discriminator, "d", at::kCPU);
  g.initialise("he", 1), d.initialise("he", 1);
  for (const auto& t : d.tensors()) t.tensor.detach().add_(0.01);  // a projection begins at zero
  const at::Tensor z = at::randn({3, 8}), pictures = at::randn({3, 3, 16, 16}), none = at::zeros({3, 10}),
                   some = at::eye(10).narrow(0, 0, 3);
  for (const auto& [network, in] : {std::pair{&g, &z}, {&d, &pictures}}) {
    const auto out = [&](const at::Tensor& labels) {
      return network->forward(*in, {.training = false, .labels = labels});
    };
    EXPECT_TRUE(at::equal(out({}), out(none)));
    EXPECT_FALSE(at::allclose(out(none), out(some), 1e-3, 1e-3));
  }
}

TEST(ConditionLayers, BeginAsTheyShould) {
  for (const char* condition : {"digit", "Male,Smiling,Young"}) {
    const config::Networks specs = config::build_networks(told_config(condition));
    nn::Network g(specs.generator, "g", at::kCPU), d(specs.discriminator, "d", at::kCPU);
    g.initialise("normal", 1), d.initialise("normal", 1);
    const std::int64_t k = specs.generator.conditions;
    const at::Tensor embedding = g.tensors()[0].tensor;  // what it makes of a row has a deviation of 1
    EXPECT_EQ(embedding.sizes(), (at::IntArrayRef{8, k}));
    const double active = condition == std::string("digit") ? 1 : 3;
    EXPECT_NEAR(embedding.square().mean().item<double>() * active, 1, 0.6);
    const at::Tensor pictures = at::randn({3, 3, 16, 16});
    EXPECT_TRUE(at::equal(d.forward(pictures, {.training = false}),
                          d.forward(pictures, {.training = false, .labels = at::eye(k).narrow(0, 0, 3)})));
  }
}

// ---- steps -------------------------------------------------------------------------------------

// Networks of which every picture has its own way: a batch is what its parts are together.
config::Config small() {
  config::Config c;
  c.size = 8, c.z = 6, c.batch = 8, c.precision = "fp32", c.condition = "digit";
  c.generator = config::parse_yaml(
      "- dense: {units: 32}\n- silu\n- reshape: {channels: 8, height: 2, width: 2}\n- upsample: {factor: 2}\n"
      "- conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n- tanh\n",
      "g");
  c.discriminator = config::parse_yaml(
      "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- leaky_relu\n- flatten\n- dense: {units: "
      "1}\n",
      "d");
  return c;
}

Model taken(const config::Config& c, int shift = 0) {
  Model m(c, config::build_networks(c), at::kCPU, at::kDouble);
  m.g.network.initialise("glorot_uniform", 1), m.d.network.initialise("glorot_uniform", 1);
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  const Recipe recipe(c);
  for (int i = 0; i < 4; ++i) {
    StepInput input = draw_input(recipe, static_cast<std::uint64_t>(i), 8, c.z, at::kCPU);
    input.real = at::randn({8, c.channels, c.size.height, c.size.width}, seeded).tanh();
    input.labels = at::eye(10).narrow(0, shift, 8);
    for (const auto tensor : kStepTensors)
      if ((input.*tensor).defined()) input.*tensor = (input.*tensor).to(at::kDouble);
    take_step(m, recipe, find_update_order(c.update), input);
  }
  return m;
}

TEST(ConditionSteps, OfPartsAreTheWholeOne) {
  for (const auto& order : spec::update_orders())
    for (const char* loss : {"bce", "relativistic", "wgan-gp"}) {
      SCOPED_TRACE(std::string(order.name) + " " + loss);
      config::Config c = small();
      c.loss = loss, c.update = order.name, c.r1 = 0.1, c.gp = 0.2, c.penalty_every = 2;
      const Model whole = taken(c);
      const auto expected = whole.state();
      c.accumulate = 4;
      const auto got = taken(c).state();
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_TRUE(at::allclose(got[i].tensor, expected[i].tensor, 1e-8, 1e-9)) << got[i].name;
      EXPECT_GT(whole.d.network.tensors()[2].tensor.abs().max().item<double>(), 0);  // the projection's
    }
}

TEST(ConditionSteps, TakeNoticeOfIt) {
  const auto a = taken(small()).state(), b = taken(small(), 1).state();
  EXPECT_FALSE(at::allclose(a[0].tensor, b[0].tensor, 1e-8, 1e-9));
}

// ---- feeding -----------------------------------------------------------------------------------

constexpr std::int64_t kPictures = 30;

// Pictures of one brightness each, their number; some cannot be used.
class Numbers : public data::Dataset {
 public:
  std::size_t size() const override { return kPictures; }
  std::string name(std::size_t i) const override { return "n" + std::to_string(i); }
  image::Image get(std::size_t i) const override {
    if (i == 3 || i == 4 || i == kPictures - 1) throw Error(ErrorKind::data, name(i) + ": torn");
    image::Image picture(8, 8, 1);
    std::fill(picture.pixels.begin(), picture.pixels.end(), static_cast<unsigned char>(i));
    return picture;
  }
  std::string encoded(std::size_t) const override { return ""; }
};

TEST(ConditionFeed, TellsOfThePicturesThatAreShown) {
  const at::Tensor table = at::eye(kPictures).to(at::kChar);
  for (const std::uint64_t room : {std::uint64_t{0}, std::uint64_t{kPictures * 64}}) {
    data::Loader loader(std::make_shared<Numbers>(), 8, 1, {.batch = 2, .seed = 7, .workers = 2});
    Feed feed(
        loader, 2, {8, 1}, at::kCPU, [room] { return room; }, table);
    feed.start(0, 0);
    for (int step = 0; step < 60; ++step) {
      const at::Tensor pictures = feed.next();
      ASSERT_EQ(feed.labels().sizes(), (at::IntArrayRef{2, kPictures}));
      for (int i = 0; i < 2; ++i) {
        const auto shown = std::lround((pictures[i][0][0][0].item<double>() + 1) * 127.5);
        ASSERT_EQ(feed.labels()[i].argmax().item<std::int64_t>(), shown) << step;
        ASSERT_EQ(feed.labels()[i].sum().item<double>(), 1);
      }
    }
    EXPECT_EQ(feed.keeps_all(), room > 0);
  }
}

// ---- runs --------------------------------------------------------------------------------------

using ConditionRuns = Loop;

config::Config told_tiny() {
  config::Config c = tiny();
  c.condition = "Male,Smiling", c.grid = "2x8";
  return c;
}

TEST_F(ConditionRuns, GoOnByteForByte) {
  config::Config c = told_tiny();
  c.ema = "100", c.evaluate_every = "1", c.accumulate = 2;
  c.generator = config::parse_yaml(
      "- dense: {units: 64}\n- batch_norm\n- tanh\n- reshape: {channels: 1, height: 8, width: 8}\n", "g");
  train_new(c, "whole");
  c.epochs = 1;
  train_new(c);
  go_on(3);
  // But for where they lie, and the machine's part, which is the same here.
  const auto whole = run::load_newest(folder_ / "whole"), resumed = run::load_newest(folder_ / "run");
  EXPECT_EQ(whole.file.data, resumed.file.data);
  EXPECT_EQ(whole.text(run::kKeyConditions), "Male\nSmiling");
  const auto& rows = *whole.file.find(infer::Conditions::kTensor);
  EXPECT_EQ(rows.dtype, "I8");
  EXPECT_EQ(rows.shape, (std::vector<std::int64_t>{1024, 2}));
  std::set<int> values;
  for (std::size_t i = 0; i < rows.bytes(); ++i) values.insert(whole.file.bytes_of(rows)[i]);
  EXPECT_EQ(values, (std::set<int>{-1, 1}));
}

TEST_F(ConditionRuns, InBfloat16WithAdaptiveAugmentation) {
  config::Config c = told_tiny();
  c.precision = "bf16", c.augment = "translation", c.loss = "relativistic", c.hold_out = "16", c.batch = 16;
  c.epochs = 8;
  c.discriminator = config::parse_yaml(
      "- conv: {filters: 4, kernel: 3, padding: 1}\n- leaky_relu\n"
      "- conv: {filters: 1, kernel: 8}\n",
      "d");
  train_new(c);
  const auto loaded = run::load_newest(folder_ / "run");
  EXPECT_EQ(loaded.integer(run::kKeyStep), 24);
  const auto* projection = loaded.file.find("d.2.weight");
  ASSERT_TRUE(projection);
  EXPECT_EQ(projection->shape, (std::vector<std::int64_t>{2, 4, 8, 8}));
  float first = 0;
  std::memcpy(&first, loaded.file.bytes_of(*projection), sizeof first);
  EXPECT_NE(first, 0);
}

TEST_F(ConditionRuns, WithoutOneAreAsTheyWere) {
  const config::Config c = tiny();
  EXPECT_EQ(c.condition, "none");
  train_new(c);
  const auto loaded = run::load_newest(folder_ / "run");
  EXPECT_FALSE(loaded.file.metadata.contains(run::kKeyConditions));
  EXPECT_FALSE(loaded.file.find(infer::Conditions::kTensor));
  EXPECT_FALSE(infer::Conditions(loaded).any());
}

// Who names the attributes in another order begins with all else, not with weights of other columns.
TEST_F(ConditionRuns, TakeOtherConditionsForOthers) {
  config::Config c = told_tiny();
  c.epochs = 1;
  train_new(c);
  const auto taken = [&](const std::string& condition) {
    config::Config next = told_tiny();
    next.condition = condition, next.epochs = 1, next.seed = 9;
    next.init_from = run::checkpoint_files(folder_ / "run").front().path().string();
    Trainer begun(next, nullptr);
    begun.initialise();
    return begun.differing_tensor(run::load_newest(folder_ / "run"));
  };
  EXPECT_NE(taken("Male,Smiling"), "g.0.weight");
  EXPECT_EQ(taken("Smiling,Male"), "g.0.weight");
}

TEST(ConditionFingerprint, IsOfWhatIsSaidToo) {
  data::DatasetOptions options;
  options.faces_count = 2, options.size = 8;
  const auto set = data::open_dataset(options);
  const auto kept = [&](const data::ConditionTable& conditions) {
    core::Metadata metadata;
    SetFacts(*set, conditions).add_to(metadata);
    return metadata;
  };
  EXPECT_EQ(kept({{"A"}, {1, -1}}), kept({{"A"}, {1, -1}}));
  EXPECT_NE(kept({{"A"}, {1, -1}}), kept({{"A"}, {-1, 1}}));
  EXPECT_NE(kept({}), kept({{"A"}, {1, -1}}));
}

// ---- what is made of them ----------------------------------------------------------------------

TEST(ConditionRows, AreThoseOfRealPictures) {
  // Three of four are men, who do not smile; a woman does.
  const infer::Conditions some({"Male,Smiling", {"Male", "Smiling"}}, {1, -1, 1, -1, 1, -1, -1, 1});
  int men = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto row = some.row(1, i);
    EXPECT_EQ(row, some.row(1, i));
    EXPECT_EQ(row[0], -row[1]);
    men += row[0] == 1;
  }
  EXPECT_NEAR(men, 750, 60);
  const auto smiling = some.condition().parse("Smiling"), half = some.condition().parse("Smiling=0.6"),
             none_has = some.condition().parse("Smiling,Male");
  EXPECT_EQ(some.row(1, 3, smiling), (spec::ConditionRow{-1, 1}));  // as those who smile
  EXPECT_NEAR(some.row(1, 3, half)[1], 0.2, 1e-6);
  EXPECT_EQ(some.row(1, 3, none_has), (spec::ConditionRow{1, 1}));
  int men_half = 0;  // what is between says nothing of which row is taken
  for (std::uint64_t i = 0; i < 400; ++i) men_half += some.row(1, i, half)[0] == 1;
  EXPECT_NEAR(men_half, 300, 40);
  EXPECT_EQ(some.shown(8), (std::vector<spec::ConditionRow>{{-1, 1}, {1, -1}}));
  EXPECT_EQ(some.shown(1), (std::vector<spec::ConditionRow>{{1, -1}}));  // the most frequent
  const infer::Conditions digits({"digit", {"0", "1", "2"}}, {0, 1, 0});
  EXPECT_EQ(digits.shown(2), (std::vector<spec::ConditionRow>{{1, 0, 0}, {0, 1, 0}}));
  EXPECT_TRUE(infer::Conditions().row(1, 1).empty());
  EXPECT_TRUE(infer::Conditions().shown(3).empty());
}

class ConditionSampling : public Loop {
 protected:
  void SetUp() override {
    config::Config c = told_tiny();
    c.epochs = 1;
    train_new(c);
  }
  run::Loaded loaded() const { return run::load_newest(folder_ / "run"); }
};

TEST_F(ConditionSampling, ShowsWhatIsAskedFor) {
  const infer::Sampler sampler(loaded());
  const std::vector<infer::Sample> samples = {{7, 0}, {7, 1}};
  const auto& condition = sampler.conditions().condition();
  const auto drawn = sampler.latents(samples),
             men = sampler.latents(samples, condition.parse("Male=1,Smiling=0"));
  EXPECT_EQ(drawn[1].size(), 6u);
  EXPECT_EQ(men[1], infer::told(sampler.latent(7, 1), {1, -1}));
  const auto pictures = sampler.pictures(men);
  EXPECT_NE(pictures[1], sampler.pictures(sampler.latents(samples, condition.parse("Male=0,Smiling=0")))[1]);
  const auto by_chunks = sampler.pictures_by_chunks(men);
  for (std::size_t p = 0; p < pictures[1].pixels.size(); ++p)
    EXPECT_NEAR(by_chunks[1].pixels[p], pictures[1].pixels[p], 1);
  EXPECT_EQ(error_of([&] { sampler.pictures({sampler.latent(7, 1)}); }).kind(), ErrorKind::internal);
}

TEST_F(ConditionSampling, TruncationLeavesTheConditionAlone) {
  const infer::PictureMaker tame(loaded(), {.truncation = 0});
  const infer::Sampler& sampler = tame.sampler();
  const Latent z = sampler.latent(7, 0);
  const auto pictures = tame.pictures({infer::told(z, {1, 1}), infer::told(z, {-1, 1})});
  EXPECT_NE(pictures[0], pictures[1]);
  EXPECT_EQ(pictures[0], sampler.pictures({infer::told(Latent(4), {1, 1})})[0]);
}

TEST_F(ConditionSampling, WalksGoFromConditionToCondition) {
  const infer::PictureMaker maker(loaded(), {});
  const auto& condition = maker.sampler().conditions().condition();
  const auto walks = maker.walks({5, 5}, 1, {.frames = 3},
                                 {condition.parse("Male=0,Smiling=1"), condition.parse("Male=1,Smiling=1")});
  const Latent z = maker.sampler().latent(5, 0);
  const auto expected =
      maker.pictures({infer::told(z, {-1, 1}), infer::told(z, {0, 1}), infer::told(z, {1, 1})});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(walks[i][0], expected[i]) << i;
}

TEST_F(ConditionSampling, DirectionsAreThoseOfTheLatent) {
  const infer::Sampler sampler(loaded());
  const auto directions = sampler.directions(4);
  ASSERT_EQ(directions.size(), 4u);
  EXPECT_EQ(directions[0].size(), 4u);
  EXPECT_EQ(error_of([&] { sampler.directions(5); }).kind(), ErrorKind::internal);
  // Of the same weights without those of the condition.
  const config::Config told = loaded().config();
  config::Config plain = told;
  plain.condition = "none";
  nn::Network g(config::build_networks(told).generator, "g", at::kCPU),
      h(config::build_networks(plain).generator, "g", at::kCPU);
  g.initialise("he", 2), h.initialise("he", 2);
  h.tensors()[0].tensor.detach().copy_(g.tensors()[1].tensor.narrow(1, 0, 4));
  EXPECT_EQ(infer::principal_directions(g, 3), infer::principal_directions(h, 3));
}

TEST_F(ConditionSampling, IsJudgedWithoutACondition) {
  const infer::Scorer scorer(loaded());
  const auto logits = scorer.logits(1, [](std::size_t) { return image::Image(8, 8, 1); });
  EXPECT_TRUE(logits[0].has_value());
}

TEST_F(ConditionSampling, BrokenRowsAreRefused) {
  const run::Loaded good = loaded();
  const auto refused = [&](const std::function<void(run::Loaded&)>& breaks) {
    run::Loaded bad = good;
    breaks(bad);
    return error_of([&] { infer::Conditions{bad}; }).kind();
  };
  EXPECT_EQ(refused([](run::Loaded& l) { l.file.metadata.erase(run::kKeyConditions); }),
            ErrorKind::checkpoint);
  EXPECT_EQ(refused([](run::Loaded& l) { l.file.metadata[run::kKeyConditions] = "Male"; }),
            ErrorKind::checkpoint);
  for (const char* names : {"Male\nMale", "Male\n", "Male\nA\x1b[2J"})
    EXPECT_EQ(refused([&](run::Loaded& l) { l.file.metadata[run::kKeyConditions] = names; }),
              ErrorKind::checkpoint)
        << names;
  EXPECT_EQ(refused([](run::Loaded& l) {
              std::erase_if(l.file.tensors,
                            [](const auto& t) { return t.name == infer::Conditions::kTensor; });
            }),
            ErrorKind::checkpoint);
}

// Eight columns show four combinations twice; rows share a latent.
TEST_F(ConditionSampling, TrainingGridsHaveAColumnForEach) {
  const infer::Sampler sampler(loaded());
  const auto shown = sampler.conditions().shown(8);
  ASSERT_EQ(shown.size(), 4u);
  const auto png = core::read_file(folder_ / "run/samples/epoch_0001.png", 1 << 20, ErrorKind::io);
  const image::Image grid = image::decode_png(image::as_bytes(png));
  const auto cell = [&](int row, int column) {
    std::vector<unsigned char> pixels;
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x)
        pixels.push_back(grid.pixels[static_cast<std::size_t>(
            ((2 + 10 * row + y) * grid.width + 2 + 10 * column + x) * grid.channels)]);
    return pixels;
  };
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 8; ++column) {
      const auto number = static_cast<std::uint64_t>(row * 2 + column / 4);
      const Latent z = infer::told(infer::draw_latent(7, core::Purpose::grid, number, 4),
                                   shown[static_cast<std::size_t>(column % 4)]);
      EXPECT_EQ(sampler.pictures({z})[0].pixels, cell(row, column)) << row << ' ' << column;
    }
}

}  // namespace
}  // namespace facegan::train
