// The layers that are told what a picture is to show.
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include "nn/forward.h"

namespace facegan::nn {

// x: [N, F] -> [N, F + units]
at::Tensor label(const Call& c, at::Tensor x) {
  const at::Tensor &weight = c.tensors[0], &labels = c.pass.labels;
  return at::cat({x, labels.defined() ? at::linear(labels.to(x.scalar_type()), weight)
                                      : at::zeros({x.size(0), weight.size(0)}, x.options())},
                 1);
}

// Miyato and Koyama 2018, arXiv 1802.05637, equation 3: f(x, y) = y^T V phi(x) + psi(phi(x)).
at::Tensor projection(const Call& c, at::Tensor x) {
  at::Tensor out = c.run("layers", x);
  const at::Tensor& labels = c.pass.labels;
  if (!labels.defined()) return out;
  at::Tensor weight = c.tensors[0];  // [conditions, F] or [conditions, C, H, W]
  if (x.dim() == 4) {                // both channels-last: no copy
    x = x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
    weight = weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
  }
  const at::Tensor fits = at::linear(x, weight).mul(labels.to(x.scalar_type())).sum(1);  // [N]
  return out.add(fits.view_as(out));
}

}  // namespace facegan::nn
