// The update orders: which passes a step has, and who learns from them.
#include <c10/core/GradMode.h>

#include <utility>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "train/pass.h"

namespace facegan::train {
namespace {

using at::Tensor;

void learn_d_of(Step& s, Part& p, const Step::Logits& logits, const Tensor& fake) {
  s.learn_d_both(p, logits.real, logits.fake, fake);
  p.real_logits = logits.real.detach(), p.fake_logits = logits.fake.detach();
}

// ---- alternating: Radford et al. 2015 as the PyTorch DCGAN example runs it ----

// D on real and on generated pictures, each with its own batch statistics, where it has any.
void judge_apart(Step& s, Part& p) {
  {
    const c10::AutoGradMode for_g(s.shares_pictures());
    p.fake = s.make(p, p.z);
  }
  const Tensor fake = s.for_d(p.fake);
  if (s.judges_together()) {
    learn_d_of(s, p, s.judge_together(p, fake, p.real, /*as_one_batch=*/false), fake);
    if (!s.shares_pictures()) p.fake.reset();
    return;
  }
  const Tensor real_logits = s.judge(p, p.real, Occurrence::judge_real);
  const bool one_by_one = s.learns_one_by_one();
  if (one_by_one) s.learn_d(p, s.d_real_loss(p, real_logits), /*more_follows=*/true);
  const Tensor fake_logits = s.judge(p, fake, Occurrence::judge_fake);
  if (one_by_one)
    s.learn_d(p, s.d_fake_loss(p, fake_logits));
  else
    s.learn_d_both(p, real_logits, fake_logits, fake);
  p.real_logits = real_logits.detach(), p.fake_logits = fake_logits.detach();
  if (!s.shares_pictures()) p.fake.reset();
}

// G on the same latents through the updated D, whose batch norms still use batch statistics.
void learn_through_d(Step& s, Part& p) {
  const Tensor fake = p.fake.defined() ? std::exchange(p.fake, Tensor()) : s.make(p, p.z, Mode::repeat);
  s.learn_g_through_d(p, fake, Mode::train);
}

// ---- simultaneous: the TensorFlow tutorial's order ----

// One forward pass of G, one of D on each batch; the gradients of both losses at the same weights.
void learn_both(Step& s, Part& p) {
  Tensor fake;
  {
    const c10::AutoGradMode for_g(s.updates_g());
    fake = s.make(p, p.z);
  }
  const Tensor real_logits = s.judge(p, p.real, Occurrence::judge_real);
  const bool one_by_one = s.learns_one_by_one();
  if (one_by_one) s.learn_d(p, s.d_real_loss(p, real_logits), /*more_follows=*/true);
  if (!s.updates_g()) fake = s.for_d(fake);
  const Tensor fake_logits = s.judge(p, fake, Occurrence::judge_fake);
  if (s.updates_g()) s.learn_g(p, s.loss.g(real_logits.detach(), fake_logits), /*keep_graph=*/true);
  if (one_by_one)
    s.learn_d(p, s.d_fake_loss(p, fake_logits));
  else
    s.learn_d_both(p, real_logits, fake_logits, fake);
  p.real_logits = real_logits.detach(), p.fake_logits = fake_logits.detach();
}

// ---- concatenated: Keras' train_on_batch loops ----

// D on one batch of generated and real pictures, the generated ones made in inference mode.
void judge_together(Step& s, Part& p) {
  Tensor fake;
  {
    const c10::AutoGradMode no_grad(false);
    fake = s.make(p, p.z, Mode::inference);
  }
  fake = s.for_d(fake);
  learn_d_of(s, p, s.judge_together(p, fake, p.real, /*as_one_batch=*/true), fake);
}

// G on fresh latents through D, whose batch norms are frozen.
void learn_through_frozen_d(Step& s, Part& p) {
  s.learn_g_through_d(p, s.make(p, p.z_g), Mode::frozen);
}

}  // namespace

const std::vector<UpdateOrder>& update_orders() {
  static const std::vector<UpdateOrder> rows = {
      {"alternating", {{judge_apart, kD}, {learn_through_d, kG}}},
      {"simultaneous", {{learn_both, kD | kG}}},
      {"concatenated", {{judge_together, kD}, {learn_through_frozen_d, kG}}},
  };
  return rows;
}

const UpdateOrder& find_update_order(const std::string& name) {
  for (const auto& order : update_orders())
    if (name == order.name) return order;
  throw Error(ErrorKind::usage, core::str("unknown update order '", name, "'"));
}

}  // namespace facegan::train
