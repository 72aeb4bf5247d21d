#pragma once
// What a run computes: data, networks, optimizers, and how far they are. Writes no files. Free of LibTorch.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/data/loader.h"
#include "facegan/infer/conditions.h"
#include "facegan/ranks/team.h"
#include "facegan/run/best.h"
#include "facegan/run/folder.h"
#include "facegan/run/metrics.h"
#include "facegan/train/cost.h"
#include "train/rates.h"
#include "train/set_facts.h"

namespace facegan::train {

inline constexpr int kMaxRollbacks = 3;

class Trainer {
 public:
  // from: the checkpoint to go on from, nullptr for a new run. Error(checkpoint) when its tensors are not
  // those of the configuration's networks, before any memory is taken for them. leaves_no_trace:
  // takes packed pictures, but makes none. team: whose ranks train this together, each on its share of every
  // batch; nullptr: this process alone. What is said to be together all ranks call at the same step.
  Trainer(const config::Config& config, const run::Loaded* from, bool leaves_no_trace = false,
          const ranks::Team* team = nullptr);
  ~Trainer();

  void initialise();
  // Error(checkpoint) when it was made from other pictures.
  void restore(const run::Loaded& loaded, bool allow_data_change = false);
  // How often training has gone back to a checkpoint: each time halves the rates and changes all noise.
  void set_rollbacks(int count);
  int rollbacks() const { return rollbacks_; }
  Rates learning_rates() const { return rates(config_, rollbacks_, progress()); }
  // Together: Error(usage) when the ranks do not have the same pictures.
  void compare_pictures() const;
  // Together, after initialise() or restore() on rank 0: all others take its state.
  void share_state();
  // Sets the batches to the step reached.
  void start_data();
  // Brings the pictures of the next step. Draws on start_data(). Error(io), Error(data).
  void fetch();
  // Together: one step, on what fetch() brought.
  void advance();

  // Means over the steps since the last clear_statistics(), zeros when there was none; waits for the device.
  run::Metrics means() const;
  void clear_statistics();
  // The size of the mean gradient of G that Adam keeps, its root of the sum of squares; waits for the device.
  double generator_gradient() const;
  // Whether the state is still one: NaN and infinity in these means or in all that a checkpoint would hold.
  // Names the first fault, "" when there is none. Waits for the device.
  std::string fault(const run::Metrics& means) const;

  // Of a checkpoint of this state: its metadata, the whole file, and about how large that is.
  core::Metadata metadata() const;
  std::string checkpoint() const;
  std::uint64_t checkpoint_bytes() const;
  // The first tensor of the state that is another one in a checkpoint that restore() takes; "" when there is
  // none.
  std::string differing_tensor(const run::Loaded& loaded) const;

  // Of this run so far; nothing where none is looked for. Stands in its checkpoints.
  const std::optional<run::Best>& best() const { return best_; }
  void set_best(std::optional<run::Best> best) { best_ = std::move(best); }

  // The first pictures that `sample --seed S` makes by the run's own seed, but for rounding.
  std::vector<image::Image> samples(std::size_t count) const;
  // The pictures of the sample grid, by the same latents every time.
  std::vector<image::Image> grid_pictures() const;
  // As many of latents of their own, for figures: the grid itself, but where its rows share theirs.
  std::vector<image::Image> apart(const std::vector<image::Image>& grid) const;
  // Forward passes timed here and now.
  ForwardSeconds forward_seconds() const;

  const config::Config& config() const { return config_; }
  const config::Networks& networks() const { return networks_; }
  const data::Dataset& dataset() const { return *dataset_; }
  std::int64_t steps_per_epoch() const { return loader_->steps_per_epoch(); }
  std::int64_t total_steps() const { return total_steps_; }
  std::int64_t step() const { return step_; }  // steps done
  Progress progress() const { return {step_, total_steps_, config_.batch}; }
  bool at_log_line() const { return step_ % steps_per_epoch() == 0 || step_ % config_.log_every == 0; }
  std::vector<std::string> unusable() const { return loader_->unusable(); }

 private:
  struct Engine;  // all that speaks of tensors
  infer::Conditions conditions() const;
  void settle() const;
  void check_tensors(const run::Loaded& loaded) const;
  void restore_state(const run::Loaded& loaded);

  config::Config config_;
  const ranks::Team* team_;
  std::shared_ptr<const data::Dataset> dataset_;
  data::ConditionTable conditions_;  // of the pictures
  SetFacts facts_;                   // of the pictures as they were found at the start
  config::Networks networks_;
  std::optional<data::Loader> loader_;
  std::unique_ptr<Engine> engine_;
  std::int64_t step_ = 0, total_steps_ = 0;
  std::int64_t partial_steps_ = 0;  // in the sums of the statistics
  int rollbacks_ = 0;
  std::optional<run::Best> best_;
};

}  // namespace facegan::train
