#include "exchange/fit.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "facegan/config/presets.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::exchange {
namespace {

using core::str;

// Where the layer's number begins: the first part of a name that is a number.
std::size_t number_at(const std::string& name) {
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    if (!part.empty() && end < name.size() &&
        std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c); }))
      return begin;
    begin = end + 1;
  }
  return std::string::npos;
}

constexpr int kMostNames = 64;               // of --condition
constexpr std::int64_t kMostSide = 1 << 20;  // from which settings are guessed

std::string shape_text(const spec::Shape& shape) {
  return shape.empty() ? "one number" : spec::shape_text(shape);
}

const spec::Network& part_of(const config::Networks& networks, bool is_generator) {
  return is_generator ? networks.generator : networks.discriminator;
}

// Values that others have, and those that sides of the file's tensors suggest.
std::set<std::int64_t> widths(const Group& group, const Wanted& wanted, const config::Config& config) {
  std::set<std::int64_t> all = {8, 16, 24, 32, 48, 64, 96, 128, 192, 256, config.width};
  for (const auto& [name, shape] : wanted) {
    const auto there = group.tensors.find(name);
    if (there == group.tensors.end()) continue;
    const spec::Shape& other = group.file->tensors()[there->second].shape;
    for (std::size_t d = 0; d < std::min(shape.size(), other.size()); ++d)
      if (other[d] < kMostSide && other[d] * config.width % shape[d] == 0)
        all.insert(other[d] * config.width / shape[d]);
    if (all.size() > 24) break;
  }
  return all;
}

std::set<std::int64_t> latents(const Group& group, const config::Config& config) {
  std::set<std::int64_t> all = {config.z};
  for (const char* first : {"0.weight", "1.weight"})
    if (const auto there = group.tensors.find(first); there != group.tensors.end())
      for (const std::int64_t side : group.file->tensors()[there->second].shape)
        if (side < kMostSide) all.insert(side);
  return all;
}

bool fits(const Group& group, bool is_generator, const config::Config& config) {
  try {
    return difference(group, wanted_tensors(part_of(config::build_networks(config), is_generator)), "")
        .fits();
  } catch (const Error&) {  // no networks of these settings
    return false;
  }
}

}  // namespace

std::string Group::shown() const {
  const std::string name = core::printable(file->path().filename().string());
  return prefix.empty() ? name : str("'", core::printable(prefix), "' of ", name);
}

std::vector<Group> groups_of(const WeightsFile& file) {
  std::map<std::string, Group> groups;
  for (std::size_t i = 0; i < file.tensors().size(); ++i) {
    const std::string& name = file.tensors()[i].name;
    const std::size_t at = number_at(name);
    if (at == std::string::npos || name.ends_with(".num_batches_tracked")) continue;
    Group& group = groups[name.substr(0, at)];
    group.file = &file, group.prefix = name.substr(0, at);
    group.tensors[name.substr(at)] = i;
  }
  std::vector<Group> all;
  for (auto& [prefix, group] : groups) all.push_back(std::move(group));
  return all;
}

bool is_mean(const Group& group) {
  const auto parts = core::split(core::lower_case(group.prefix), '.');
  return std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
    return part == "mean" || part == "ema" || part.ends_with("_ema") || part.ends_with("_mean");
  });
}

Wanted wanted_tensors(const spec::Network& network) {
  Wanted wanted;
  spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
    for (const auto& tensor : layer.tensors) wanted[str(layer.path, ".", tensor.name)] = tensor.shape;
  });
  return wanted;
}

Difference difference(const Group& group, const Wanted& wanted, std::string_view who) {
  Difference out;
  std::vector<std::string> names;
  for (const auto& [name, shape] : wanted) {
    const auto there = group.tensors.find(name);
    if (there == group.tensors.end()) {
      names.push_back(str(who, " ", name, " is not in the file"));
      continue;
    }
    ++out.common;
    const ForeignTensor& tensor = group.file->tensors()[there->second];
    out.same += tensor.shape == shape;
    if (tensor.shape != shape)
      out.sentences.push_back(str(who, " ", name, " is ", shape_text(tensor.shape), " in the file and ",
                                  shape_text(shape), " here"));
    else if (!is_float(tensor.dtype))
      out.sentences.push_back(str(who, " ", name, " is ", tensor.dtype, " in the file"));
  }
  for (const auto& [name, i] : group.tensors)
    if (!wanted.contains(name))
      names.push_back(str(core::printable(name), " of the file is not in this ", who));
  out.names = names.size();
  out.sentences.insert(out.sentences.end(), names.begin(), names.end());
  return out;
}

std::string settings_that_fit(const Group& group, bool is_generator, const config::Config& config) {
  const Wanted wanted = wanted_tensors(part_of(config::build_networks(config), is_generator));
  std::string best;
  std::size_t fewest = 5;  // of the four settings
  for (const std::int64_t size : {config.size.height, std::int64_t{16}, std::int64_t{28}, std::int64_t{32},
                                  std::int64_t{64}, std::int64_t{96}, std::int64_t{128}, std::int64_t{256}})
    for (const std::int64_t channels : {config.channels, 4 - config.channels})
      for (const std::int64_t width : widths(group, wanted, config))
        for (const std::int64_t z : is_generator ? latents(group, config) : std::set{config.z}) {
          config::Config other = config;
          std::vector<std::string> changes;
          const auto change = [&](std::int64_t& setting, std::int64_t value, const char* flag) {
            if (setting != value) changes.push_back(str(flag, " ", value));
            setting = value;
          };
          change(other.width, width, "--width"), change(other.z, z, "--z");
          change(other.channels, channels, "--channels");
          if (size != config.size.height) changes.push_back(str("--size ", size)), other.size = size;
          if (changes.empty() || changes.size() >= fewest || !fits(group, is_generator, other)) continue;
          best = core::join(changes, " "), fewest = changes.size();
        }
  return best;
}

std::string condition_that_fits(const Group& group, bool is_generator, const config::Config& config) {
  config::Config other = config;
  other.condition = "none";
  if (config.condition != "none" && fits(group, is_generator, other))
    return "its network is told no condition: take --condition none";
  std::string names;
  for (int count = 1; count <= kMostNames; ++count) {
    names += str(names.empty() ? "" : ",", "a", count);
    other.condition = names;
    if (fits(group, is_generator, other))
      return str("its network is told ", count, count == 1 ? " attribute or class" : " attributes or classes",
                 ": name them by --condition", count == 10 ? " (digit: those of MNIST)" : "");
  }
  return "";
}

std::string preset_that_fits(const Group& group) {
  for (const config::Preset& preset : config::presets()) {
    config::Request request;
    request.preset = preset.name;
    const config::Config config = config::resolve(request, nullptr).config;
    if (fits(group, true, config) || fits(group, false, config)) return "--preset " + preset.name;
  }
  return "";
}

}  // namespace facegan::exchange
