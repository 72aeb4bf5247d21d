#pragma once
// What the passes of update orders are made of. Internal to step.cpp and orders.cpp.
#include "train/statistics.h"
#include "train/step.h"

namespace facegan::train {

using Tensors = std::vector<at::Tensor>;

// The forward passes of a step, which draw dropout masks of their own.
enum class Occurrence : int { make, judge_real, judge_fake, judge_for_g, judge_mix, judge_real_for_g };
constexpr std::int64_t kLooks = 5;  // those of D

// What a forward pass does with norms and dropout.
enum class Mode {
  train,      // batch statistics, dropout; running statistics follow
  repeat,     // the same once more: running statistics stay
  frozen,     // Keras' frozen model: running statistics, which stay, and dropout
  inference,  // running statistics, no dropout
};

// A part of the batch, and what passes have found for it.
struct Part {
  std::int64_t number;                    // 0, 1, ...
  at::Tensor real;                        // [n, C, H, W]; with a gradient where R1 asks for it
  at::Tensor z, z_g, mix;                 // as in StepInput
  at::Tensor flipped_real, flipped_fake;  // [n] likewise
  at::Tensor labels;                      // [n, conditions] likewise, of real and of generated pictures
  at::Tensor augment;                     // [kLooks, n, kAugmentNumbers] likewise
  at::Tensor fake = {};                   // made of z, with the graph through which G learns, where it does
  at::Tensor real_logits = {}, fake_logits = {};  // [n] of D before its update, without a graph
  at::Tensor d_loss = {}, g_loss = {};            // scalars
};

class Step {
 public:
  Step(Model& model, const Recipe& recipe, const StepInput& input);

  // Every pass of the order over every part, the updates, the statistics.
  void run(const UpdateOrder& order);

  // ---- what passes speak through ----------------------------------------------------------------
  // G's pictures of latents. The one place that makes any.
  at::Tensor make(const Part& part, const at::Tensor& z, Mode mode = Mode::train) const;
  // D's logits of pictures, augmented. The one place where it looks at any.
  at::Tensor judge(const Part& part, const at::Tensor& pictures, Occurrence occurrence,
                   Mode mode = Mode::train) const;
  // The same of generated and of real pictures in one pass.
  struct Logits {
    at::Tensor real, fake;
  };
  Logits judge_together(const Part& part, const at::Tensor& fake, const at::Tensor& real,
                        bool as_one_batch) const;
  // Whether that is the same as judging one after the other, and faster: half as many products of twice the
  // size. A penalty's gradient would be taken of both halves, and learning one by one needs half of the
  // memory.
  bool judges_together() const { return d_takes_batches_apart_ && !kind.has_penalty && !learns_one_by_one(); }
  // Pictures made for D, without G's graph, as D's penalties need them.
  at::Tensor for_d(const at::Tensor& fake) const;
  // D learns from its loss and from the penalties that the step has: on its gradient at real and at generated
  // pictures, through the passes that have judged them, and at mixtures, through a pass of its own. fake: as
  // for_d() gave them.
  void learn_d_with_penalties(Part& part, const at::Tensor& loss_of_part, const at::Tensor& real_logits,
                              const at::Tensor& fake_logits, const at::Tensor& fake);

  at::Tensor d_real_loss(const Part& part, const at::Tensor& logits) const;
  at::Tensor d_fake_loss(const Part& part, const at::Tensor& logits) const;
  // Whether D can learn from real pictures before it has judged generated ones: frees memory in between.
  bool learns_one_by_one() const { return !loss.d_pair && !kind.has_penalty; }
  bool updates_g() const { return kind.updates_g; }
  // Whether pictures that were made for D still have their graph when G learns.
  bool shares_pictures() const { return kind.updates_g && recipe.parts == 1; }

  // Adds a part of D's loss and its gradients, and frees its graph. more_follows: of this part, in this step.
  void learn_d(Part& part, const at::Tensor& loss_of_part, bool more_follows = false);
  // D's loss of both sets, and the penalties.
  void learn_d_both(Part& part, const at::Tensor& real_logits, const at::Tensor& fake_logits,
                    const at::Tensor& fake);
  void learn_g(Part& part, const at::Tensor& loss_of_part, bool keep_graph = false);
  // What G learns from: D's view of its pictures, beside that of real ones where the loss compares.
  void learn_g_through_d(Part& part, const at::Tensor& fake, Mode mode);

  const Recipe& recipe;
  const Loss& loss;
  const StepKind kind;

 private:
  at::Tensor augmented(const Part& part, const at::Tensor& pictures, Occurrence occurrence) const;
  nn::Pass pass(const Part& part, Occurrence occurrence, Mode mode) const;
  at::Tensor labels(const at::Tensor& logits, const at::Tensor& flipped, bool is_real) const;
  std::vector<Part> split() const;
  bool is_last(const Part& part) const { return part.number + 1 == recipe.parts; }
  Tensors mean_gradients(Player& player, Tensors& sums) const;
  void count(const StepResult& now);
  StepResult result() const;

  Model& model_;
  const StepInput& input_;
  const Tensors d_leaves_, g_leaves_;
  const bool d_takes_batches_apart_;
  std::vector<Part> parts_;
  Tensors d_gradients_, g_gradients_;  // sums over the parts so far
};

}  // namespace facegan::train
