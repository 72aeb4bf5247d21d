#pragma once
// The networks behind FeatureNetwork. Internal: this header needs LibTorch.
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "facegan/core/safetensors.h"
#include "facegan/infer/features.h"

namespace facegan::infer {

// Both take bytes [N, H, W, C] on the device; computed without gradients, by several threads at once.
struct FeatureModel {
  std::string device;
  std::size_t chunk = 1;                                        // pictures at once
  std::function<at::Tensor(const at::Tensor& bytes)> features;  // [N, D]
  // [N, classes], of the bytes or of the features, whichever it needs; empty: it has none.
  std::function<at::Tensor(const at::Tensor& bytes, const at::Tensor& features)> logits;
};

// Error(checkpoint) when the file holds something else.
FeatureModel lite0_model(const core::SafetensorsFile& file, const std::string& file_name,
                         const std::string& device);
bool is_lite0(const core::SafetensorsFile& file);
// bytes: a whole TorchScript file, which is run.
FeatureModel script_model(const std::string& bytes, const std::string& file_name, Resize resize,
                          const std::string& device);
FeatureModel discriminator_model(const run::Loaded& loaded, const std::string& device);

// Bytes [N, H, W, C] as floats [N, 3, side, side], 0 to 255, resized as Resize::clean says.
at::Tensor resized_clean(const at::Tensor& bytes, std::int64_t side);

// The first line of what LibTorch says, which goes on with where it was said.
std::string first_line(const char* message);

}  // namespace facegan::infer
