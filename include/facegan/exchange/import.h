#pragma once
// Networks made of others' weights. Free of LibTorch.
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/exchange/network.h"
#include "facegan/exchange/weights_file.h"

namespace facegan::exchange {

// A network whose tensors stand in a file: all of them, under the names of a checkpoint without "g.".
struct TakenNetwork {
  Tensors tensors;   // none: no file has it
  std::string from;  // "generator: 9 tensors 'main.' of netG.pth"
  bool is_there() const { return !from.empty(); }
};

struct TakenNetworks {
  TakenNetwork generator, mean, discriminator;
  std::vector<std::string> left;  // "'encoder.' of a.pth": what is like a network and was not needed
};

// Finds both networks of a configuration in one or two files by what fits: names "PREFIX.N.tensor" with any
// prefix, and shapes. A generator whose prefix says mean or ema is the mean one. num_batches_tracked is
// passed over. Error(usage) names the first tensors that do not fit, and settings with which they would; or
// that several networks fit. Error(checkpoint) as WeightsFile::values.
TakenNetworks take_networks(const std::vector<WeightsFile>& files, const config::Config& config);

// The checkpoint of step 0 with them. A network that is missing gets its first weights by the seed, the mean
// generator those of the generator; rows of conditions are made up. Error(usage) for --condition folder.
std::string imported_checkpoint(const TakenNetworks& taken, const config::Config& config);

}  // namespace facegan::exchange
