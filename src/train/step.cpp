#include "train/step.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "facegan/core/random.h"
#include "facegan/spec/catalogue.h"
#include "train/pass.h"
#include "train/shares.h"

namespace facegan::train {
namespace {

using at::Tensor;

// Gradients of a scalar by these leaves alone: whatever else took part is frozen, and nothing is computed for
// it. One that did not take part (a bias under a penalty) has none. In the type of the scalar: sums and Adam
// work in full precision.
Tensors gradients(const Tensor& loss, const Tensors& leaves, bool keep_graph) {
  Tensors out = torch::autograd::grad({loss}, leaves, {}, keep_graph, false, /*allow_unused=*/true);
  for (Tensor& gradient : out)
    if (gradient.defined()) gradient = gradient.to(loss.scalar_type());
  return out;
}

void add_to(Tensors& sums, const Tensors& more) {
  const c10::AutoGradMode no_grad(false);
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

void add_to(Tensor& sum, const Tensor& more) {
  sum = sum.defined() ? sum.add(more) : more;
}

// A step's latents by purpose; further draws of a step have streams of their own.
Tensor draw_latents(std::uint64_t seed, std::uint64_t step, std::uint64_t draw,
                    const std::vector<Share>& shares, std::int64_t z) {
  Tensor out = at::empty({rows_in(shares), z}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  for (const Share& share : shares) {
    core::Random random(seed, core::Purpose::latents, draw << 48 | step);
    const std::int64_t first = share.first * z;
    random.skip(static_cast<std::uint64_t>(first / 2 * 2));
    if (first % 2 == 1) random.normal();
    random.fill_normal(to, static_cast<std::size_t>(share.count * z));
    to += share.count * z;
  }
  return out;
}

// Turns each into its mean over the ranks, by one sum.
void mean_of_all(const ranks::Team& team, const Tensors& each) {
  Tensors flat;
  for (const Tensor& t : each) flat.push_back(t.flatten().to(at::kDouble));
  Tensor all = at::cat(flat);
  ranks::mean_(team, all);
  std::int64_t begin = 0;
  for (const Tensor& t : each) {
    t.variable_data().copy_(all.narrow(0, begin, t.numel()).view(t.sizes()));
    begin += t.numel();
  }
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
      fresh_latents(spec::find_update_order(c.update).fresh_latents),
      label_smoothing(c.label_smoothing),
      label_flip(c.label_flip),
      r1(c.r1),
      r2(c.r2),
      gp(c.gp),
      penalty_every(c.penalty_every),
      d_steps(c.d_steps),
      parts(c.accumulate),
      seed(static_cast<std::uint64_t>(c.seed)),
      size(c.size),
      sync_batch_norm(c.sync_batch_norm),
      augmentation(config::parse_augmentation(c.augment)) {}

Step::Step(Model& model, const Recipe& how, const StepInput& input)
    : recipe(how),
      loss(*how.loss),
      kind(how.kind(input.step)),
      model_(model),
      input_(input),
      d_leaves_(model.d.network.leaves()),
      g_leaves_(model.g.network.leaves()),
      d_takes_batches_apart_(model.d.network.takes_batches_apart()),
      parts_(split()) {}

std::vector<Part> Step::split() const {
  const std::int64_t rows = input_.real.size(0) / recipe.parts;
  std::vector<Part> parts;
  for (std::int64_t k = 0; k < recipe.parts; ++k) {
    const auto of_part = [&](const Tensor& all, std::int64_t first = 0) {
      if (!all.defined() || (recipe.parts == 1 && all.size(0) == rows)) return all;
      return all.narrow(0, first + k * rows, rows);
    };
    Part part{.number = k,
              .real = of_part(input_.real),
              .z = of_part(input_.z),
              .z_g = of_part(input_.z_g),
              .mix = of_part(input_.mix),
              .flipped_real = of_part(input_.flipped),
              .flipped_fake = of_part(input_.flipped, recipe.parts * rows),
              .labels = of_part(input_.labels),
              .augment = input_.augment.defined() ? input_.augment.narrow(1, k * rows, rows) : Tensor()};
    if (kind.has_penalty && recipe.r1 > 0) part.real = part.real.detach().set_requires_grad(true);
    parts.push_back(std::move(part));
  }
  return parts;
}

void Step::run(const UpdateOrder& order) {
  for (const OrderPass& pass : order.passes) {
    const unsigned learners = pass.learners & (kD | (kind.updates_g ? kG : 0u));
    if (learners == 0) continue;
    for (Part& part : parts_) pass.run(*this, part);
    if (learners & kD) model_.d.update(mean_gradients(model_.d, d_gradients_));
    if (learners & kG) model_.g.update(mean_gradients(model_.g, g_gradients_));
  }
  count(result());
}

// Adds to what the model keeps of its steps. Ranks have seen other pictures and agree on the mean; so they do
// on running statistics that each has moved by its own.
void Step::count(const StepResult& now) {
  const c10::AutoGradMode no_grad(false);
  Tensor numbers = statistics_of(now);
  Tensor signs;
  if (model_.augment_sum.defined()) signs = now.real_logits.sub(recipe.middle).sign().mean();
  if (recipe.team) {
    Tensors each = {numbers};
    if (signs.defined()) each.push_back(signs);
    if (!recipe.sync_batch_norm)
      for (const Player* player : {&model_.d, &model_.g})
        for (const auto& t : player->network.tensors())
          if (t.spec->role == spec::Role::running_mean || t.spec->role == spec::Role::running_var)
            each.push_back(t.tensor);
    mean_of_all(*recipe.team, each);
  }
  model_.statistics.add_(numbers);
  if (signs.defined()) model_.augment_sum.add_(signs);
}

// Over the parts and the ranks. Takes the sums away.
Tensors Step::mean_gradients(Player& player, Tensors& sums) const {
  Tensors mean = std::exchange(sums, {});
  if (player.mean) return player.mean->end(mean, recipe.parts);
  if (recipe.parts == 1) return mean;
  const c10::AutoGradMode no_grad(false);
  Tensors there;
  for (const Tensor& gradient : mean)
    if (gradient.defined()) there.push_back(gradient);
  at::_foreach_div_(there, static_cast<double>(recipe.parts));
  return mean;
}

StepResult Step::result() const {
  const c10::AutoGradMode no_grad(false);
  StepResult all;
  Tensors real, fake;
  for (const Part& part : parts_) {
    real.push_back(part.real_logits), fake.push_back(part.fake_logits);
    add_to(all.d_loss, part.d_loss);
    // In a step that does not update G its loss is what it would be.
    add_to(all.g_loss, part.g_loss.defined() ? part.g_loss : loss.g(part.real_logits, part.fake_logits));
  }
  all.real_logits = parts_.size() == 1 ? real[0] : at::cat(real);
  all.fake_logits = parts_.size() == 1 ? fake[0] : at::cat(fake);
  if (parts_.size() > 1) {
    const auto count = static_cast<double>(parts_.size());
    all.d_loss = all.d_loss.div(count), all.g_loss = all.g_loss.div(count);
  }
  if (loss.d_pair) {  // only differences mean anything: of a real picture and the generated one beside it
    all.right_real = all.right_fake = all.real_logits.gt(all.fake_logits).to(at::kFloat).mean();
    return all;
  }
  all.right_real = all.real_logits.gt(recipe.middle).to(at::kFloat).mean();
  all.right_fake = all.fake_logits.le(recipe.middle).to(at::kFloat).mean();
  return all;
}

nn::Pass Step::pass(const Part& part, Occurrence occurrence, Mode mode) const {
  if (mode == Mode::inference)
    return {.training = false,
            .labels = part.labels,
            .team = recipe.team,
            .sync_statistics = recipe.sync_batch_norm};
  return {.update_running = mode != Mode::repeat,
          .frozen = mode == Mode::frozen,
          .seed = recipe.seed,
          .step = input_.step,
          .part = static_cast<std::uint64_t>(part.number),
          .occurrence = static_cast<int>(occurrence),
          .noise = input_.noise,
          .labels = part.labels,
          .team = recipe.team,
          .sync_statistics = recipe.sync_batch_norm};
}

Tensor Step::make(const Part& part, const Tensor& z, Mode mode) const {
  return model_.g.network.forward(z, pass(part, Occurrence::make, mode));
}

Tensor Step::augmented(const Part& part, const Tensor& pictures, Occurrence occurrence) const {
  if (!recipe.augmentation.any()) return pictures;
  const Tensor drawn = part.augment[static_cast<std::int64_t>(occurrence) - 1];  // G's pass has none
  return train::augmented(recipe.augmentation, pictures, drawn, model_.augment_p);
}

Tensor Step::judge(const Part& part, const Tensor& pictures, Occurrence occurrence, Mode mode) const {
  return model_.d.network.forward(augmented(part, pictures, occurrence), pass(part, occurrence, mode));
}

Step::Logits Step::judge_together(const Part& part, const Tensor& fake, const Tensor& real,
                                  bool as_one_batch) const {
  const Tensor both =
      at::cat({augmented(part, fake, Occurrence::judge_fake), augmented(part, real, Occurrence::judge_real)});
  nn::Pass how = pass(part, Occurrence::judge_real, Mode::train);
  how.batches = as_one_batch ? 1 : 2;
  how.blocks = 2;
  if (part.labels.defined()) how.labels = at::cat({part.labels, part.labels});
  const auto halves = model_.d.network.forward(both, how).chunk(2);
  return {.real = halves[1], .fake = halves[0]};
}

Tensor Step::for_d(const Tensor& fake) const {
  return fake.detach().set_requires_grad(kind.has_penalty && recipe.r2 > 0);
}

void Step::learn_d_with_penalties(Part& part, const Tensor& loss_of_part, const Tensor& real_logits,
                                  const Tensor& fake_logits, const Tensor& fake) {
  const auto often = static_cast<double>(recipe.penalty_every);
  Tensor sum = loss_of_part;
  const auto add = [&](double weight, const Tensor& logits, const Tensor& pictures) {
    if (!kind.has_penalty || weight == 0) return;
    const Tensor penalty = r1_penalty(picture_gradient(logits, pictures));
    sum = sum.add(penalty.mul(weight * often).mul(input_.penalty.squeeze()));
  };
  add(recipe.r1, real_logits, part.real);
  add(recipe.r2, fake_logits, fake);
  const bool has_gp = kind.has_penalty && recipe.gp > 0;
  learn_d(part, sum, /*more_follows=*/has_gp);
  if (!has_gp) return;
  const Tensor mix = part.mix.view({-1, 1, 1, 1});
  const Tensor between =
      part.real.detach().mul(mix).add(fake.detach().mul(mix.neg().add(1))).detach().set_requires_grad(true);
  const Tensor logits = judge(part, between, Occurrence::judge_mix, Mode::repeat);
  const Tensor penalty = gradient_penalty(picture_gradient(logits, between)).mul(recipe.gp * often);
  learn_d(part, penalty.mul(input_.penalty.squeeze()));
}

// Of pictures: 1 - smoothing for real ones, 0 for generated ones, or the other's.
Tensor Step::labels(const Tensor& logits, const Tensor& flipped, bool is_real) const {
  const double high = 1 - recipe.label_smoothing;
  if (!flipped.defined()) return is_real ? at::full_like(logits, high) : at::zeros_like(logits);
  const Tensor swapped = flipped.to(logits.scalar_type());
  return (is_real ? swapped.neg().add(1) : swapped).mul(high);
}

Tensor Step::d_real_loss(const Part& part, const Tensor& logits) const {
  return loss.d_real(logits, labels(logits, part.flipped_real, true));
}

Tensor Step::d_fake_loss(const Part& part, const Tensor& logits) const {
  return loss.d_fake(logits, labels(logits, part.flipped_fake, false));
}

void Step::learn_d(Part& part, const Tensor& loss_of_part, bool more_follows) {
  if (model_.d.mean && !more_follows && is_last(part)) model_.d.mean->begin(d_gradients_);
  add_to(d_gradients_, gradients(loss_of_part, d_leaves_, /*keep_graph=*/false));
  add_to(part.d_loss, loss_of_part.detach());
}

void Step::learn_d_both(Part& part, const Tensor& real_logits, const Tensor& fake_logits,
                        const Tensor& fake) {
  const Tensor both = loss.d_pair ? loss.d_pair(real_logits, fake_logits)
                                  : d_real_loss(part, real_logits).add(d_fake_loss(part, fake_logits));
  learn_d_with_penalties(part, both, real_logits, fake_logits, fake);
}

void Step::learn_g(Part& part, const Tensor& loss_of_part, bool keep_graph) {
  if (model_.g.mean && is_last(part)) model_.g.mean->begin(g_gradients_);
  add_to(g_gradients_, gradients(loss_of_part, g_leaves_, keep_graph));
  add_to(part.g_loss, loss_of_part.detach());
}

void Step::learn_g_through_d(Part& part, const Tensor& fake, Mode mode) {
  Tensor real_again;
  if (loss.g_pair) {
    const c10::AutoGradMode no_grad(false);
    real_again = judge(part, part.real, Occurrence::judge_real_for_g, mode);
  }
  learn_g(part, loss.g(real_again, judge(part, fake, Occurrence::judge_for_g, mode)));
}

void take_step(Model& model, const Recipe& recipe, const UpdateOrder& order, const StepInput& input) {
  Step(model, recipe, input).run(order);
}

StepInput draw_input(const Recipe& r, std::uint64_t step, std::int64_t batch, std::int64_t z,
                     at::Device device, double penalty) {
  const StepKind kind = r.kind(step);
  StepInput in;
  in.step = step;
  const auto send = [&](const Tensor& drawn, std::int64_t blocks = 1) {
    return upload(own_rows_of(r.team, drawn, r.parts, blocks), device);
  };
  const std::vector<Share> shares = own_shares(r.team, batch, r.parts);
  in.z = upload(draw_latents(r.seed, step, 0, shares, z), device);
  if (r.fresh_latents && kind.updates_g) in.z_g = upload(draw_latents(r.seed, step, 1, shares, z), device);
  if (kind.has_penalty && r.gp > 0) {
    core::Random random(r.seed, core::Purpose::penalty, step);
    in.mix = send(draw_floats(batch, [&] { return random.uniform(); }));
  }
  if (kind.has_penalty) in.penalty = upload(draw_floats(1, [&] { return penalty; }), device);
  if (r.augmentation.any())
    in.augment = upload(draw_augmentation(r.seed, step, kLooks, shares, r.size), device);
  if (r.label_flip > 0) {
    core::Random random(r.seed, core::Purpose::label_noise, step);
    in.flipped = send(draw_floats(2 * batch, [&] { return random.chance(r.label_flip); }), 2);
  }
  return in;
}

Tensor upload(const Tensor& host, at::Device device) {
  return device.is_cuda() ? host.pin_memory().to(device, /*non_blocking=*/true) : host;
}

}  // namespace facegan::train
