#include "train/step.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"

namespace facegan::train {
namespace {

using at::Tensor;
using Tensors = std::vector<Tensor>;

// Gradients of a scalar by these leaves alone: whatever else took part is frozen, and nothing is computed for
// it. One that did not take part (a bias under a penalty) has none. In the type of the scalar: sums and Adam
// work in full precision.
Tensors gradients(const Tensor& loss, const Tensors& leaves, bool keep_graph = false) {
  Tensors out = torch::autograd::grad({loss}, leaves, {}, keep_graph, false, /*allow_unused=*/true);
  for (Tensor& gradient : out)
    if (gradient.defined()) gradient = gradient.to(loss.scalar_type());
  return out;
}

void add_to(Tensors& sums, const Tensors& more) {
  c10::AutoGradMode no_grad(false);
  if (sums.empty()) {
    sums = more;
    return;
  }
  Tensors into, from;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!more[i].defined()) continue;
    if (sums[i].defined())
      into.push_back(sums[i]), from.push_back(more[i]);
    else
      sums[i] = more[i];
  }
  if (!into.empty()) at::_foreach_add_(into, from);
}

// One step of one order: the parts that orders share.
class Step {
 public:
  Step(Model& model, const Recipe& recipe, const StepInput& input)
      : m(model),
        r(recipe),
        in(input),
        d_leaves(model.d.leaves()),
        g_leaves(model.g.leaves()),
        updates_g(recipe.updates_g(input.step)),
        has_penalty(recipe.has_penalty(input.step)),
        real(has_penalty && recipe.r1 > 0 ? input.real.detach().set_requires_grad(true) : input.real) {}

  nn::Pass pass(int occurrence) const {
    return {.seed = r.seed, .step = in.step, .occurrence = occurrence, .noise = in.noise};
  }

  // Labels of the pictures: 1 - smoothing for real ones, 0 for generated ones, or the other's.
  Tensor labels(const Tensor& logits, bool is_real) const {
    const double high = 1 - r.label_smoothing;
    if (!in.flipped.defined()) return is_real ? at::full_like(logits, high) : at::zeros_like(logits);
    const Tensor swapped = in.flipped.chunk(2)[is_real ? 0 : 1].to(logits.scalar_type());
    return (is_real ? swapped.neg().add(1) : swapped).mul(high);
  }

  Tensor d_real_loss(const Tensor& logits) const { return r.loss->d_real(logits, labels(logits, true)); }
  Tensor d_fake_loss(const Tensor& logits) const { return r.loss->d_fake(logits, labels(logits, false)); }

  Tensor r1(const Tensor& real_logits) const {
    return r1_penalty(picture_gradient(real_logits, real)).mul(r.r1 * static_cast<double>(r.penalty_every));
  }

  // Through a pass of D of its own that leaves the running statistics alone.
  Tensor gp(const Tensor& fake) const {
    const Tensor mix = in.mix.view({-1, 1, 1, 1});
    const Tensor between =
        in.real.mul(mix).add(fake.detach().mul(mix.neg().add(1))).detach().set_requires_grad(true);
    nn::Pass how = pass(4);
    how.update_running = false;
    return gradient_penalty(picture_gradient(m.d.forward(between, how), between))
        .mul(r.gp * static_cast<double>(r.penalty_every));
  }

  // Adds a part of D's loss and its gradients, and frees its graph unless G needs it.
  void add_d(const Tensor& loss, bool keep_graph = false) {
    add_to(d_gradients, gradients(loss, d_leaves, keep_graph));
    const Tensor value = loss.detach();
    d_loss = d_loss.defined() ? d_loss.add(value) : value;
  }

  // D's loss of both sets, and the penalties. keep_graph: G's gradients come through fake_logits, too.
  void add_d_losses(const Tensor& real_logits, const Tensor& fake_logits, const Tensor& fake,
                    bool keep_graph = false) {
    Tensor loss = r.loss->d_pair ? r.loss->d_pair(real_logits, fake_logits)
                                 : d_real_loss(real_logits).add(d_fake_loss(fake_logits));
    if (has_penalty && r.r1 > 0) loss = loss.add(r1(real_logits));
    add_d(loss, keep_graph);
    if (has_penalty && r.gp > 0) add_d(gp(fake));
  }

  void update_d() {
    m.adam_d.step(std::move(d_gradients));
    m.d.refresh();
    d_gradients.clear();
  }
  void update_g(Tensors gradients_of_g) {
    m.adam_g.step(std::move(gradients_of_g));
    m.g.refresh();
  }
  Tensors g_gradients(const Tensor& loss, bool keep_graph = false) const {
    return gradients(loss, g_leaves, keep_graph);
  }

  // Adds the step to the sums. Logits are those of D before its update.
  void add_statistics(const Tensor& g_loss, const Tensor& real_logits, const Tensor& fake_logits) {
    c10::AutoGradMode no_grad(false);
    const double middle = r.middle;
    const Tensor accuracy_real = real_logits.gt(middle).to(at::kFloat).mean();
    const Tensor accuracy_fake = fake_logits.le(middle).to(at::kFloat).mean();
    const Tensors values = {d_loss,
                            g_loss.detach(),
                            at::sigmoid(real_logits).mean(),
                            at::sigmoid(fake_logits).mean(),
                            accuracy_real.add(accuracy_fake).mul(0.5),
                            accuracy_real,
                            accuracy_fake};
    m.statistics.add_(at::stack(values).to(at::kDouble));
  }

  Model& m;
  const Recipe& r;
  const StepInput& in;
  const Tensors d_leaves, g_leaves;
  const bool updates_g, has_penalty;
  const Tensor real;  // in.real, with a gradient where R1 asks for it
  Tensors d_gradients;
  Tensor d_loss;
};

// G's value in a step that does not update it.
Tensor g_value(const Recipe& r, const Tensor& real_logits, const Tensor& fake_logits) {
  c10::AutoGradMode no_grad(false);
  return r.loss->g(real_logits, fake_logits);
}

// Radford et al. 2015 as the PyTorch DCGAN example runs it: D on real and on generated pictures, each
// with its own batch statistics; update; then G on the same latents through the updated D.
void alternating(Model& m, const Recipe& r, const StepInput& in) {
  Step s(m, r, in);
  const Tensor fake = m.g.forward(in.z, s.pass(0));
  const Tensor real_logits = m.d.forward(s.real, s.pass(1));
  const bool one_by_one = !r.loss->d_pair && !s.has_penalty;
  if (one_by_one) s.add_d(s.d_real_loss(real_logits));  // before the second pass: frees its memory
  const Tensor fake_logits = m.d.forward(fake.detach(), s.pass(2));
  if (one_by_one)
    s.add_d(s.d_fake_loss(fake_logits));
  else
    s.add_d_losses(real_logits, fake_logits, fake);
  s.update_d();
  if (!s.updates_g) return s.add_statistics(g_value(r, real_logits, fake_logits), real_logits, fake_logits);

  Tensor real_again;
  if (r.loss->g_pair) {
    c10::AutoGradMode no_grad(false);
    real_again = m.d.forward(in.real, s.pass(5));
  }
  const Tensor g_loss = r.loss->g(real_again, m.d.forward(fake, s.pass(3)));
  s.update_g(s.g_gradients(g_loss));
  s.add_statistics(g_loss, real_logits, fake_logits);
}

// The TensorFlow tutorial's order: one forward pass of G, one of D on each batch; the gradients of both
// losses at the same weights; then both updates.
void simultaneous(Model& m, const Recipe& r, const StepInput& in) {
  Step s(m, r, in);
  Tensor fake = m.g.forward(in.z, s.pass(0));
  if (!s.updates_g) fake = fake.detach();
  const Tensor real_logits = m.d.forward(s.real, s.pass(1));
  const bool one_by_one = !r.loss->d_pair && !s.has_penalty;
  if (one_by_one) s.add_d(s.d_real_loss(real_logits));
  const Tensor fake_logits = m.d.forward(fake, s.pass(2));
  const Tensor g_loss =
      s.updates_g ? r.loss->g(real_logits.detach(), fake_logits) : g_value(r, real_logits, fake_logits);
  Tensors g_gradients;
  if (s.updates_g) g_gradients = s.g_gradients(g_loss, /*keep_graph=*/true);
  if (one_by_one)
    s.add_d(s.d_fake_loss(fake_logits));
  else
    s.add_d_losses(real_logits, fake_logits, fake);
  s.update_d();
  if (s.updates_g) s.update_g(std::move(g_gradients));
  s.add_statistics(g_loss, real_logits, fake_logits);
}

// Keras' train_on_batch loops: D on one batch of generated and real pictures, the generated ones made in
// inference mode; then G on fresh latents through D, whose batch norms are frozen.
void concatenated(Model& m, const Recipe& r, const StepInput& in) {
  Step s(m, r, in);
  Tensor fake;
  {
    c10::AutoGradMode no_grad(false);
    fake = m.g.forward(in.z, {.training = false});
  }
  const Tensor logits = m.d.forward(at::cat({fake, s.real}), s.pass(1));
  const auto halves = logits.chunk(2);
  const Tensor &fake_logits = halves[0], &real_logits = halves[1];
  s.add_d_losses(real_logits, fake_logits, fake);
  s.update_d();
  if (!s.updates_g) return s.add_statistics(g_value(r, real_logits, fake_logits), real_logits, fake_logits);

  nn::Pass frozen = s.pass(3), frozen_real = s.pass(5);
  frozen.frozen = frozen_real.frozen = true;
  Tensor real_again;
  if (r.loss->g_pair) {
    c10::AutoGradMode no_grad(false);
    real_again = m.d.forward(in.real, frozen_real);
  }
  const Tensor g_loss = r.loss->g(real_again, m.d.forward(m.g.forward(in.z_g, s.pass(0)), frozen));
  s.update_g(s.g_gradients(g_loss));
  s.add_statistics(g_loss, real_logits, fake_logits);
}

// A step's latents by purpose; further draws of a step have streams of their own.
Tensor draw_latents(std::uint64_t seed, std::uint64_t step, std::uint64_t draw, std::int64_t batch,
                    std::int64_t z) {
  Tensor out = at::empty({batch, z}, at::kFloat);
  core::Random(seed, core::Purpose::latents, draw << 48 | step)
      .fill_normal(out.mutable_data_ptr<float>(), static_cast<std::size_t>(batch * z));
  return out;
}

template <class Draw>
Tensor draw_floats(std::int64_t count, Draw draw) {
  Tensor out = at::empty({count}, at::kFloat);
  std::generate_n(out.mutable_data_ptr<float>(), count, [&] { return static_cast<float>(draw()); });
  return out;
}

}  // namespace

Recipe::Recipe(const config::Config& c)
    : loss(&find_loss(c.loss)),
      middle(spec::find_loss(c.loss).middle),
      label_smoothing(c.label_smoothing),
      label_flip(c.label_flip),
      r1(c.r1),
      gp(c.gp),
      penalty_every(c.penalty_every),
      d_steps(c.d_steps),
      seed(static_cast<std::uint64_t>(c.seed)) {}

const std::vector<UpdateOrder>& update_orders() {
  static const std::vector<UpdateOrder> rows = {{"alternating", alternating, false},
                                                {"simultaneous", simultaneous, false},
                                                {"concatenated", concatenated, true}};
  return rows;
}

const UpdateOrder& find_update_order(const std::string& name) {
  for (const auto& order : update_orders())
    if (name == order.name) return order;
  throw Error(ErrorKind::usage, core::str("unknown update order '", name, "'"));
}

StepInput draw_input(const Recipe& r, const UpdateOrder& order, std::uint64_t step, std::int64_t batch,
                     std::int64_t z, at::Device device) {
  StepInput in;
  in.step = step;
  in.z = upload(draw_latents(r.seed, step, 0, batch, z), device);
  if (order.two_latents && r.updates_g(step))
    in.z_g = upload(draw_latents(r.seed, step, 1, batch, z), device);
  if (r.has_penalty(step) && r.gp > 0) {
    core::Random random(r.seed, core::Purpose::penalty, step);
    in.mix = upload(draw_floats(batch, [&] { return random.uniform(); }), device);
  }
  if (r.label_flip > 0) {
    core::Random random(r.seed, core::Purpose::label_noise, step);
    in.flipped = upload(draw_floats(2 * batch, [&] { return random.chance(r.label_flip); }), device);
  }
  return in;
}

Tensor upload(const Tensor& host, at::Device device) {
  return device.is_cuda() ? host.pin_memory().to(device, /*non_blocking=*/true) : host;
}

}  // namespace facegan::train
