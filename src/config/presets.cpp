#include "facegan/config/presets.h"

#include <algorithm>

#include "config/embedded.h"
#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"

namespace facegan::config {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = [] {
    std::vector<Preset> list;
    for (const core::EmbeddedFile& file : embedded_presets()) {
      std::string name = file.name;
      name.erase(name.find('.'));
      Preset preset{name, file.text, "", ""};
      const spec::Node root = parse_yaml(preset.yaml, preset.file());
      if (const auto* node = root.find("description")) preset.description = node->text;
      if (const auto* node = root.find("source")) preset.source = node->text;
      if (const auto* node = root.find("recommended")) preset.recommended = node->text == "true";
      list.push_back(std::move(preset));
    }
    std::sort(list.begin(), list.end(), [](const Preset& a, const Preset& b) { return a.name < b.name; });
    return list;
  }();
  return all;
}

const Preset& find_preset(const std::string& name) {
  std::vector<std::string> known;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    known.push_back(preset.name);
  }
  const std::string hint = core::did_you_mean(name, known);
  throw Error(ErrorKind::usage, core::str("unknown preset '", core::printable(name), "'",
                                          hint.empty() ? "; there are " + core::join(known, ", ") : hint));
}

std::string default_preset(const std::string& dataset, const std::string& channels) {
  if (dataset == "folder" && channels == "1") return "dcgan";  // measured with photographs in colour alone
  for (const auto& known : spec::datasets())
    if (dataset == known.name) return known.preset;
  return spec::datasets().front().preset;  // of a name that is refused when it is read
}

}  // namespace facegan::config
