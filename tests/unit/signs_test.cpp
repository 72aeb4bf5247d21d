// What the health watch sees in lines of numbers, and what it does not.
#include "facegan/run/signs.h"

#include <gtest/gtest.h>

#include <functional>
#include <numbers>

#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"

namespace facegan::run {
namespace {

using Change = std::function<void(Metrics&)>;

// A line every 50 steps, a grid every 200, of batch 32: a run as it should be, but for the change.
std::vector<Metrics> course(const Change& change, std::int64_t steps = 2000) {
  std::vector<Metrics> lines;
  for (std::int64_t step = 50; step <= steps; step += 50) {
    Metrics m;
    m.step = step, m.images = 32 * step, m.epoch = step / 200 + 1;
    m.set("d_loss", 0.7), m.set("g_loss", 2), m.set("g_gradient", 3);
    m.set("d_accuracy_real", 0.9), m.set("d_accuracy_fake", 0.92);
    if (step % 200 == 0) {
      m.set("grid_variety", 0.95), m.set("grid_nearest", 0.9), m.set("grid_checkerboard", 1.6);
      m.set("grid_range", 250), m.set("grid_color", 0.15), m.set("grid_copies", 0.9), m.set("swd", 40);
    }
    change(m);
    lines.push_back(m);
  }
  return lines;
}

config::Config settings(const std::string& loss = "bce") {
  config::Config c = config::from_yaml(config::find_preset("dcgan").yaml, "dcgan");
  c.loss = loss, c.evaluate_every = "1";
  return c;
}

std::vector<std::string> names(const std::vector<Sign>& signs) {
  std::vector<std::string> out;
  for (const Sign& sign : signs) {
    out.emplace_back(sign.name);
    for (const auto& text : {sign.warning.what, sign.warning.meaning, sign.warning.advice})
      EXPECT_TRUE(text.ends_with(".")) << text;
  }
  return out;
}

std::vector<std::string> seen(const Change& change, const config::Config& config = settings(),
                              std::int64_t pictures = 10'000) {
  const auto lines = course(change);
  return names(signs_of({lines, &config, pictures}));
}

// The change from step 1200 on, when a run has seen some pictures.
Change late(const std::string& name, double value) {
  const spec::MetricKey key = *spec::find_metric(name);
  return [=](Metrics& m) {
    if (m.step > 1200 && m.has(key)) m.set(key, value);
  };
}

using Names = std::vector<std::string>;

TEST(Signs, AGoodRunHasNone) {
  const auto lines = course([](Metrics&) {});
  EXPECT_EQ(seen([](Metrics&) {}), Names{});
  EXPECT_EQ(names(signs_of({lines, nullptr, 0})), Names{});
  EXPECT_TRUE(signs_of({}).empty());
}

TEST(Signs, AlmostBadIsGood) {
  EXPECT_EQ(seen([](Metrics& m) { m.set("d_accuracy_real", 0.98), m.set("d_accuracy_fake", 1); }), Names{});
  for (const auto& [key, value] : std::vector<std::pair<std::string, double>>{{"grid_variety", 0.4},
                                                                              {"grid_nearest", 0.4},
                                                                              {"grid_copies", 0.6},
                                                                              {"grid_checkerboard", 3.5},
                                                                              {"grid_color", 0.45},
                                                                              {"swd", 48},
                                                                              {"g_gradient", 0.05},
                                                                              {"g_gradient", 200}})
    EXPECT_EQ(seen(late(key, value)), Names{}) << key;
}

TEST(Signs, ACheckerboardThatFadesIsNone) {
  EXPECT_EQ(seen([](Metrics& m) {
              if (m.has("grid_checkerboard"))
                m.set("grid_checkerboard", 9.0 * 2000 / static_cast<double>(m.step));
            }),
            Names{});
}

TEST(Signs, EachIsSeen) {
  EXPECT_EQ(seen([](Metrics& m) { m.set("d_accuracy_real", 0.995), m.set("d_accuracy_fake", 1); }),
            Names{"d-won"});
  for (const auto& [name, key, value] :
       std::vector<std::tuple<std::string, std::string, double>>{{"g-vanishing", "g_gradient", 0.02},
                                                                 {"exploding", "g_gradient", 400},
                                                                 {"alike", "grid_variety", 0.2},
                                                                 {"repeats", "grid_nearest", 0.1},
                                                                 {"copies", "grid_copies", 0.3},
                                                                 {"checkerboard", "grid_checkerboard", 9},
                                                                 {"colors", "grid_color", 0.8},
                                                                 {"range", "grid_range", 1},
                                                                 {"worse", "swd", 55}})
    EXPECT_EQ(seen(late(key, value)), Names{name});
}

// A kernel distance at 0, or below by chance, is as good as can be: nothing is 25 % above it.
TEST(Signs, NothingIsWorseThanZero) {
  config::Config c = settings();
  c.evaluate = "kid";
  const auto kid = [](double best) {
    return [=](Metrics& m) {
      if (m.step % 200 == 0) m.set("kid", m.step == 800 ? best : 0.01);
    };
  };
  EXPECT_EQ(seen(kid(0.001), c), Names{"worse"});
  EXPECT_EQ(seen(kid(-0.001), c), Names{});
}

TEST(Signs, LossesThatCompareHaveTheirOwn) {
  const auto relativistic = settings("relativistic");
  EXPECT_EQ(seen(late("d_loss", 0.01), relativistic), Names{"d-won"});
  EXPECT_EQ(seen(late("d_loss", 0.09), relativistic), Names{}) << "a healthy run ends like that";
  // A dead D: the output is always the same, and G gets no gradient.
  for (const auto& [config, loss] : {std::pair{relativistic, 1}, {settings(), 2}}) {
    const Change dead = [loss = loss](Metrics& m) {
      if (m.step > 1200) m.set("d_loss", loss * std::numbers::ln2), m.set("g_gradient", 0.01);
    };
    const auto lines = course(dead);
    const auto signs = signs_of({lines, &config, 10'000});
    ASSERT_EQ(names(signs), Names{"g-vanishing"});
    EXPECT_TRUE(signs[0].warning.what.starts_with("The discriminator is dead"));
  }
  const Change sure = [](Metrics& m) { m.set("d_accuracy_real", 1), m.set("d_accuracy_fake", 1); };
  EXPECT_EQ(seen(sure, relativistic), Names{});
  EXPECT_EQ(seen(sure, settings("wgan-gp")), Names{});
  EXPECT_EQ(seen(sure, settings("hinge")), Names{"d-won"});
}

TEST(Signs, WhatARunBeginsWith) {
  config::Config c = settings();
  EXPECT_EQ(seen([](Metrics&) {}, c, 300), Names{});  // a trial of 25 epochs
  c.epochs = 200;
  EXPECT_EQ(seen([](Metrics&) {}, c, 300), Names{"small-set"});
  const auto lines = course([](Metrics&) {});
  const auto advice = [&] { return signs_of({lines, &c, 300})[0].warning.advice; };
  EXPECT_EQ(
      advice(),
      "Take more pictures, where there are any. Begin with a run on many pictures: --init-from RUN. Mirror "
      "them with --flip. Add --augment translation,color --hold-out auto. Stop in time: --evaluate-every 30 "
      "--stop-when-worse 5.");
  c.augment = "translation", c.augment_p = "0.3", c.flip = true, c.stop_when_worse = 3;
  EXPECT_EQ(
      advice(),
      "Take more pictures, where there are any. Begin with a run on many pictures: --init-from RUN. Let "
      "--augment-p auto follow what it knows.");
  c.augment_p = "auto", c.init_from = "x.safetensors";
  EXPECT_EQ(advice(), "Take more pictures, where there are any.");
  c.flip = true;
  EXPECT_EQ(seen([](Metrics&) {}, c, 600), Names{});
  EXPECT_EQ(seen([](Metrics&) {}, c, 400), Names{"small-set"});
  c.batch = 12, c.accumulate = 6;
  EXPECT_EQ(seen([](Metrics&) {}, c), Names{"small-batch"});
  c.batch = 12, c.accumulate = 1;
  c.discriminator = config::parse_yaml("[minibatch_stddev, flatten, {dense: {units: 1}}]", "d");
  EXPECT_EQ(seen([](Metrics&) {}, c), Names{});
  c.batch = 35;
  EXPECT_EQ(seen([](Metrics&) {}, c), Names{"small-batch"});
  c.discriminator = config::parse_yaml("[minibatch_stddev: {group: 5}, flatten, {dense: {units: 1}}]", "d");
  EXPECT_EQ(seen([](Metrics&) {}, c), Names{});
}

TEST(Signs, EarlyPicturesMayLookAnyhow) {
  const config::Config config = settings();
  const auto lines = course(
      [](Metrics& m) {
        if (m.has("swd"))
          m.set("grid_variety", 0.01), m.set("grid_nearest", 0), m.set("grid_checkerboard", 90);
      },
      600);
  EXPECT_EQ(names(signs_of({lines, &config, 10'000})), Names{});
}

TEST(Watch, TellsEachOnceAlsoAfterAResume) {
  const config::Config config = settings();
  auto lines = course(late("grid_nearest", 0.1));
  Watch watch(config, 10'000, {});
  std::vector<std::int64_t> at;
  for (Metrics& line : lines)
    for (const Sign& sign : watch.add(line)) {
      EXPECT_STREQ(sign.name, "repeats");
      at.push_back(line.step);
    }
  EXPECT_EQ(at, (std::vector<std::int64_t>{1800}));  // the third grid after 1200
  const auto told = parse_metrics(metrics_json(lines[35]));
  EXPECT_EQ(told->signs, Names{"repeats"});
  // Resumed after it was told, and before.
  const auto tail = [&](std::size_t from) {
    std::vector<Metrics> earlier;
    for (std::size_t i = 0; i < from; ++i) earlier.push_back(*parse_metrics(metrics_json(lines[i])));
    Watch resumed(config, 10'000, earlier);
    std::size_t count = 0;
    for (std::size_t i = from; i < lines.size(); ++i) {
      Metrics line = lines[i];
      line.signs.clear();
      count += resumed.add(line).size();
    }
    return count;
  };
  EXPECT_EQ(tail(37), 0u);
  EXPECT_EQ(tail(30), 1u);
}

}  // namespace
}  // namespace facegan::run
