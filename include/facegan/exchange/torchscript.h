#pragma once
#include <string>

#include "facegan/exchange/network.h"

namespace facegan::exchange {

// A TorchScript module, for torch.jit.load and LibTorch: forward(z), forward(z, conditions) or
// forward(pictures), in any number of pictures; what comes out is [N, C, H, W] or [N, 1]. The file holds
// facegan.json, the program, beside it.
std::string torchscript(const Network& network);

}  // namespace facegan::exchange
