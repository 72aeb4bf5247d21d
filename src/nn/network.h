#pragma once
// A network of tensors, built from a checked layer list. Internal: this header needs LibTorch.
//
// Activations are [N, C, H, W] in channels-last memory, or [N, F]. Weights of convolutions are
// channels-last too. No hidden state: dropout masks come from (seed, step) in Pass.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "facegan/spec/network.h"

namespace facegan::nn {

struct NamedTensor {
  std::string name;  // "g.0.weight", "g.3.skip.0.weight": network, path in the unrolled list, tensor
  at::Tensor tensor;
  const spec::TensorSpec* spec;
};

// How a forward pass is done.
struct Pass {
  bool training = true;        // batch statistics and dropout; else running statistics and no dropout
  bool update_running = true;  // whether a training pass updates the running statistics and the vectors of
                               // spectral norms
  bool frozen = false;         // Keras' frozen model: batch norms as outside training, dropout as in it
  std::uint64_t seed = 0, step = 0;  // of the dropout masks
  int occurrence = 0;                // tells passes of one step apart
};

class Network {
 public:
  // prefix: "g" or "d". All tensors are allocated on the device; call initialise() or load values.
  Network(spec::Network spec, std::string prefix, at::Device device, at::ScalarType type = at::kFloat);

  // Weights as a function of (scheme, seed); scheme: a name of spec::initialisers().
  void initialise(const std::string& scheme, std::uint64_t seed);

  // G: z [N, z] -> pictures [N, C, H, W] in [-1, 1]. D: pictures -> logits [N].
  at::Tensor forward(at::Tensor x, const Pass& pass) const;

  const spec::Network& spec() const { return spec_; }
  const std::vector<NamedTensor>& tensors() const { return tensors_; }
  std::vector<at::Tensor> parameters() const;  // the trainable ones, in order
  at::Device device() const { return device_; }

  ~Network();
  Network(Network&&) noexcept;

 private:
  struct Step;
  std::vector<Step> make_steps(const std::vector<spec::Layer>& layers, const std::string& prefix,
                               at::ScalarType type);
  at::Tensor run(const std::vector<Step>& steps, at::Tensor x, const Pass& pass) const;

  spec::Network spec_;
  at::Device device_;
  std::vector<NamedTensor> tensors_;
  std::vector<at::Tensor> flat_;  // tensors_ without names
  std::vector<Step> steps_;
  std::uint64_t layers_ = 0;  // counted while the steps are made
};

}  // namespace facegan::nn
