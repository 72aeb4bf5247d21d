#pragma once
// The one table of options: flag name, YAML key, environment name, help, range and member of Config.
// The help texts, `config`, `from_yaml` and the command line are all made from it.
#include <string>
#include <variant>
#include <vector>

#include "facegan/config/config.h"

namespace facegan::config {

// Which commands take the option as a flag (bits). None: a key of files and the environment only.
enum Commands : unsigned {
  kTrain = 1,  // train and config
  kModel = 2,  // summary: what decides the networks
  kData = 4,   // data ...: what decides the pictures
  kBench = 8,  // what decides how much work a step is
};

using Member = std::variant<std::string Config::*, std::int64_t Config::*, double Config::*, bool Config::*,
                            core::Size Config::*>;

struct Option {
  const char* key;  // "lr_g": the YAML key; the flag is --lr-g, the environment FACEGAN_LR_G
  Member member;
  const char* value;  // "N", "X", "NAME": how the help shows the value; "" = on or off
  const char* help;
  const char* group;  // heading in the help and in config.yaml
  unsigned commands;
  bool on_resume;                                   // may be changed when a run is resumed
  bool stored;                                      // part of config.yaml
  double low = 0, high = 0;                         // inclusive range of a number, or of a size's sides
  std::vector<std::string> (*choices)() = nullptr;  // of a text; nullptr = free
  bool (*accepts)(const std::string&) = nullptr;    // form of a text; nullptr = any
  const char* form = "";                            // that form in words, for messages
  const char* zero = nullptr;                       // the word for a whole number of 0; nullptr: none
  std::vector<const char*> sets{};                  // options that get its value: lr sets lr_g and lr_d
};

const std::vector<Option>& options();
const Option* find_option(const std::string& key);

// Checks and sets one value, of all that the option sets. Error(usage) names value, source, range or choices.
void set_option(Config& config, const Option& option, const std::string& value, const std::string& source);
// The value as text, as YAML shows it.
std::string get_option(const Config& config, const Option& option);

// "lr_g" -> "--lr-g" and "FACEGAN_LR_G".
std::string flag_name(const std::string& key);
std::string environment_name(const std::string& key);

}  // namespace facegan::config
