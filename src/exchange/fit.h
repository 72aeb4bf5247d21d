#pragma once
// How tensors of a file compare with those of a network.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/exchange/weights_file.h"

namespace facegan::exchange {

// Tensors of a file that share what stands before the layer's number: "module.main." of
// "module.main.0.weight".
struct Group {
  const WeightsFile* file = nullptr;
  std::string prefix;
  std::map<std::string, std::size_t> tensors;  // "0.weight" -> its number in the file
  std::string shown() const;                   // "'main.' of netG.pth"
};
std::vector<Group> groups_of(const WeightsFile& file);
// Whether its prefix says that it is the mean of another: "mean.g.", "netG_ema.".
bool is_mean(const Group& group);

using Wanted = std::map<std::string, spec::Shape>;  // "0.weight"
Wanted wanted_tensors(const spec::Network& network);

struct Difference {
  std::size_t common = 0;              // names that both have
  std::size_t same = 0;                // of these, of the same shape
  std::size_t names = 0;               // that one of them lacks
  std::vector<std::string> sentences;  // "generator 0.weight is 100x512x4x4 in the file and 100x256x4x4 here"
  bool fits() const { return sentences.empty(); }
};
Difference difference(const Group& group, const Wanted& wanted, std::string_view who);

// Settings with which a group would fit a network of the preset: "--width 64"; "" = none found.
std::string settings_that_fit(const Group& group, bool is_generator, const config::Config& config);
// What to do with --condition where the group would fit with another one, or with none; "" = that is not it.
std::string condition_that_fits(const Group& group, bool is_generator, const config::Config& config);
// "--preset dcgan": one with a network that a group fits as it is; "" = none.
std::string preset_that_fits(const Group& group);

}  // namespace facegan::exchange
