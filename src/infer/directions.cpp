#include "infer/directions.h"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "nn/network.h"

namespace facegan::infer {
namespace {

// [outputs, z] of the first layer that has weights, after one that puts what is made of a condition behind
// the latent.
at::Tensor first_matrix(const nn::Network& g) {
  const auto& layers = g.spec().layers;
  const std::int64_t z = g.spec().in[0];
  const spec::Layer* first = nullptr;
  for (const spec::Layer& layer : layers)
    if (std::string(layer.kind->name) != "label" && (!layer.tensors.empty() || !layer.branches.empty())) {
      first = &layer;
      break;
    }
  const bool labelled =
      first && first != &layers.front() && std::string(layers.front().kind->name) == "label";
  const std::int64_t in = labelled ? layers.front().out[0] : z;
  const std::string kind = first ? first->kind->name : "nothing that has weights";
  if ((kind == "dense" || kind == "conv_transpose") && spec::elements(first->in) == in)
    for (const auto& t : g.tensors())
      if (t.spec == &first->tensors[0]) {
        const at::Tensor weight = t.tensor.detach().to(at::kCPU, at::kDouble);
        // dense [outputs, z]; conv_transpose [z, filters, k, k]
        if (kind == "dense") return weight.narrow(1, 0, z);
        if (weight.size(0) == in) return weight.narrow(0, 0, z).flatten(1).t();
      }
  throw Error(ErrorKind::usage,
              core::str("this generator has no directions: it begins with ", kind,
                        ", not with a dense or conv_transpose layer over the latent; use --dim"));
}

}  // namespace

std::vector<Latent> principal_directions(const nn::Network& g, int count) {
  c10::AutoGradMode no_grad(false);
  const at::Tensor a = first_matrix(g);
  // Eigenvectors are the columns, in ascending order of their values.
  const at::Tensor vectors = std::get<1>(at::linalg_eigh(at::mm(a.t(), a))).t().contiguous();
  const std::int64_t z = vectors.size(0);
  if (count < 1 || count > z) throw Error(ErrorKind::internal, core::str(count, " directions of ", z));
  std::vector<Latent> directions;
  for (std::int64_t k = 0; k < count; ++k) {
    const double* v = vectors.const_data_ptr<double>() + (z - 1 - k) * z;
    std::int64_t largest = 0;
    for (std::int64_t i = 1; i < z; ++i)
      if (std::abs(v[i]) > std::abs(v[largest])) largest = i;
    Latent& direction = directions.emplace_back(static_cast<std::size_t>(z));
    for (std::int64_t i = 0; i < z; ++i)
      direction[static_cast<std::size_t>(i)] = static_cast<float>(v[largest] < 0 ? -v[i] : v[i]);
  }
  return directions;
}

}  // namespace facegan::infer
