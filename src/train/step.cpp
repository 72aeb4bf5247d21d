#include "train/step.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"

namespace facegan::train {
namespace {

using Tensors = std::vector<at::Tensor>;

// Gradients of a scalar by these parameters alone: whatever else took part is frozen, and nothing is
// computed for it.
Tensors gradients(const at::Tensor& loss, const Tensors& parameters, bool keep_graph = false) {
  return torch::autograd::grad({loss}, parameters, {}, keep_graph);
}

// Adds one step to the sums. Logits are those of D before its update.
void add_statistics(Model& model, const at::Tensor& d_loss, const at::Tensor& g_loss, const at::Tensor& real,
                    const at::Tensor& fake) {
  c10::AutoGradMode no_grad(false);
  const at::Tensor accuracy = real.gt(0).to(at::kFloat).mean().add(fake.le(0).to(at::kFloat).mean()).mul(0.5);
  const Tensors values = {d_loss.detach(), g_loss.detach(), at::sigmoid(real).mean(),
                          at::sigmoid(fake).mean(), accuracy};
  model.statistics.add_(at::stack(values).to(at::kDouble));
}

// Radford et al. 2015 as the PyTorch DCGAN example runs it: D on real and on generated pictures, each
// with its own batch statistics; update; then G on the same latents through the updated D.
void alternating(Model& m, const Loss& loss, const StepInput& in, std::uint64_t seed) {
  const Tensors d_parameters = m.d.parameters(), g_parameters = m.g.parameters();
  const at::Tensor fake = m.g.forward(in.z, {.seed = seed, .step = in.step, .occurrence = 0});

  const at::Tensor real_logits = m.d.forward(in.real, {.seed = seed, .step = in.step, .occurrence = 1});
  const at::Tensor real_loss = loss.d_real(real_logits);
  Tensors d_gradients = gradients(real_loss, d_parameters);  // before the second pass: frees its memory
  const at::Tensor fake_logits = m.d.forward(fake.detach(), {.seed = seed, .step = in.step, .occurrence = 2});
  const at::Tensor fake_loss = loss.d_fake(fake_logits);
  {
    const Tensors more = gradients(fake_loss, d_parameters);
    c10::AutoGradMode no_grad(false);
    at::_foreach_add_(d_gradients, more);
  }
  m.adam_d.step(d_gradients);
  d_gradients.clear();

  const at::Tensor g_loss = loss.g_fake(m.d.forward(fake, {.seed = seed, .step = in.step, .occurrence = 3}));
  m.adam_g.step(gradients(g_loss, g_parameters));
  add_statistics(m, real_loss.add(fake_loss), g_loss, real_logits, fake_logits);
}

// The TensorFlow tutorial's order: one forward pass of G, one of D on each batch; the gradients of both
// losses at the same weights; then both updates.
void simultaneous(Model& m, const Loss& loss, const StepInput& in, std::uint64_t seed) {
  const Tensors d_parameters = m.d.parameters(), g_parameters = m.g.parameters();
  const at::Tensor fake = m.g.forward(in.z, {.seed = seed, .step = in.step, .occurrence = 0});

  const at::Tensor real_logits = m.d.forward(in.real, {.seed = seed, .step = in.step, .occurrence = 1});
  const at::Tensor real_loss = loss.d_real(real_logits);
  Tensors d_gradients = gradients(real_loss, d_parameters);
  const at::Tensor fake_logits = m.d.forward(fake, {.seed = seed, .step = in.step, .occurrence = 2});
  const at::Tensor fake_loss = loss.d_fake(fake_logits), g_loss = loss.g_fake(fake_logits);
  const Tensors g_gradients = gradients(g_loss, g_parameters, /*keep_graph=*/true);
  {
    const Tensors more = gradients(fake_loss, d_parameters);
    c10::AutoGradMode no_grad(false);
    at::_foreach_add_(d_gradients, more);
  }
  m.adam_d.step(d_gradients);
  m.adam_g.step(g_gradients);
  add_statistics(m, real_loss.add(fake_loss), g_loss, real_logits, fake_logits);
}

}  // namespace

const std::vector<UpdateOrder>& update_orders() {
  static const std::vector<UpdateOrder> rows = {{"alternating", alternating}, {"simultaneous", simultaneous}};
  return rows;
}

const UpdateOrder& find_update_order(const std::string& name) {
  for (const auto& order : update_orders())
    if (name == order.name) return order;
  throw Error(ErrorKind::usage, core::str("unknown update order '", name, "'"));
}

at::Tensor draw_latents(std::uint64_t seed, std::uint64_t step, std::int64_t batch, std::int64_t z) {
  at::Tensor out = at::empty({batch, z}, at::kFloat);
  core::Random(seed, core::Purpose::latents, step)
      .fill_normal(out.mutable_data_ptr<float>(), static_cast<std::size_t>(batch * z));
  return out;
}

at::Tensor upload(const at::Tensor& host, at::Device device) {
  return device.is_cuda() ? host.pin_memory().to(device, /*non_blocking=*/true) : host;
}

at::Tensor to_device(const unsigned char* pixels, std::int64_t n, std::int64_t size, std::int64_t channels,
                     at::Device device) {
  const at::Tensor bytes =
      at::from_blob(const_cast<unsigned char*>(pixels), {n, size, size, channels}, at::kByte);
  return upload(bytes, device).permute({0, 3, 1, 2}).to(at::kFloat).mul_(1 / 127.5).sub_(1);
}

}  // namespace facegan::train
