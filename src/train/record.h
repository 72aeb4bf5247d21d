#pragma once
// What a run leaves and tells: the folder's files, log lines, checkpoints, figures. Of several ranks the
// first one has it.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "facegan/checkpoint/writer.h"
#include "facegan/report/preview.h"
#include "facegan/run/signs.h"
#include "train/evaluation.h"
#include "train/failures.h"
#include "train/grid_figures.h"
#include "train/grids.h"
#include "train/schedule.h"
#include "train/sinks.h"
#include "train/trainer.h"

namespace facegan::train {

class Record {
 public:
  // All outlive it. evaluation: nullptr where no figures are asked for.
  Record(Trainer& trainer, const std::filesystem::path& folder, Evaluation* evaluation,
         const std::optional<report::Preview>& preview);

  // A run that had done all: writes what one that was killed after its last checkpoint has not. Error(io).
  void nothing_to_do();

  // Begins the files of a new run; real: of its training pictures. Error(io).
  void begin(report::Pictures real);
  // Goes on with those of one that samples by this; was_no_better: it had ended by --stop-when-worse.
  void go_on(const std::string& sampled_every, bool was_no_better);

  // Training starts, or goes on, at the trainer's step. Once the sinks have dropped what comes later.
  void start_pace();
  report::Progress progress() const;

  // Asked once after each step: whether a checkpoint is due by now. Notes whether a grid is.
  bool save_due() {
    grid_due_ = grids_.due();
    return checkpoints_.due(trainer_.step(), trainer_.steps_per_epoch());
  }
  // At a line of numbers: whether figures are.
  bool evaluation_due() {
    return evaluations_ && evaluations_->due(trainer_.step(), trainer_.steps_per_epoch());
  }

  // After a step. Tells the line of numbers, with figures where they are due; true when they are the best so
  // far. Then the grid that is due, one that was asked for, and the live line.
  bool line(run::Metrics means, bool with_figures);
  void grids(bool asked_for);
  void save();  // only what was found healthy

  // Before trainer().restore() to the newest checkpoint; after it.
  run::Loaded newest();
  void went_back();

  // Ends by itself when it is saved already.
  void save_last();
  // Why the last checkpoint could not be written; "" = it was.
  std::string save_failure();
  // Gives the pictures a second, over the whole run. Error(io) for what could not be written in the end.
  double finish(const std::string& state, bool by_signal);
  void finish_failed(const std::exception& error);

 private:
  report::SinkSetup sink_setup() const;
  void open();
  bool evaluate(run::Metrics& line);
  void look_at(run::Metrics& line);
  std::string gpu_memory() const;
  void throw_failures();

  Trainer& trainer_;
  const config::Config& config_;
  const std::filesystem::path& folder_;
  Evaluation* const evaluation_;
  const std::optional<report::Preview> preview_;
  Schedule checkpoints_;
  std::optional<Schedule> evaluations_;
  std::string sampled_every_;  // as the run had it before it was resumed
  Failures failures_;
  Grids grids_{folder_, trainer_, failures_, [this](const report::Pictures& grid) {
                 if (sinks_) sinks_->pictures(grid, progress());
               }};
  std::optional<Sinks> sinks_;
  report::Pace pace_;
  std::optional<GridFigures> grid_figures_;
  std::optional<run::Watch> watch_;
  std::vector<image::Image> pictures_;  // of the grid that is due
  bool grid_due_ = false;
  std::optional<checkpoint::Writer> writer_;  // last: ends first, and uses the others
  std::int64_t saved_step_ = -1;
};

}  // namespace facegan::train
