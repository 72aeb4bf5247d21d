#pragma once
// The presets of configs/, compiled into the program.
#include <string>
#include <vector>

namespace facegan::config {

struct Preset {
  std::string name;  // "dcgan" for configs/dcgan.yaml
  std::string yaml;
  std::string description;  // its `description:` and `source:` lines
  std::string source;
  bool recommended = false;  // facegan's own, and not a published system as it was published
  std::string file() const { return "configs/" + name + ".yaml"; }  // for messages
};

const std::vector<Preset>& presets();                // sorted by name
const Preset& find_preset(const std::string& name);  // Error(usage) with the nearest name
// The preset that a data set gets when none is named: mnist for mnist, dcgan for a folder of grey pictures
// (channels "1"), faces else.
std::string default_preset(const std::string& dataset, const std::string& channels = "");

}  // namespace facegan::config
