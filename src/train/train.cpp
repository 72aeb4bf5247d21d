// A training run from top to bottom: prepare, loop, finish.
#include "facegan/train/train.h"

#include <cmath>
#include <optional>

#include "facegan/checkpoint/writer.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/device/device.h"
#include "facegan/machine/memory.h"
#include "facegan/run/files.h"
#include "facegan/run/lock.h"
#include "facegan/run/record.h"
#include "facegan/run/signs.h"
#include "facegan/train/real_grid.h"
#include "train/evaluation.h"
#include "train/failures.h"
#include "train/grid_figures.h"
#include "train/grids.h"
#include "train/prepare.h"
#include "train/schedule.h"
#include "train/sinks.h"
#include "train/trainer.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::str;

class Run {
 public:
  explicit Run(TrainRequest request)
      : folder_(std::move(request.folder)),
        lock_(std::move(request.lock)),
        from_(std::move(request.from)),
        from_path_(from_ ? from_->path : fs::path()),
        dry_run_(request.dry_run),
        allow_data_change_(request.allow_data_change),
        preview_(std::move(request.preview)),
        trainer_(request.config, from_ ? &*from_ : nullptr, dry_run_),
        config_(trainer_.config()),
        checkpoints_(config_.checkpoint_every) {
    if (config_.evaluate_every != "0") evaluations_.emplace(config_.evaluate_every);
  }

  TrainResult run() {
    TrainResult result;
    if (resumes())
      restore();
    else
      trainer_.initialise();
    if (resumes() && trainer_.step() >= trainer_.total_steps()) {
      nothing_to_do();
      return result;
    }
    check_space(trainer_, folder_);
    // Before anything is written: a data set without a single usable picture ends here.
    if (!resumes()) real_ = real_grid(trainer_.dataset(), config_);
    if (const auto info = run::read_info(folder_); resumes() && info)
      was_no_better_ = info->state == run::kNoBetter;
    if (evaluations_) start_evaluation();
    if (!dry_run_) make_run_folder();
    announce(trainer_, folder_, from_path_, evaluation_ ? &*evaluation_ : nullptr);
    if (dry_run_) {
      dry_run();
      return result;
    }
    open_outputs();
    try {
      loop();
      result.images_per_s = finish();
    } catch (const std::exception& error) {
      report_failure(error);
      throw;
    }
    result.signal = core::stop_signal();
    result.folder = folder_;
    result.steps = trainer_.step(), result.steps_per_epoch = trainer_.steps_per_epoch();
    result.epochs = config_.epochs;
    result.best_step = trainer_.best() ? trainer_.best()->step : 0;
    return result;
  }

 private:
  bool resumes() const { return !from_path_.empty(); }

  // ---- prepare ------------------------------------------------------------------------------

  void restore() {
    trainer_.restore(*from_, allow_data_change_);
    compare_machine(*from_, config_);
    compare_total(*from_, trainer_);
    sampled_every_ = from_->config().sample_every;
    from_.reset();  // frees its memory
  }

  void start_evaluation() {
    evaluation_.emplace(config_, trainer_.dataset(), dry_run_);
    run::Best best = trainer_.best().value_or(run::Best{});
    // Another figure decides from here on: none is the best yet.
    if (best.metric != evaluation_->decisive()) best = {.metric = evaluation_->decisive()};
    // Who goes on with a run that had ended by --stop-when-worse wants more of it.
    if (was_no_better_) best.no_better = 0;
    trainer_.set_best(best);
  }

  void nothing_to_do() {
    core::log_info("nothing to do: ", folder_.string(), " has done its ", trainer_.step(),
                   " steps (--epochs and --max-steps are totals)");
    // A run that was killed after its last checkpoint has not written these, or those of its start.
    failures_.end_of_training();
    if (!dry_run_) {
      core::make_folder(
          run::file_in(folder_, run::kSamples));  // of a run of which checkpoints alone were kept
      grids_.write_last();
      const auto info = run::read_info(folder_);
      if (info && info->state == "running")
        Sinks(sink_setup(), failures_, {&report::page_sink(), 1}).finish({}, progress());
    }
    throw_failures();
  }

  void dry_run() {
    trainer_.start_data();
    const double begin = now_s();
    trainer_.advance();
    if (const std::string fault = trainer_.fault(trainer_.means()); !fault.empty())
      throw Error(ErrorKind::numeric,
                  str("training diverged in its first step: ", fault, "; try lower --lr-g and --lr-d"));
    core::log_info("dry run: one step in ", core::human_seconds(now_s() - begin),
                   ", everything fits; nothing was written");
  }

  void make_run_folder() {
    // A run that started meanwhile may have taken the number.
    if (!resumes() && config_.out.empty())
      folder_ = run::make_run_folder(folder_.parent_path(), config_.preset);
    core::make_folder(folder_);
    core::make_folder(run::file_in(folder_, run::kSamples));
    core::make_folder(run::file_in(folder_, run::kCheckpoints));
    if (!lock_) lock_ = std::make_shared<run::RunLock>(folder_);
    if (!resumes() && !run::checkpoint_files(folder_).empty())
      throw Error(ErrorKind::usage, str("another process has just made a run in ",
                                        core::printable(folder_.string()), "; choose another folder"));
    run::refuse_links(folder_);
    core::log_to_file(run::file_in(folder_, run::kLogFile));
  }

  void open_outputs() {
    run::write_file(folder_, run::kConfigFile, config::to_yaml(config_));
    sinks_.emplace(sink_setup(), failures_);
    start_pace();
    run::MetricsLog earlier;
    earlier.update(run::file_in(folder_, run::kMetricsFile));
    watch_.emplace(config_, static_cast<std::int64_t>(trainer_.dataset().size()), earlier.rows());
    grid_figures_.emplace(config_, trainer_.dataset());
    writer_.emplace(folder_, checkpoint::Writer::Hooks{
                                 // The last line is on disk before the checkpoint that follows it.
                                 [this] { sinks_->sync(); },
                                 [this](const std::string& why) { failures_.record(kCheckpoints, why); }});
    if (resumes()) {
      grids_.remove_later(sampled_every_);
      if (was_no_better_) grids_.write_again();  // its last grid is of the best
    } else {
      run::write_file(folder_, run::kRealGrid, real_.png);
      real_.path = run::file_in(folder_, run::kRealGrid).path();
      sinks_->pictures(real_, progress());
      real_ = {};
      grids_.write_first();
      save();  // from here on there is something to resume
      writer_->wait();
      if (const std::string why = failures_.of(kCheckpoints); !why.empty()) throw Error(ErrorKind::io, why);
    }
    sinks_->start(progress());
  }

  report::SinkSetup sink_setup() const {
    return {.folder = folder_,
            .config = config_,
            .step = trainer_.step(),
            .preview = preview_,
            .memory_in_use_bytes = [device = config_.device] { return device::memory_in_use_bytes(device); },
            .info = [this] { return run_info(trainer_); }};
  }

  // Once the sinks have dropped what comes later.
  void start_pace() {
    const auto last = run::last_metrics(run::file_in(folder_, run::kMetricsFile));
    const double before_s = last ? (*last)["elapsed_s"] : 0;
    pace_.start(trainer_.step(), now_s(), std::isfinite(before_s) ? before_s : 0);
  }

  report::Progress progress() const { return pace_.at(trainer_.step(), now_s()); }

  // ---- loop ---------------------------------------------------------------------------------

  void loop() {
    first_step_ = trainer_.step();
    start_pace();
    trainer_.start_data();
    do {
      while (goes_on()) {
        if (advance()) after_step();
      }
    } while (!healthy(trainer_.means()));  // nor does a run end in a broken state
  }

  // Pictures that cannot be read any more end a run, but lose none of it. False when it is to stop anyway.
  bool advance() {
    try {
      trainer_.advance();
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::io || !trainer_.fault(trainer_.means()).empty()) throw;
      if (core::stop_signal() != 0) return false;
      save_last();
      writer_->wait();
      const std::string why = failures_.of(kCheckpoints);
      throw Error(ErrorKind::io, str(error.what(),
                                     why.empty() ? str("; saved at step ", trainer_.step())
                                                 : str("; nor could a checkpoint be saved: ", why),
                                     "; go on with --resume ", core::printable(folder_.string())));
    }
  }

  bool goes_on() const {
    if (trainer_.step() >= trainer_.total_steps() || core::stop_signal() != 0 || gives_up()) return false;
    return max_time_s_ == 0 || trainer_.step() == first_step_ || now_s() - start_s_ < max_time_s_;
  }

  // As --stop-when-worse asks.
  bool gives_up() const {
    return evaluations_ && config_.stop_when_worse > 0 && trainer_.best() &&
           trainer_.best()->no_better >= config_.stop_when_worse;
  }

  // Tells, once each, what the numbers show of a run that goes wrong.
  void look_at(run::Metrics& line) {
    for (const run::Sign& sign : watch_->add(line))
      core::log_warning(sign.warning.what, " ", sign.warning.meaning, " ", sign.warning.advice);
  }

  bool evaluation_due() {
    return evaluations_ && evaluations_->due(trainer_.step(), trainer_.steps_per_epoch());
  }

  // Adds the figures to a line, and says whether they are the best so far.
  bool evaluate(run::Metrics& line) {
    evaluation_->measure(trainer_.samples(Evaluation::kPictures), line);
    run::Best best = *trainer_.best();
    const spec::MetricKey decisive = *spec::find_metric(best.metric);
    const bool is_best = best.take(line.step, line[decisive]);
    const std::string beside =
        is_best || best.step == 0
            ? ""
            : str(", the best was ", spec::shown(decisive.facts(), best.value), " at step ", best.step);
    core::log_info("step ", line.step, ": ", best.metric, " ", spec::shown(decisive.facts(), line[decisive]),
                   is_best ? ", the best so far" : beside);
    trainer_.set_best(std::move(best));
    return is_best;
  }

  void after_step() {
    const std::int64_t step = trainer_.step(), per_epoch = trainer_.steps_per_epoch();
    const bool last = step >= trainer_.total_steps();  // the end writes grid and checkpoint
    const bool grid_due = grids_.due();
    bool save_now = (checkpoints_.due(step, per_epoch) | stays() | core::take_save_request()) && !last;
    std::vector<image::Image> pictures;  // of the grid
    if (trainer_.at_log_line() || save_now) {
      run::Metrics means = trainer_.means();
      if (!healthy(means)) return;
      if (trainer_.at_log_line()) {
        const report::Progress now = progress();  // the rate is that of training alone
        means.set("g_gradient", trainer_.generator_gradient());
        if (grid_due) grid_figures_->measure(trainer_.apart(pictures = trainer_.grid_pictures()), means);
        const bool is_best = evaluation_due() && evaluate(means);
        save_now |= is_best;
        look_at(means);
        sinks_->numbers(report::timed(means, now), now);
        core::log_debug("memory in use: ", device::memory_in_use_bytes(config_.device), " bytes");
        pace_.line(trainer_.step(), now_s());
        trainer_.clear_statistics();
      }
    }
    if (grid_due && !last) grids_.write_due(pictures);
    if (core::take_grid_request()) grids_.write_now();
    sinks_->step(progress());
    if (save_now) save();
  }

  // Whether this is a step whose checkpoint --keep-every asks for.
  bool stays() const {
    return config_.keep_every > 0 && trainer_.step() % (config_.keep_every * trainer_.steps_per_epoch()) == 0;
  }

  // False when the state is broken and the last good one has taken its place. Error(numeric) when that is
  // not asked for, or has not helped.
  bool healthy(const run::Metrics& means) {
    const std::string fault = trainer_.fault(means);
    if (fault.empty()) return true;
    const std::string what = str("training diverged before step ", trainer_.step(), ": ", fault);
    if (config_.on_divergence == "stop")
      throw Error(ErrorKind::numeric, what +
                                          "; the last checkpoint is from before; try lower --lr-g and "
                                          "--lr-d, or go on with --resume and --on-divergence rollback");
    if (trainer_.rollbacks() >= kMaxRollbacks)
      throw Error(ErrorKind::numeric, str(what, ", after ", kMaxRollbacks,
                                          " rollbacks; start a new run with lower --lr-g and --lr-d"));
    core::log_warning(what);
    roll_back();
    return false;
  }

  void roll_back() {
    writer_->wait();
    const run::Loaded last = run::load_newest(folder_);
    const int count = trainer_.rollbacks() + 1;  // the checkpoint may be from before an earlier one
    const auto best = trainer_.best();
    trainer_.restore(last, /*allow_data_change=*/true);
    if (!trainer_.best()) trainer_.set_best(best);  // from before there were evaluations
    trainer_.set_rollbacks(count);
    core::log_warning("rollback ", count, " of ", kMaxRollbacks, ": back to ", last.path.filename().string(),
                      ", learning rates ", trainer_.learning_rates().g, " (G) and ",
                      trainer_.learning_rates().d, " (D), other noise");
    sinks_->go_back(progress());
    watch_->drop_after(trainer_.step());
    grids_.remove_later(sampled_every_);
    trainer_.start_data();
    first_step_ = trainer_.step();
    start_pace();
  }

  // ---- save and finish ----------------------------------------------------------------------

  // Only what healthy() has seen.
  void save() {
    saved_step_ = trainer_.step();
    writer_->save(trainer_.step(), [this] { return trainer_.checkpoint(); },
                  {config_.keep, config_.keep_every * trainer_.steps_per_epoch(),
                   trainer_.best() && trainer_.best()->step == trainer_.step()});
  }

  // Unless it is saved already.
  void save_last() {
    writer_->wait();
    if (saved_step_ != trainer_.step() || !failures_.of(kCheckpoints).empty()) save();
  }

  // Gives the pictures a second, over the whole run.
  double finish() {
    report::End end{.state = trainer_.step() >= trainer_.total_steps() ? "finished"
                             : gives_up() && core::stop_signal() == 0  ? run::kNoBetter
                                                                       : "stopped"};
    if (!trainer_.at_log_line()) end.rest = report::timed(trainer_.means(), progress());
    failures_.end_of_training();
    save_last();
    if (end.state == run::kNoBetter)
      grids_.write_last_of_best();
    else
      grids_.write_last();
    sinks_->finish(end, progress());
    writer_->wait();
    const report::Progress all = progress();
    core::log_info(core::stop_signal() ? "stopped and saved" : "done", " at step ", trainer_.step(),
                   " after ", core::human_seconds(all.session_s), ", ",
                   static_cast<std::int64_t>(std::lround(all.images_per_s)), " images/s, peak memory ",
                   core::human_bytes(machine::peak_memory_bytes()), gpu_memory());
    if (const auto bad = trainer_.unusable(); !bad.empty())
      core::log_info(bad.size(), " pictures could not be used; ", kLog, " names them");
    throw_failures();
    return all.images_per_s;
  }

  void report_failure(const std::exception& error) {
    const auto* own = dynamic_cast<const Error*>(&error);
    const std::string what = error.what();
    try {
      sinks_->finish({.state = own && own->kind() == ErrorKind::numeric ? "diverged" : "failed",
                      .error = what.substr(0, what.find('\n'))},
                     progress());
    } catch (const std::exception&) {  // what ended the run is what is told
    }
  }

  std::string gpu_memory() const {
    const std::uint64_t bytes = device::peak_memory_bytes(config_.device);
    return bytes ? ", GPU " + core::human_bytes(bytes) : "";
  }

  // The exit code tells what could not be written in the end.
  void throw_failures() {
    failures_.record(kLog, core::log_file_failure());
    const std::string all = failures_.summary();
    if (all.empty()) return;
    std::vector<core::Inside> files;
    try {
      files = run::checkpoint_files(folder_);
    } catch (const Error&) {  // the message does without
    }
    throw Error(ErrorKind::io, str("not everything could be written: ", all,
                                   "; make room and go on with --resume ", core::printable(folder_.string()),
                                   files.empty() ? "" : ", from " + files.front().name.filename().string()));
  }

  static constexpr const char* kCheckpoints = run::kCheckpoints.name;
  static constexpr const char* kLog = run::kLogFile.name;

  const double start_s_ = now_s();      // first: opening the data counts for --max-time
  fs::path folder_;                     // of the run
  std::shared_ptr<run::RunLock> lock_;  // held to the end
  std::optional<run::Loaded> from_;     // until it is restored
  const fs::path from_path_;            // of the same; empty: a new run
  const bool dry_run_, allow_data_change_;
  const std::optional<report::Preview> preview_;
  Trainer trainer_;
  const config::Config& config_;
  Schedule checkpoints_;
  std::optional<Schedule> evaluations_;
  std::optional<Evaluation> evaluation_;              // with the first
  bool was_no_better_ = false;                        // how the run that goes on had ended
  std::string sampled_every_ = config_.sample_every;  // as the run had it before it was resumed
  Failures failures_;
  Grids grids_{folder_, trainer_, failures_, [this](const report::Pictures& grid) {
                 if (sinks_) sinks_->pictures(grid, progress());
               }};
  std::optional<Sinks> sinks_;
  report::Pace pace_{{config_.epochs, trainer_.steps_per_epoch(), trainer_.total_steps(), config_.batch,
                      config::parse_time_limit(config_.max_time)}};
  std::optional<GridFigures> grid_figures_;
  std::optional<run::Watch> watch_;
  std::optional<checkpoint::Writer> writer_;  // last: ends first, and uses the others
  report::Pictures real_;                     // of a new run
  const double max_time_s_ = config::parse_time_limit(config_.max_time);
  std::int64_t first_step_ = 0, saved_step_ = -1;
};

}  // namespace

TrainResult train(TrainRequest request) {
  if (request.config.epochs == 0) {
    request.config.epochs = epochs_that_fit(request.config);
    if (const auto& from = request.from)
      request.config.epochs += from->integer(run::kKeyStep) / from->integer(run::kKeyStepsPerEpoch);
  }
  return Run(std::move(request)).run();
}

}  // namespace facegan::train
