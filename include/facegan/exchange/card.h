#pragma once
#include <string>
#include <utility>
#include <vector>

#include "facegan/exchange/network.h"

namespace facegan::exchange {

struct CardFacts {
  std::vector<std::string> files;                            // that lie beside it
  std::vector<std::pair<std::string, std::string>> figures;  // of quality: name, value
  std::int64_t pictures = 0;                                 // that were trained with; 0 = not known
  std::string sample;                                        // a file with pictures, "" = none
};

// README.md of a folder that is to be uploaded to a model hub: front matter, then what a reader has to know.
std::string model_card(const Network& network, const CardFacts& facts);

// facegan.py, which loads the safetensors file in PyTorch.
std::string_view python_reader();

}  // namespace facegan::exchange
