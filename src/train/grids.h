#pragma once
// The sample grids of a run: when they are due, where they lie, and the animation made of them.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "facegan/image/image.h"
#include "facegan/report/sink.h"
#include "train/failures.h"
#include "train/schedule.h"
#include "train/trainer.h"

namespace facegan::train {

class Grids {
 public:
  // show: gets every grid that was written. All that is passed outlives this.
  Grids(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures,
        std::function<void(const report::Pictures&)> show);

  bool due() { return every_.due(trainer_.step(), trainer_.steps_per_epoch()); }
  // That before the first step. Error(io).
  void write_first();
  // The one that is due; pictures: where they are made already. What cannot be written from here on is told
  // at the end of the run.
  void write_due(const std::vector<image::Image>& pictures);
  // One of this step, whatever is due.
  void write_now();
  // Those of a run's end. The grid of an epoch that is not complete is replaced when the run goes on.
  void write_last();
  // The same with the last grid that of the best checkpoint.
  void write_last_of_best();
  // Where a run ends it writes a grid; an unbroken one has none yet, or passes over that epoch. Those stay
  // that it has made by the --sample-every it had before.
  void remove_later(const std::string& sample_every_before) const;
  // The last grid again, which was that of another checkpoint.
  void write_again();

 private:
  std::int64_t last_epoch() const;  // begun
  void make(const core::Inside& file, const std::vector<image::Image>& pictures) const;
  void write(const core::Inside& file, const std::vector<image::Image>& pictures = {});
  void write_animation();

  const std::filesystem::path& folder_;
  const Trainer& trainer_;
  const config::Config& config_;
  Failures& failures_;
  const std::function<void(const report::Pictures&)> show_;
  Schedule every_;
};

}  // namespace facegan::train
