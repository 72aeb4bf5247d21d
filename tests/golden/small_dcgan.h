#pragma once
// The DCGAN of make_dcgan.py and make_steps.py: 32 pixels, width 8, z 16, batches of 4.
#include <ATen/ops/empty.h>

#include <cmath>

#include "facegan/config/config.h"
#include "train/step.h"

namespace facegan::train {

template <class Formula>
at::Tensor fill(at::IntArrayRef shape, Formula formula) {
  at::Tensor out = at::empty(shape, at::kDouble);
  for (std::int64_t k = 0; k < out.numel(); ++k) out.mutable_data_ptr<double>()[k] = formula(k);
  return out;
}

inline void set_first_values(const nn::Network& network, int first) {
  for (std::size_t i = 0; i < network.tensors().size(); ++i) {
    const double t = first + static_cast<double>(i);
    const auto& [name, tensor, spec] = network.tensors()[i];
    at::Tensor values;
    switch (spec->role) {
      case spec::Role::norm_scale:
        values = fill(tensor.sizes(), [t](auto k) { return 1 + 0.1 * std::cos(static_cast<double>(k) + t); });
        break;
      case spec::Role::running_mean:
        values = fill(tensor.sizes(), [](auto) { return 0.0; });
        break;
      case spec::Role::running_var:
        values = fill(tensor.sizes(), [](auto) { return 1.0; });
        break;
      default:
        values = fill(tensor.sizes(),
                      [t](auto k) { return 0.05 * std::sin(0.7 * static_cast<double>(k) + 1.3 * t); });
    }
    tensor.detach().copy_(values);
  }
}

inline config::Config small_dcgan_config() {
  return config::resolve({.flags = {{"size", "32", "test"}, {"width", "8", "test"}, {"z", "16", "test"}},
                          .preset = "dcgan"},
                         nullptr)
      .config;
}

inline Model small_dcgan(const config::Config& config, at::ScalarType type = at::kDouble) {
  Model model{config, config::build_networks(config), at::kCPU, type};
  set_first_values(model.g.network, 0), set_first_values(model.d.network, 100);
  return model;
}

// Pictures and latents of a step.
inline StepInput small_dcgan_input(std::int64_t step) {
  const auto s = static_cast<double>(step);
  const auto image = [s](auto k) {
    return 0.8 *
           std::sin(0.37 * static_cast<double>(k % 3072) + 0.9 * static_cast<double>(k / 3072) + 0.5 * s);
  };
  const auto latent = [s](auto k) {
    return std::sin(0.3 * static_cast<double>(k % 16) + 1.1 * static_cast<double>(k / 16) + 0.5 * s);
  };
  StepInput in;
  in.real = fill({4, 3, 32, 32}, image).contiguous(at::MemoryFormat::ChannelsLast);
  in.z = fill({4, 16}, latent);
  in.step = static_cast<std::uint64_t>(step);
  return in;
}

}  // namespace facegan::train
