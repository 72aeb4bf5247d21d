// Words that a value can be although its row lists none, because it can be others, too.
#include <algorithm>

#include "app/command_line/completion/described.h"
#include "facegan/config/options.h"
#include "facegan/config/presets.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {
namespace {

template <class Row>
void add(std::vector<Word>& words, const std::vector<Row>& rows) {
  for (const auto& row : rows) words.push_back({row.name, row.help});
}

// Of the names that have help, whose rows are tables of their own.
std::vector<Word> named(const std::string& key) {
  std::vector<Word> words;
  if (key == "preset")
    for (const config::Preset& preset : config::presets()) words.push_back({preset.name, preset.description});
  if (key == "dataset") add(words, spec::datasets());
  if (key == "mnist_set") add(words, spec::mnist_sets());
  if (key == "loss") add(words, spec::losses());
  if (key == "update") add(words, spec::update_orders());
  if (key == "init") add(words, spec::initialisers());
  if (key == "augment") words.push_back({"off"}), add(words, spec::augmentations());
  if (key == "evaluate" || key == "metrics") add(words, spec::figures()), add(words, spec::feature_figures());
  return words;
}

struct Row {
  const char* key;
  std::vector<std::string> names;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"device", {"auto", "cpu", "cuda"}},
      {"crop", {"auto", "center", "whole"}},
      {"hold_out", {"auto"}},
      {"condition", {"none", "digit", "folder"}},
      {"ema", {"off"}},
      {"grid_color", {"white", "black", "gray"}},
      {"gif", {"auto", "all", "sqrt"}},
      // Flags of single commands.
      {"preview", {"blocks", "sixel", "kitty"}},
      {"set", {"train", "held-out"}},
      {"to", {"html", "safetensors", "torchscript", "onnx"}},
  };
  return table;
}

}  // namespace

void add_known_words(const std::string& name, Value& value) {
  std::string key = name == "frames" && value.shown == "RULE" ? "gif" : name;
  std::replace(key.begin(), key.end(), '-', '_');
  const auto add_name = [&](const std::string& word) {
    const auto same = [&](const Word& other) { return other.name == word; };
    if (std::none_of(value.words.begin(), value.words.end(), same)) value.words.push_back({word});
  };
  for (const Row& row : rows())
    if (key == row.key)
      for (const std::string& word : row.names) add_name(word);
  if (auto words = named(key); !words.empty()) value.words = std::move(words);
  if (const config::Option* option = config::find_option(key); option && option->choices)
    for (const std::string& word : option->choices()) add_name(word);
  value.is_list = key == "augment" || key == "evaluate" || key == "metrics";
  if (value.shown.starts_with("KEY")) {
    // "KEY[,KEY...]" is a list of keys, "KEY=V" begins with one.
    const bool is_list = value.shown.starts_with("KEY[,");
    for (const config::Option& option : config::options())
      if (option.stored && !(is_list && option.on_resume))
        value.words.push_back({core::str(option.key, is_list ? "" : "="), option.help});
    value.is_list = is_list;
  }
}

}  // namespace facegan::app
