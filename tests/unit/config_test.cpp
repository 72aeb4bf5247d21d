// Options, presets, YAML and the merging of the layers.
#include "facegan/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "error_of.h"
#include "facegan/config/options.h"
#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "temporary_folder.h"

namespace facegan::config {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  TemporaryFolder folder_;
};

template <class Call>
std::string message_of(Call call) {
  const Error error = error_of(call);
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  return error.what();
}

#define EXPECT_IN(part, text) EXPECT_NE((text).find(part), std::string::npos) << (text)

Resolved resolve_with(const Request& request, std::vector<const char*> environment = {}) {
  environment.push_back(nullptr);
  return resolve(request, environment.data());
}

bool same_tree(const spec::Node& a, const spec::Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() ||
      a.entries.size() != b.entries.size())
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same_tree(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.entries.size(); ++i)
    if (a.entries[i].first != b.entries[i].first || !same_tree(a.entries[i].second, b.entries[i].second))
      return false;
  return true;
}

// Refused as a flag; from files, presets and the environment they wait for what they need.
TEST_F(ConfigTest, FlagsThatDoNothingAloneAreRefused) {
  const std::vector<std::vector<Setting>> lonely = {
      {{"augment_p", "0.3", "flag --augment-p"}},     {{"penalty_every", "8", "flag --penalty-every"}},
      {{"penalty_end", "0.1", "flag --penalty-end"}}, {{"lr_decay", "0.5", "flag --lr-decay"}},
      {{"lr_end", "0.1", "flag --lr-end"}},           {{"stop_when_worse", "3", "flag --stop-when-worse"}}};
  const std::vector<std::vector<Setting>> company = {
      {{"augment", "color", "flag --augment"}}, {{"r2", "1", "flag --r2"}},
      {{"loss", "wgan-gp", "flag --loss"}},     {{"lr_schedule", "cosine", "flag --lr-schedule"}},
      {{"lr_schedule", "linear", "flag"}},      {{"evaluate_every", "5m", "flag --evaluate-every"}}};
  for (std::size_t i = 0; i < lonely.size(); ++i) {
    const Setting& setting = lonely[i][0];
    EXPECT_IN(setting.source.substr(5) + " does nothing without ", message_of([&] {
                resolve_with({lonely[i], "dcgan", ""});
              }));
    auto both = lonely[i];
    both.push_back(company[i][0]);
    EXPECT_NO_THROW(resolve_with({both, "dcgan", ""})) << setting.key;
    const std::string file = write("lonely.yaml", setting.key + ": " + setting.value + "\n");
    EXPECT_NO_THROW(resolve_with({{}, "dcgan", file})) << setting.key;
    EXPECT_NO_THROW(resolve_with({{{setting.key, setting.value, "flag --try"}}, "dcgan", ""})) << setting.key;
    const std::string variable = environment_name(setting.key) + "=" + setting.value;
    EXPECT_NO_THROW(resolve_with({{}, "dcgan", ""}, {variable.c_str()})) << setting.key;
  }
  EXPECT_NO_THROW(resolve_with({{{"stop_when_worse", "0", "flag --stop-when-worse"}}, "dcgan", ""}));
}

TEST_F(ConfigTest, AnotherCheckpointHasAnotherChecksum) {
  const std::string file = write("run.yaml", "init_from: a.safetensors\ninit_from_hash: 0123456789abcdef\n");
  EXPECT_EQ(resolve_with({{}, "dcgan", file}).config.init_from_hash, "0123456789abcdef");
  const Resolved other = resolve_with({{{"init_from", "b", "flag --init-from"}}, "dcgan", file});
  EXPECT_EQ(other.config.init_from, "b");
  EXPECT_EQ(other.config.init_from_hash, "");
  EXPECT_EQ(other.sources.at("init_from_hash"), "default");
  EXPECT_IN("init_from_hash is 16 hex digits in small letters, or nothing, not 'XYZ'", message_of([&] {
              resolve_with({{}, "dcgan", write("bad.yaml", "init_from_hash: XYZ\n")});
            }));
}

TEST_F(ConfigTest, EachLayerWinsOverThoseBelowAndIsNamed) {
  Request request;
  request.preset = "mnist";
  request.config_file = write("my.yaml", "# mine\nepochs: 7\nbatch: 33\nseed: 5\n");
  request.flags = {{"seed", "9", "flag --seed"}};
  const Resolved r =
      resolve_with(request, {"FACEGAN_BATCH=44", "FACEGAN_SEED=8", "HOME=/", "FACEGAN_LIMIT="});
  EXPECT_EQ(r.config.workers, 0);
  EXPECT_EQ(r.sources.at("workers"), "default");
  EXPECT_EQ(r.config.lr_g, 1e-4);
  EXPECT_EQ(r.config.lr_d, 1e-4);
  EXPECT_EQ(r.sources.at("lr_d"), "preset mnist");
  EXPECT_EQ(r.config.epochs, 7);
  EXPECT_EQ(r.sources.at("epochs"), request.config_file + ":2");
  EXPECT_EQ(r.config.batch, 44);
  EXPECT_EQ(r.sources.at("batch"), "environment FACEGAN_BATCH");
  EXPECT_EQ(r.config.seed, 9);
  EXPECT_EQ(r.sources.at("seed"), "flag --seed");
  EXPECT_EQ(r.config.limit, 0);  // an empty variable is an unset one
  EXPECT_EQ(r.sources.at("generator"), "preset mnist");
  EXPECT_EQ(r.sources.at("preset"), "flag --preset");
}

TEST_F(ConfigTest, OneRateForBothNetworksYieldsToTheNarrowerOne) {
  Request request;
  request.flags = {{"lr_g", "0.5", "flag --lr-g"}, {"lr", "0.25", "flag --lr"}};
  Resolved r = resolve_with(request);
  EXPECT_EQ(r.config.lr_g, 0.5);
  EXPECT_EQ(r.config.lr_d, 0.25);
  EXPECT_EQ(r.sources.at("lr_d"), "flag --lr");
  // A higher layer's common rate wins over a lower layer's narrow one.
  r = resolve_with({{{"lr", "0.25", "flag --lr"}}, "", write("f.yaml", "lr_g: 1\n")});
  EXPECT_EQ(r.config.lr_g, 0.25);
}

TEST_F(ConfigTest, DataSetDecidesThePresetUnlessOneIsNamed) {
  EXPECT_EQ(resolve_with({}).config.preset, "faces");
  EXPECT_EQ(resolve_with({}).config.dataset, "faces");
  EXPECT_EQ(resolve_with({}, {"FACEGAN_DATASET=mnist"}).config.size, 28);
  EXPECT_EQ(resolve_with({{}, "", write("a.yaml", "dataset: mnist\n")}).config.preset, "mnist");
  EXPECT_EQ(
      resolve_with({{{"dataset", "celeba", "flag --dataset"}}}, {"FACEGAN_DATASET=mnist"}).config.preset,
      "faces");
  EXPECT_EQ(resolve_with({{{"dataset", "folder", "flag --dataset"}}}).config.preset, "faces");
  EXPECT_EQ(resolve_with({{{"dataset", "folder", "flag"}, {"channels", "1", "flag"}}}).config.preset, "dcgan");
  const Resolved named =
      resolve_with({{{"dataset", "mnist", "flag --dataset"}}}, {"FACEGAN_PRESET=quickstart"});
  EXPECT_EQ(named.config.preset, "quickstart");
  EXPECT_EQ(named.config.dataset, "mnist");
  EXPECT_EQ(named.sources.at("preset"), "environment FACEGAN_PRESET");
  EXPECT_EQ(resolve_with({{}, "", write("b.yaml", "preset: mnist\n")}).config.dataset, "mnist");
  EXPECT_EQ(resolve_with({{}, "dcgan", write("c.yaml", "preset: mnist\n")}).config.preset, "dcgan");
}

TEST_F(ConfigTest, MistakesInFilesAreNamedWithLineAndNearestName) {
  const auto said = [&](const std::string& text) {
    const std::string file = write("bad.yaml", text);
    const std::string message = message_of([&] { resolve_with({{}, "", file}); });
    return message.starts_with(file) ? message.substr(file.size()) : "elsewhere: " + message;
  };
  EXPECT_EQ(said("size: 64\nepohcs: 3\n"), ":2: unknown key 'epohcs', did you mean 'epochs'?");
  EXPECT_EQ(said("lr-g: 1e-4\n"), ":1: unknown key 'lr-g', did you mean 'lr_g'?");
  EXPECT_EQ(said("\n\nbatch: 0\n"), ":3: batch is a whole number from 1 to 65536, not '0'");
  EXPECT_EQ(said("batch: 010\n"), ":1: batch is a whole number from 1 to 65536, not '010'");
  EXPECT_EQ(said("batch: 0x10\n"), ":1: batch is a whole number from 1 to 65536, not '0x10'");
  EXPECT_EQ(said("batch: 1e2\n"), ":1: batch is a whole number from 1 to 65536, not '1e2'");
  EXPECT_EQ(said("beta1: .nan\n"), ":1: beta1 is a number from 0 to 0.999999, not '.nan'");
  EXPECT_EQ(said("deterministic: yes\n"), ":1: deterministic is true or false, not 'yes'");
  EXPECT_EQ(said("dataset: celebb\n"),
            ":1: dataset is one of faces, celeba, lfw, mnist, folder, not 'celebb', did you mean 'celeba'?");
  EXPECT_EQ(said("grid: 8\n"), ":1: grid is ROWSxCOLUMNS with 1 to 64 each, such as 8x8, not '8'");
  for (const char* bad : {"every", "every 0", "every -3", "every 1.5", "every  5", "5", "Every 5", "squrt"})
    EXPECT_EQ(
        said(std::string("gif: ") + bad + "\n"),
        std::string(":1: gif is auto, all, sqrt or 'every N' with a whole number from 1, not '") + bad + "'");
  for (const char* bad : {"red", "#12345", "#1234567", "#12345g", "#-12345", "#0x1234", "123456", "White"})
    EXPECT_EQ(said(std::string("grid_color: '") + bad + "'\n"),
              std::string(":1: grid_color is white, black, gray or #rrggbb (in quotes), not '") + bad + "'");
  EXPECT_EQ(said("grid_margin: 257\n"), ":1: grid_margin is a whole number from 0 to 256, not '257'");
  EXPECT_EQ(said("channels: 2\n"), ":1: channels is 1 (grey) or 3 (colour), not '2'");
  EXPECT_IN(":1: crop is auto, center", said("crop: 25,65,10,193\n"));
  EXPECT_IN(":1: device is auto, cpu, cuda or cuda:N", said("device: cuda:x\n"));
  EXPECT_EQ(said("seed:\n"), ":1: seed needs one value");
  EXPECT_EQ(said("seed: [1, 2]\n"), ":1: seed needs one value");
  EXPECT_EQ(said("- 1\n"), ":1: a configuration is a list of 'key: value' lines");
  EXPECT_EQ(said("preset: dcgna\n"), ":1: unknown preset 'dcgna', did you mean 'dcgan'?");
  EXPECT_IN(":3: generator layer 1: unknown layer 'relv', did you mean 'relu'?",
            said("seed: 1\ngenerator:\n  - relv\n"));
  EXPECT_EQ(said("seed: 1\nseed: 2\n"), ":2: 'seed' is given twice, first in line 1");
}

TEST_F(ConfigTest, MistakesElsewhereAreNamedWithTheirPlace) {
  const auto flag = [&](const std::string& key, const std::string& value) {
    return message_of([&] { resolve_with({{{key, value, "flag " + flag_name(key)}}}); });
  };
  EXPECT_EQ(flag("batch", "70000"), "flag --batch: batch is a whole number from 1 to 65536, not '70000'");
  EXPECT_EQ(flag("where", "Male Young"),
            "--where 'Male Young', character 6: 'and' or 'or' is missing before 'Young'");
  EXPECT_EQ(message_of([] { resolve_with({}, {"FACEGAN_WHERE=("}); }),
            "environment FACEGAN_WHERE: --where '(', character 2: the name of an attribute is missing before "
            "the end");
  EXPECT_EQ(flag("precision", "fp16"),
            "flag --precision: precision is one of auto, fp32, tf32, bf16, not 'fp16', did you mean 'fp32'?");
  EXPECT_EQ(message_of([] {
              resolve_with({{}, "mnits"});
            }),
            "flag --preset: unknown preset 'mnits', did you mean 'mnist'?");
  EXPECT_EQ(message_of([] { resolve_with({}, {"FACEGAN_LR_G=fast"}); }),
            "environment FACEGAN_LR_G: lr_g is a number from 0 to 1000000, not 'fast'");
  EXPECT_IN("/none.yaml", message_of([&] { resolve_with({{}, "", (folder_ / "none.yaml").string()}); }));
  EXPECT_IN("(with flag --size 65)", flag("size", "65"));
  EXPECT_NO_THROW(resolve_with({{{"size", "65", "flag --size"}}, "", "", false}));
  EXPECT_IN("over 100,000,000 pixels", message_of([] {
              resolve_with({{{"grid", "64x64", "flag --grid"}, {"grid_scale", "16", "flag --grid-scale"}}});
            }));
  const auto margins = [&](const char* margin) {
    resolve_with({{{"grid", "64x64", "flag --grid"},
                   {"size", "64", "flag --size"},
                   {"grid_margin", margin, "flag --grid-margin"}}});
  };
  EXPECT_NO_THROW(margins("90"));  // 64 * (64 + 90) + 90 = 9946, squared 98.9 million
  EXPECT_IN("with margins of 91 is over", message_of([&] { margins("91"); }));
  EXPECT_IN("or 65,000 a side", message_of([] {
              resolve_with({{{"grid", "64x1", "flag --grid"}, {"grid_scale", "16", "flag --grid-scale"}}});
            }));
}

TEST_F(ConfigTest, UnknownEnvironmentNamesWarnAndKnownOnesDoNot) {
  ::testing::internal::CaptureStderr();
  resolve_with({}, {"FACEGAN_BTACH=3", "FACEGAN_CACHE=/c", "FACEGAN_LIBTORCH=/t", "FACEGAN_OFFLINE=/o",
                    "FACEGAN_INDEX_URL=u", "FACEGAN_SETUP_CACHE=/s", "FACEGANX=1", "FACEGAN_BATCH=3"});
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_IN("FACEGAN_BTACH is not a setting of facegan, did you mean 'FACEGAN_BATCH'?", log);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

TEST_F(ConfigTest, WrittenConfigurationIsValidInputAgain) {
  Request request;
  request.preset = "dcgan";
  request.config_file =
      write("odd.yaml", "data: \"a: b # \\\"c\\\" \\\\ \\x01 \xc3\xa9\"\ncrop: 25,65,153,193\n");
  request.flags = {{"lr_g", "1e-08", "flag --lr-g"},
                   {"gif", "every 5", "flag --gif"},
                   {"grid_color", "#0a80FF", "flag --grid-color"},
                   {"where", "not Male=1 or person='X: \"Y\" # z' and photos>=2", "flag --where"},
                   {"out", "somewhere", "flag --out"}};
  const Resolved first = resolve_with(request);
  ASSERT_EQ(first.config.data, "a: b # \"c\" \\ \x01 \xc3\xa9");
  const std::string text = to_yaml(first.config);
  EXPECT_EQ(text.find("somewhere"), std::string::npos);
  EXPECT_EQ(text.find("# from"), std::string::npos);

  const Config stored = from_yaml(text, "config.yaml");
  EXPECT_EQ(to_yaml(stored), text);
  const Config again =
      resolve_with({{}, "", write("config.yaml", to_yaml(first.config, &first.sources))}).config;
  EXPECT_EQ(to_yaml(again), text);
  for (const Option& option : options())
    if (option.stored) {
      EXPECT_EQ(get_option(again, option), get_option(first.config, option)) << option.key;
    }
  EXPECT_TRUE(same_tree(again.generator, first.config.generator));
  EXPECT_TRUE(same_tree(stored.discriminator, first.config.discriminator));
  EXPECT_EQ(build_networks(stored).generator.total(), 3578624);
}

// YAML 1.1, which PyYAML reads, takes 1e-05 for a text: numbers have a point and a signed exponent.
TEST_F(ConfigTest, WrittenNumbersAreNumbersForOtherReadersToo) {
  Request request;
  request.preset = "dcgan";
  request.config_file = write("small.yaml",
                              "generator:\n  - dense: {units: 16}\n  - batch_norm: {eps: 1E5}\n"
                              "  - batch_norm: {eps: 2.5e-7}\n  - batch_norm: {eps: '1e-7'}\n  - relu\n");
  request.flags = {{"lr_g", "1e-5", "test"}, {"lr_d", "2.5e-7", "test"}, {"adam_eps", "0.001", "test"}};
  request.needs_networks = false;
  const Config config = resolve_with(request).config;
  const std::string text = to_yaml(config);
  for (const char* line : {"\nlr_g: 1.0e-05\n", "\nlr_d: 2.5e-07\n", "\nadam_eps: 0.001\n", "{eps: 1.0e+5}",
                           "{eps: 2.5e-7}", "{eps: 1.0e-7}"})
    EXPECT_IN(line, text);
  const Config again = resolve_with({{}, "", write("again.yaml", text), false}).config;
  EXPECT_EQ(again.lr_g, 1e-5);
  EXPECT_EQ(to_yaml(again), text);
}

TEST_F(ConfigTest, WrittenSourcesStandInOneColumn) {
  const Resolved r = resolve_with({{{"epochs", "3", "flag --epochs"}}});
  const std::string text = to_yaml(r.config, &r.sources);
  EXPECT_IN("epochs: 3", text);
  std::set<std::size_t> columns;
  std::size_t comments = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const auto at = line.find("  # from "); at != std::string::npos) columns.insert(at), ++comments;
  EXPECT_EQ(columns.size(), 1u) << text;
  EXPECT_GT(comments, 30u);
  EXPECT_IN("# from flag --epochs\n", text);
}

TEST_F(ConfigTest, YamlIsStricterThanYaml) {
  const auto said = [](const std::string& text) { return message_of([&] { parse_yaml(text, "f"); }); };
  EXPECT_EQ(said("a: 1\nb: {c: 1, c: 2}\n"), "f:2: 'c' is given twice, first in line 2");
  EXPECT_IN("f:1: anchors (&) and aliases (*)", said("a: &x 1\nb: *x\n"));
  EXPECT_IN("f:1: anchors (&) and aliases (*)", said("&a [*a]\n"));
  EXPECT_IN("f:2: anchors (&) and aliases (*)", said("a: 1\nb: &y\n"));
  EXPECT_EQ(said("a: !!int 3\n"), "f:1: the tag 'tag:yaml.org,2002:int' is not allowed; remove it");
  EXPECT_EQ(said(std::string(33, '[') + std::string(33, ']')), "f:1: nested deeper than 32 levels");
  EXPECT_NO_THROW(parse_yaml(std::string(32, '[') + std::string(32, ']'), "f"));
  EXPECT_IN("nested deeper than 32", said(std::string(100000, '[') + std::string(100000, ']')));
  EXPECT_EQ(said("[a]: 1\n"), "f:1: a key must be a plain word");
  EXPECT_EQ(said("a: 1\n---\nb: 2\n"), "f:2: a second document ('---'); one file holds one configuration");
  EXPECT_IN("f:3: not valid YAML: ", said("a: 1\nb: [1, 2\n"));
  EXPECT_EQ(said(std::string("a: 1\nb: \0\n", 10)), "f:2: a zero byte; this is not a text file");
  EXPECT_IN("1 MiB", said(std::string((1 << 20) + 1, '#')));

  const spec::Node root = parse_yaml("a: 010\nb:\n  - x: '7'\nc:\n", "f");
  EXPECT_EQ(root.find("a")->text, "010");
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_EQ(root.find("b")->line, 2);
  EXPECT_EQ(root.find("b")->items[0].find("x")->where(), "f:3");
  EXPECT_TRUE(root.find("b")->items[0].find("x")->quoted);
  EXPECT_EQ(root.find("c")->kind, spec::Node::Kind::null);
}

TEST_F(ConfigTest, OptionTableIsSound) {
  std::set<std::string> keys;
  for (const Option& option : options()) {
    EXPECT_TRUE(keys.insert(option.key).second) << option.key;
    EXPECT_GT(std::string(option.help).size(), 5u) << option.key;
    EXPECT_FALSE(std::string(option.group).empty()) << option.key;
    EXPECT_EQ(std::holds_alternative<bool Config::*>(option.member), std::string(option.value).empty())
        << option.key;
    EXPECT_EQ(find_option(option.key), &option);
    Config config;  // the default is within the option's own range
    EXPECT_NO_THROW(set_option(config, option, get_option(config, option), "test")) << option.key;
    // Where a run lies, and how long its processes wait for each other, is no part of its recipe.
    const bool is_elsewhere = option.key == std::string("out") || option.key == std::string("rank_timeout");
    EXPECT_TRUE(option.stored || is_elsewhere || !option.sets.empty()) << option.key;
  }
  EXPECT_EQ(flag_name("max_steps"), "--max-steps");
  EXPECT_EQ(environment_name("lr_g"), "FACEGAN_LR_G");
}

TEST_F(ConfigTest, PresetsResolve) {
  for (const Preset& preset : presets()) {
    EXPECT_FALSE(preset.description.empty()) << preset.name;
    EXPECT_FALSE(preset.source.empty()) << preset.name;
    EXPECT_EQ(resolve_with({{}, preset.name}).config.preset, preset.name);
  }
}

// All of `small_cpu:` or nothing; that of a file in place of its preset's.
TEST_F(ConfigTest, ASmallCpuTakesWhatAFileHasForIt) {
  const auto taken = [&](const Request& request, std::vector<const char*> environment = {}) {
    Resolved resolved = resolve_with(request, std::move(environment));
    const bool is_taken = take_small_cpu(resolved);
    EXPECT_EQ(is_taken, resolved.sources.at("batch").ends_with(", small_cpu"));
    EXPECT_EQ(is_taken, resolved.sources.at("lr_g").ends_with(", small_cpu"));
    return std::pair(resolved.config.batch, resolved.config.lr_g);
  };
  using Values = std::pair<std::int64_t, double>;
  EXPECT_EQ(taken({.preset = "faces"}), Values(8, 8e-4));
  EXPECT_EQ(taken({.preset = "dcgan"}), Values(128, 2e-4));
  // What a layer above sets stays, and so does all else.
  EXPECT_EQ(taken({.flags = {{"batch", "32", "flag --batch"}}, .preset = "faces"}), Values(32, 1.2e-3));
  EXPECT_EQ(taken({.flags = {{"lr_d", "1e-3", "flag --lr-d"}}, .preset = "faces"}), Values(16, 1.2e-3));
  EXPECT_EQ(taken({.preset = "faces"}, {"FACEGAN_BATCH=16"}), Values(16, 1.2e-3));
  EXPECT_EQ(taken({.preset = "faces", .config_file = write("a.yaml", "lr: 0.001\n")}), Values(16, 1e-3));
  EXPECT_EQ(taken({.preset = "faces", .config_file = write("b.yaml", "epochs: 3\n")}), Values(8, 8e-4));
  EXPECT_EQ(taken({.flags = {{"accumulate", "2", "flag --accumulate"}}, .preset = "faces"}),
            Values(16, 1.2e-3));
  const std::string own = write("c.yaml", "batch: 64\nsmall_cpu:\n  batch: 4\n  lr: 0.0005\n");
  EXPECT_EQ(taken({.preset = "faces", .config_file = own}), Values(4, 5e-4));
  EXPECT_EQ(taken({.preset = "faces", .config_file = write("d.yaml", "small_cpu: {}\n")}), Values(16, 1.2e-3));
  // Values that were taken are a run's own.
  Resolved run = resolve_with({.preset = "faces"});
  take_small_cpu(run);
  const std::string stored = to_yaml(run.config);
  EXPECT_EQ(stored.find("small_cpu"), std::string::npos);
  EXPECT_EQ(from_yaml(stored, "stored").batch, 8);
}

TEST_F(ConfigTest, MistakesOfASmallCpuAreNamedWithTheirLine) {
  const auto message = [&](const std::string& text) {
    return message_of([&] { resolve_with({.config_file = write("m.yaml", text)}); });
  };
  EXPECT_IN("m.yaml:1: small_cpu needs 'key: value' lines below it", message("small_cpu: 8\n"));
  EXPECT_IN("m.yaml:2: small_cpu takes batch and lr, not width", message("small_cpu:\n  width: 8\n"));
  EXPECT_IN("m.yaml:3: small_cpu takes batch and lr, not bach",
            message("small_cpu:\n  lr: 1\n  bach: 8\n"));
  EXPECT_IN("m.yaml:2: batch", message("small_cpu:\n  batch: 0\n"));
  EXPECT_IN("m.yaml:2: batch needs one value", message("small_cpu:\n  batch: [8]\n"));
}

TEST_F(ConfigTest, InitSetsBothNetworksBelowNarrowerKeys) {
  const Config c = resolve_with({{}, "", write("f.yaml", "init_d: he\ninit: orthogonal\n")}).config;
  EXPECT_EQ(c.init_g, "orthogonal");
  EXPECT_EQ(c.init_d, "he");
}

TEST_F(ConfigTest, WganGpBringsItsPenaltyUnlessOneIsSet) {
  EXPECT_EQ(resolve_with({{{"loss", "wgan-gp", "flag --loss"}}}).config.gp, 10);
  EXPECT_EQ(resolve_with({{{"loss", "wgan-gp", "flag --loss"}}}).sources.at("gp"), "loss wgan-gp");
  EXPECT_EQ(resolve_with({{{"loss", "wgan-gp", "flag --loss"}, {"gp", "0", "flag --gp"}}}).config.gp, 0);
  EXPECT_EQ(resolve_with({{{"loss", "hinge", "flag --loss"}}}).config.gp, 0);
}

TEST_F(ConfigTest, LabelsNeedALossThatHasThem) {
  EXPECT_NO_THROW(
      resolve_with({{{"loss", "lsgan", "flag --loss"}, {"label_flip", "0.1", "flag --label-flip"}}}));
  EXPECT_EQ(
      message_of([&] {
        resolve_with({{{"loss", "hinge", "flag --loss"}, {"label_smoothing", "0.1", "flag"}}});
      }),
      "label_smoothing has no meaning for the loss hinge, which has no labels; leave it out, or take bce, "
      "minimax or lsgan");
}

// What a resume does with the settings it may change: as strict as a new run.
TEST_F(ConfigTest, ChangesOfARunAreCheckedAsANewOne) {
  const Config run = resolve_with({}).config;
  EXPECT_EQ(changed(run, {{"lr_g", "0.001", "flag --lr-g"}}).lr_g, 0.001);
  EXPECT_EQ(changed(run, {{"loss", "wgan-gp", "flag --loss"}}).gp, 10);
  EXPECT_IN("label_smoothing", message_of([&] {
              changed(run, {{"loss", "hinge", "flag --loss"}, {"label_smoothing", "0.1", "flag"}});
            }));
  EXPECT_IN("size", message_of([&] { changed(run, {{"size", "50", "flag --size"}}); }));
  EXPECT_IN("--grid", message_of([&] { changed(run, {{"grid", "0x3", "flag --grid"}}); }));
}

TEST(Config, WhatDoesNotShowIsEscapedAndReadsBack) {
  Config config;
  config.data = "a\u202e\n\U000E0041\\\"\u00fc";
  const std::string yaml = to_yaml(config);
  for (const std::string& line : core::split(yaml, '\n')) EXPECT_TRUE(core::shows_as_it_is(line)) << line;
  EXPECT_EQ(from_yaml(yaml, "memory").data, config.data);
}

}  // namespace
}  // namespace facegan::config
