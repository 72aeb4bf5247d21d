#pragma once
#include <cstdint>
#include <string>

#include "facegan/exchange/network.h"

namespace facegan::exchange {

inline constexpr std::int64_t kOnnxOpset = 17;  // ONNX 1.12 of 2022, and all since

// An ONNX model with a dynamic first dimension. Inputs: "z" [N, z] or "pictures" [N, C, H, W], and
// "conditions" [N, conditions] where there are some; output: "generated" [N, C, H, W] or "logits" [N, 1].
// Error(usage) for weights that one file cannot hold.
std::string onnx(const Network& network);

}  // namespace facegan::exchange
