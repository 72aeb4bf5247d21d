#pragma once
// A network of tensors, built from a checked layer list. Internal: this header needs LibTorch.
//
// Activations are [N, C, H, W] in channels-last memory, or [N, F]. Weights of convolutions are
// channels-last too. No hidden state: dropout masks come from (seed, step) in Pass.
//
// Mixed precision: a network that computes in another type than its tensors have keeps a copy of weights and
// biases in that type, made once an update and not once a pass. Statistics of norms, their scales and shifts
// and what goes in and out keep the type of the tensors.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facegan/spec/network.h"

namespace facegan::ranks {
class Team;
}

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
  // Outside training: batch norms take the batch's statistics, and the running ones become the mean over so
  // many such passes, this one the last; 0: they take the running ones.
  std::int64_t averages = 0;
  bool frozen = false;               // Keras' frozen model: batch norms as outside training, dropout as in it
  std::uint64_t seed = 0, step = 0;  // of the dropout masks
  std::uint64_t part = 0;            // of the batch; tells those of one step apart
  int occurrence = 0;                // tells passes over one part apart
  std::int64_t batches = 1;          // that lie one after the other in this pass: nothing looks across them
  // Draws all masks of a step one after the other, in place of (seed, step): for CUDA graphs, which cannot
  // seed.
  at::Generator noise{};
  at::Tensor labels{};          // [N, conditions]: of the pictures; undefined: zeros, which say nothing
  // Whose ranks each do this pass over their own rows, as many on each: masks are drawn as over all rows.
  // nullptr: this process has all.
  const ranks::Team* team = nullptr;
  bool sync_statistics = false;  // what looks across a batch looks at all ranks' rows
  std::int64_t blocks = 1;       // that lie one after the other in this pass, each shared by the ranks
  bool full_precision = false;  // computes in the type of the tensors, whatever the network's is
};

class Network {
 public:
  // prefix: "g" or "d". All tensors are allocated on the device; call initialise(), or load values and
  // refresh(). type: of the tensors; compute: in which forward passes compute; none: the same.
  Network(spec::Network spec, std::string prefix, at::Device device, at::ScalarType type = at::kFloat,
          std::optional<at::ScalarType> compute = {});

  // Weights as a function of (scheme, seed); scheme: a name of spec::initialisers().
  void initialise(const std::string& scheme, std::uint64_t seed);

  // G: z [N, z] -> pictures [N, C, H, W], of which [-1, 1] can be shown (to_bytes() cuts what a list without
  // a last tanh makes beyond). D: pictures -> logits [N].
  at::Tensor forward(at::Tensor x, const Pass& pass) const;

  const spec::Network& spec() const { return spec_; }
  const std::vector<NamedTensor>& tensors() const { return tensors_; }
  std::vector<at::Tensor> parameters() const;  // the trainable ones, in order
  // What forward passes compute with in their place: gradients are those of these.
  std::vector<at::Tensor> leaves() const;
  // To be called when parameters were changed.
  void refresh();
  at::Device device() const { return device_; }
  // Whether a training pass that is told of two batches (Pass::batches) is that over one and the other:
  // nothing in it is drawn, moves along, or takes statistics of all pictures.
  bool takes_batches_apart() const { return takes_batches_apart_; }

  ~Network();
  Network(Network&&) noexcept;

 private:
  struct Step;
  std::vector<Step> make_steps(const std::vector<spec::Layer>& layers, const std::string& prefix);
  at::Tensor run(const std::vector<Step>& steps, at::Tensor x, const Pass& pass) const;
  std::vector<at::Tensor> trainable_of(const std::vector<at::Tensor>& all) const;

  spec::Network spec_;
  at::Device device_;
  at::ScalarType type_, compute_;
  std::vector<NamedTensor> tensors_;
  std::vector<at::Tensor> full_;    // tensors_ without names
  std::vector<at::Tensor> leaves_;  // of the same order: copies in the type of computing, or the same
  std::vector<Step> steps_;
  std::uint64_t layers_ = 0;  // counted while the steps are made
  bool takes_batches_apart_ = true;
};

}  // namespace facegan::nn
