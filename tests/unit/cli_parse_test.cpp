// The command line against the real command table; the commands themselves are stand-ins.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <new>
#include <set>

#include "app/command_line/cli.h"
#include "app/command_line/seeds.h"
#include "error_of.h"
#include "facegan/config/options.h"

namespace facegan::app {

std::function<int(const Invocation&)> g_train = [](const Invocation&) { return 0; };
int run_train(const Invocation& invocation) {
  return g_train(invocation);
}
int run_sample(const Invocation&) {
  return 0;
}
int run_animate(const Invocation&) {
  return 0;
}
int run_interpolate(const Invocation&) {
  return 0;
}
int run_sweep(const Invocation&) {
  return 0;
}
int run_arithmetic(const Invocation&) {
  return 0;
}
int run_export(const Invocation&) {
  return 0;
}
int run_explore(const Invocation&) {
  return 0;
}
int run_import(const Invocation&) {
  return 0;
}
int run_explain(const Invocation&) {
  return 0;
}
int run_config(const Invocation&) {
  return 0;
}
int run_summary(const Invocation&) {
  return 0;
}
int run_data_check(const Invocation&) {
  return 0;
}
int run_data_pack(const Invocation&) {
  return 0;
}
int run_data_prune(const Invocation&) {
  return 0;
}
int run_data_stats(const Invocation&) {
  return 0;
}
int run_data_preview(const Invocation&) {
  return 0;
}
int run_score(const Invocation&) {
  return 0;
}
int run_tune(const Invocation&) {
  return 0;
}
int run_evaluate(const Invocation&) {
  return 0;
}
int run_list(const Invocation&) {
  return 0;
}
int run_bench(const Invocation&) {
  return 0;
}
int run_doctor(const Invocation&) {
  return 0;
}
int run_report(const Invocation&) {
  return 0;
}

namespace {

std::vector<const char*> arguments(const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"facegan"};
  for (const auto& word : words) argv.push_back(word.c_str());
  return argv;
}

Parsed parse_words(const std::vector<std::string>& words) {
  const auto argv = arguments(words);
  return parse(commands(), static_cast<int>(argv.size()), argv.data());
}

std::string refusal(const std::vector<std::string>& words) {
  const Error error = error_of([&] { parse_words(words); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  return error.what();
}

std::string flag_value(const Parsed& parsed, const std::string& key) {
  std::string value = "(not given)";
  for (const auto& setting : parsed.invocation.request.flags)
    if (setting.key == key) value = setting.value;
  return value;
}

TEST(CliParse, FlagsOfTheTableBecomeSettings) {
  const Parsed p = parse_words({"train", "--lr-g", "1e-4", "--epochs=3", "--preset", "mnist", "--config",
                                "a.yaml", "--epochs", "4", "--deterministic", "--no-grid-invert", "--dry-run",
                                "--crop", "1,2,3,4", "--data", "[x]"});
  ASSERT_TRUE(p.command);
  EXPECT_STREQ(p.command->name, "train");
  EXPECT_EQ(flag_value(p, "lr_g"), "1e-4");
  EXPECT_EQ(flag_value(p, "epochs"), "4");  // the last one counts
  EXPECT_EQ(flag_value(p, "deterministic"), "true");
  EXPECT_EQ(flag_value(p, "grid_invert"), "false");
  EXPECT_EQ(flag_value(p, "crop"), "1,2,3,4");
  EXPECT_EQ(flag_value(p, "data"), "[x]");
  EXPECT_EQ(p.invocation.request.preset, "mnist");
  EXPECT_EQ(p.invocation.request.config_file, "a.yaml");
  EXPECT_EQ(p.invocation.request.flags.size(), 6u);
  EXPECT_EQ(p.invocation.request.flags[0].source.substr(0, 7), "flag --");
  EXPECT_TRUE(p.invocation.has("dry-run"));
  EXPECT_FALSE(p.invocation.has("resume"));
}

TEST(CliParse, AMissingValueNeverSwallowsTheNextFlag) {
  EXPECT_EQ(refusal({"train", "--epochs", "--batch", "4"}),
            "--epochs needs a value (N|auto), but '--batch' follows");
  EXPECT_EQ(refusal({"train", "--data", "-h"}), "--data needs a value (PATH), but '-h' follows");
  EXPECT_EQ(refusal({"train", "--preset", "--help"}), "--preset needs a value (NAME), but '--help' follows");
  EXPECT_EQ(refusal({"sample", "--seed", "--each"}), "--seed needs a value (S), but '--each' follows");
  EXPECT_EQ(refusal({"train", "--epochs"}), "--epochs needs a value");
  EXPECT_EQ(flag_value(parse_words({"train", "--seed", "-5"}), "seed"),
            "-5");  // config refuses it, with the range
}

TEST(CliParse, ResumeHasAnOptionalValue) {
  const Parsed bare = parse_words({"train", "--resume", "--epochs", "4"});
  EXPECT_TRUE(bare.invocation.has("resume"));
  EXPECT_EQ(bare.invocation.text("resume", "?"), "");
  EXPECT_EQ(flag_value(bare, "epochs"), "4");
  EXPECT_EQ(parse_words({"train", "--resume"}).invocation.text("resume", "?"), "");
  EXPECT_EQ(parse_words({"train", "--resume", "7", "--epochs", "4"}).invocation.text("resume", "?"), "7");
  EXPECT_EQ(
      parse_words({"train", "--epochs", "4", "--resume=runs/0001-dcgan"}).invocation.text("resume", "?"),
      "runs/0001-dcgan");
  EXPECT_EQ(parse_words({"train", "--epochs", "4"}).invocation.text("resume", "?"), "?");
  // "train" and "data" are commands, too, but not here.
  EXPECT_EQ(parse_words({"train", "--data", "data"}).invocation.request.flags.at(0).value, "data");
}

TEST(CliParse, ACommandTakesAsManyArgumentsAsItsRowSays) {
  const auto stand_in = [](const Invocation&) { return 0; };
  const std::vector<Command> table = {
      {"score", "", 0, {{"json", "", ""}, {"out", "PATH", ""}}, "FILES...", stand_in},
      {"report", "", 0, {}, "[RUN...]", stand_in},
      {"list", "", 0, {}, "[KIND]", stand_in}};
  const auto parsed = [&](const std::vector<std::string>& words) {
    const auto argv = arguments(words);
    return parse(table, static_cast<int>(argv.size()), argv.data()).invocation;
  };
  using Words = std::vector<std::string>;
  const Invocation mixed = parsed({"score", "a.png", "--json", "b.png", "--out", "c", "d.png", "--quiet"});
  EXPECT_EQ(mixed.arguments, (Words{"a.png", "b.png", "d.png"}));
  EXPECT_TRUE(mixed.has("json"));
  EXPECT_EQ(mixed.text("out", ""), "c");
  EXPECT_EQ(parsed({"score", "--", "--json", "-x"}).arguments, (Words{"--json", "-x"}));
  EXPECT_EQ(parsed({"score"}).arguments, Words{});
  EXPECT_EQ(parsed({"report", "1", "list", "score"}).arguments, (Words{"1", "list", "score"}));
  EXPECT_STREQ(error_of([&] {
                 parsed({"score", "a", "--jsn"});
               }).what(),
               "unknown option '--jsn' of 'score', did you mean '--json'?");
  EXPECT_STREQ(error_of([&] { parsed({"list", "a", "b"}); }).what(), "'list' takes no argument 'b'");
}

TEST(CliParse, AFlagMayBeRepeated) {
  const auto plus = [](const std::vector<std::string>& words) {
    return parse_words(words).invocation.text("plus", "?");
  };
  EXPECT_EQ(plus({"arithmetic", "--plus", "1,2", "--minus", "3", "--plus=7"}), "1,2\n7");
  EXPECT_EQ(plus({"arithmetic", "--plus", "1"}), "1");
  EXPECT_EQ(refusal({"arithmetic", "--plus", "--minus", "3"}),
            "--plus needs a value (S...), but '--minus' follows");
}

TEST(CliParse, NumbersOfOwnFlagsHaveARange) {
  const Invocation invocation = parse_words({"arithmetic", "--noise", "0.5", "--truncation", "x"}).invocation;
  EXPECT_EQ(invocation.real("noise", 1, 0, 1), 0.5);
  EXPECT_EQ(invocation.real("scale", 1.5, 2, 3), 1.5);  // not given
  EXPECT_STREQ(error_of([&] { invocation.real("noise", 1, 1, 2); }).what(),
               "--noise is a number from 1 to 2, not '0.5'");
  EXPECT_STREQ(error_of([&] { invocation.real("truncation", 1, 0, 10); }).what(),
               "--truncation is a number from 0 to 10, not 'x'");
}

TEST(CliParse, UnknownNamesOfferTheNearest) {
  EXPECT_EQ(refusal({"train", "--epohcs", "3"}),
            "unknown option '--epohcs' of 'train', did you mean '--epochs'?");
  EXPECT_EQ(refusal({"train", "--no-determinstic"}),
            "unknown option '--no-determinstic' of 'train', did you mean '--no-deterministic'?");
  EXPECT_EQ(refusal({"sample", "--epochs", "3"}).substr(0, 37), "unknown option '--epochs' of 'sample'");
  EXPECT_EQ(refusal({"--verbos", "train"}),
            "unknown option '--verbos' of 'train', did you mean '--verbose'?");
  EXPECT_EQ(refusal({"trian", "--epochs", "3"}), "unknown command 'trian', did you mean 'train'?");
  EXPECT_EQ(refusal({"data", "chekc"}), "unknown command 'chekc', did you mean 'check'?");
  EXPECT_EQ(refusal({"data"}), "'data' needs one of: check, stats, preview, pack, prune");
  EXPECT_EQ(refusal({"--epochs", "3", "train"}), "'--epochs' goes after the command: facegan train --epochs");
  EXPECT_EQ(refusal({"train", "celeba"}), "'train' takes no argument 'celeba'");
  EXPECT_EQ(refusal({"train", "--dry-run=7"}), "--dry-run takes no value");
  EXPECT_EQ(refusal({"train", "--deterministic=no"}), "--deterministic takes no value");
}

TEST(CliParse, GeneralOptionsWorkBeforeAndAfterTheCommand) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--quiet", "--log-format", "json", "data", "check"},
                                             {"data", "check", "--log-format=json", "--quiet"}}) {
    const Parsed p = parse_words(words);
    ASSERT_TRUE(p.command);
    EXPECT_STREQ(p.command->name, "data check");
    EXPECT_EQ(p.log.level, core::LogLevel::warning);
    EXPECT_EQ(p.log.format, core::LogFormat::json);
  }
  EXPECT_EQ(parse_words({"list", "--verbose", "layers"}).log.level, core::LogLevel::debug);
  EXPECT_EQ(parse_words({"list", "--verbose", "layers"}).invocation.arguments,
            std::vector<std::string>{"layers"});
  EXPECT_EQ(refusal({"list", "--log-format", "xml"}), "--log-format is text or json, not 'xml'");
  EXPECT_EQ(refusal({"list", "--quiet", "--verbose"}), "--quiet and --verbose exclude each other");
}

TEST(CliParse, HelpNamesEveryCommandAndEveryFlagOnce) {
  const std::string root = parse_words({}).output;
  EXPECT_EQ(root, parse_words({"--help"}).output);
  EXPECT_EQ(root, parse_words({"-h"}).output);
  EXPECT_EQ(parse_words({"train", "--version"}).output.substr(0, 8), "facegan ");
  std::set<std::string> names;
  for (const Command& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_NE(root.find(std::string("\n  ") + command.name + " "), std::string::npos) << command.name;
    const Parsed p = [&] {
      std::vector<std::string> words = {"--help"};
      std::string name = command.name;
      if (const auto space = name.find(' '); space != std::string::npos)
        words.push_back(name.substr(0, space)), name = name.substr(space + 1);
      words.push_back(name);
      return parse_words(words);
    }();
    EXPECT_FALSE(p.command);
    const auto times_shown = [&](const std::string& start) {
      int times = 0;
      for (auto at = p.output.find("\n  " + start + " "); at != std::string::npos;
           at = p.output.find("\n  " + start + " ", at + 1))
        ++times;
      return times;
    };
    for (const auto& option : config::options()) {
      const std::string flag = config::flag_name(option.key);
      const bool own = std::any_of(command.flags.begin(), command.flags.end(),
                                   [&](const OwnFlag& f) { return "--" + std::string(f.name) == flag; });
      EXPECT_EQ(times_shown(*option.value ? flag : "--[no-]" + flag.substr(2)),
                own || (option.commands & command.options))
          << command.name << flag;
    }
    for (const OwnFlag& flag : command.flags)
      EXPECT_EQ(times_shown(std::string("--") + flag.name), 1) << command.name << flag.name;
    EXPECT_NE(p.output.back(), '\n');
  }
  // What does not work yet is not offered.
  for (const char* later : {"minimax", "interpolate"})
    EXPECT_EQ(parse_words({"train", "--help"}).output.find(later), std::string::npos) << later;
}

TEST(CliParse, OwnNumbersAreChecked) {
  const Parsed p = parse_words({"sample", "--count", "16"});
  EXPECT_EQ(p.invocation.integer("count", 64, 1, 100), 16);
  EXPECT_EQ(parse_words({"sample"}).invocation.integer("count", 64, 1, 100), 64);
  EXPECT_STREQ(error_of([&] { p.invocation.integer("count", 64, 1, 15); }).what(),
               "--count is a whole number from 1 to 15, not '16'");
}

TEST(CliParse, EveryEndHasItsExitCode) {
  const auto code = [](const std::vector<std::string>& words, std::string* log = nullptr) {
    const auto argv = arguments(words);
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const int result = run(commands(), static_cast<int>(argv.size()), argv.data());
    ::testing::internal::GetCapturedStdout();
    const std::string text = ::testing::internal::GetCapturedStderr();
    if (log) *log = text;
    return result;
  };
  std::string log;
  EXPECT_EQ(code({}), 0);
  EXPECT_EQ(code({"train"}), 0);
  EXPECT_EQ(code({"nonsense"}, &log), 2);
  EXPECT_EQ(log.substr(0, 15), "facegan: error:");
  const auto failing = [&](std::function<int(const Invocation&)> body) {
    g_train = std::move(body);
    const int result = code({"train"}, &log);
    g_train = [](const Invocation&) { return 0; };
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
    return result;
  };
  EXPECT_EQ(failing([](const Invocation&) -> int { throw Error(ErrorKind::checkpoint, "x"); }), 4);
  EXPECT_EQ(failing([](const Invocation&) -> int { throw std::bad_alloc(); }), 71);
  EXPECT_EQ(
      failing([](const Invocation&) -> int { throw std::runtime_error("CUDA out of memory. Tried\nto"); }),
      71);
  EXPECT_EQ(failing([](const Invocation&) -> int { throw std::runtime_error("odd\nbacktrace"); }), 70);
  EXPECT_EQ(failing([](const Invocation&) -> int { throw 3; }), 70);
}

TEST(CliSeeds, ListsAndRanges) {
  using Seeds = std::vector<std::uint64_t>;
  EXPECT_EQ(parse_seeds("7"), Seeds{7});
  EXPECT_EQ(parse_seeds("0"), Seeds{0});
  EXPECT_EQ(parse_seeds("1-4"), (Seeds{1, 2, 3, 4}));
  EXPECT_EQ(parse_seeds("3,5,9-12,3"), (Seeds{3, 5, 9, 10, 11, 12, 3}));
  EXPECT_EQ(parse_seeds("1-100000").size(), 100000u);
  EXPECT_EQ(parse_seeds("9007199254740991"), Seeds{9007199254740991});
  for (const char* bad : {"", "x", "-1", "4-1", "1-", "-", "1,,2", "1, 2", "01", "1-2-3", "0x7",
                          "9007199254740992", "1-100001", "1-100000,1", "1.5"})
    EXPECT_EQ(error_of([&] { parse_seeds(bad); }).kind(), ErrorKind::usage) << bad;
}

}  // namespace
}  // namespace facegan::app
