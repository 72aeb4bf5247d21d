#pragma once
#include <string>

#include "facegan/exchange/network.h"

namespace facegan::exchange {

// A safetensors file: the tensors, and in its metadata what they are and the program (facegan.program).
std::string safetensors(const Network& network);

}  // namespace facegan::exchange
