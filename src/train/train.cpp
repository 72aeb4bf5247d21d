// A training run from top to bottom: prepare, loop, finish. Where several ranks train together all run this;
// the first of them has the record.
#include "facegan/train/train.h"

#include <exception>
#include <optional>
#include <utility>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/run/files.h"
#include "facegan/run/lock.h"
#include "facegan/train/real_grid.h"
#include "train/agreement.h"
#include "train/evaluation.h"
#include "train/prepare.h"
#include "train/record.h"
#include "train/trainer.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::now_s;
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
        team_(request.team),
        trainer_(request.config, from_ ? &*from_ : nullptr, dry_run_, team_),
        config_(trainer_.config()) {}

  TrainResult run() {
    if (team_) trainer_.compare_pictures();
    TrainResult result;
    if (!leads())
      ;  // takes the state of rank 0
    else if (goes_on_with_another())
      restore();
    else
      trainer_.initialise();
    trainer_.share_state();
    if (told(goes_on_with_another()) && trainer_.step() >= trainer_.total_steps()) {
      if (leads()) nothing_to_do();
      return result;
    }
    if (leads()) prepare();
    no_better_ = told(trainer_.best() ? trainer_.best()->no_better : 0);
    if (dry_run_) {
      dry_run();
      return result;
    }
    if (leads()) begin_record();
    try {
      loop();
      if (record_) result.images_per_s = record_->finish(state(), signal() != 0);
    } catch (const std::exception& error) {
      if (record_) record_->finish_failed(error);
      record_.reset();  // all is written
      if (all_fail_) told(0);
      throw;
    }
    result.signal = signal() != 0 ? signal() : core::stop_signal();
    result.folder = folder_;
    result.steps = trainer_.step(), result.steps_per_epoch = trainer_.steps_per_epoch();
    result.epochs = config_.epochs;
    result.best_step = trainer_.best() ? trainer_.best()->step : 0;
    return result;
  }

 private:
  bool leads() const { return !team_ || team_->leads(); }
  bool goes_on_with_another() const { return !from_path_.empty(); }

  // Together: rank 0's number.
  std::int64_t told(std::int64_t number) const {
    if (!team_) return number;
    std::int64_t heard = 0;
    if (!core::parse_integer(team_->share(str(number)), heard))
      throw Error(ErrorKind::internal, "rank 0 told no number");
    return heard;
  }

  // ---- prepare ------------------------------------------------------------------------------

  void restore() {
    trainer_.restore(*from_, allow_data_change_);
    compare_machine(*from_, config_);
    compare_total(*from_, trainer_);
    sampled_every_ = from_->config().sample_every;
    from_.reset();  // frees its memory
  }

  void prepare() {
    check_space(trainer_, folder_);
    // Before anything is written: a data set without a single usable picture ends here.
    if (!goes_on_with_another()) real_ = real_grid(trainer_.dataset(), config_);
    if (const auto info = run::read_info(folder_); goes_on_with_another() && info)
      was_no_better_ = info->state == run::kNoBetter;
    if (config_.evaluate_every != "0") start_evaluation();
    if (!dry_run_) make_run_folder();
    announce(trainer_, folder_, from_path_, evaluation_ ? &*evaluation_ : nullptr);
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
    if (!dry_run_) Record(trainer_, folder_, nullptr, preview_).nothing_to_do();
  }

  void dry_run() {
    trainer_.start_data();
    trainer_.fetch();
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
    if (!goes_on_with_another() && config_.out.empty())
      folder_ = run::make_run_folder(folder_.parent_path(), config_.preset);
    core::make_folder(folder_);
    core::make_folder(run::file_in(folder_, run::kSamples));
    core::make_folder(run::file_in(folder_, run::kCheckpoints));
    if (!lock_) lock_ = std::make_shared<run::RunLock>(folder_);
    if (!goes_on_with_another() && !run::checkpoint_files(folder_).empty())
      throw Error(ErrorKind::usage, str("another process has just made a run in ",
                                        core::printable(folder_.string()), "; choose another folder"));
    run::refuse_links(folder_);
    core::log_to_file(run::file_in(folder_, run::kLogFile));
    if (team_) team_->remember(kFolder, fs::absolute(folder_).string());
  }

  void begin_record() {
    record_.emplace(trainer_, folder_, evaluation_ ? &*evaluation_ : nullptr, preview_);
    if (goes_on_with_another())
      record_->go_on(sampled_every_, was_no_better_);
    else
      record_->begin(std::exchange(real_, {}));
  }

  // ---- loop ---------------------------------------------------------------------------------

  void loop() {
    start();
    for (bool stepped = false;;) {
      fetch();
      propose(stepped);
      agreed_ = agrees_now() ? agreed(team_, std::exchange(proposed_, {})) : Agreement{};
      const bool is_whole = !stepped || after_step();
      stepped = false;
      if (!is_whole) continue;
      if (goes_on()) {
        if (agreed_.no_pictures != 0) end_without_pictures();
        if (no_batch_) std::rethrow_exception(no_batch_);
        trainer_.advance();
        stepped = true;
      } else if (healthy(trainer_.means())) {  // nor does a run end in a broken state
        return;
      }
    }
  }

  // At a step from which training goes on.
  void start() {
    first_step_ = trainer_.step();
    if (record_) record_->start_pace();
    trainer_.start_data();
    no_batch_ = nullptr;
    no_pictures_.clear();
  }

  // The pictures of the next step, where there is one. What fails is told when that step would be taken,
  // after all that is due before it.
  void fetch() {
    if (trainer_.step() >= trainer_.total_steps()) return;
    try {
      trainer_.fetch();
    } catch (...) {
      no_batch_ = std::current_exception();
      try {
        throw;
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::io && agrees_now()) no_pictures_ = error.what();
      } catch (...) {
      }
    }
  }

  bool agrees_now() const {
    return trainer_.step() % steps_to_agree(team_) == 0 || trainer_.at_log_line() ||
           trainer_.step() == first_step_ || trainer_.step() >= trainer_.total_steps();
  }

  // What this rank has seen since the ranks agreed.
  void propose(bool stepped) {
    Agreement& mine = proposed_;
    mine.signal = core::stop_signal();
    mine.is_over = record_ && time_is_up();
    mine.no_pictures = no_pictures_.empty() ? 0 : 1 + (team_ ? team_->rank() : 0);
    if (!stepped) return;
    mine.save |= core::take_save_request();
    mine.grid |= core::take_grid_request();
    if (!record_) return;
    mine.save |= record_->save_due();
    mine.evaluate = trainer_.at_log_line() && record_->evaluation_due();
  }

  bool time_is_up() const {
    return max_time_s_ != 0 && trainer_.step() != first_step_ && now_s() - start_s_ >= max_time_s_;
  }
  // That asks for the end: of several ranks what they have agreed on.
  int signal() const { return team_ ? static_cast<int>(agreed_.signal) : core::stop_signal(); }

  bool goes_on() const {
    return trainer_.step() < trainer_.total_steps() && signal() == 0 &&
           !(team_ ? agreed_.is_over != 0 : time_is_up()) && !gives_up();
  }

  // As --stop-when-worse asks.
  bool gives_up() const {
    return config_.evaluate_every != "0" && config_.stop_when_worse > 0 &&
           no_better_ >= config_.stop_when_worse;
  }

  // False when the state was broken and an earlier one has taken its place.
  bool after_step() {
    const bool last = trainer_.step() >= trainer_.total_steps();  // the end writes grid and checkpoint
    bool save_now = (agreed_.save != 0 || stays()) && !last;
    if (trainer_.at_log_line() || save_now) {
      const run::Metrics means = trainer_.means();
      if (!healthy(means)) return false;
      if (trainer_.at_log_line()) {
        if (record_) save_now |= record_->line(means, agreed_.evaluate != 0);
        if (agreed_.evaluate != 0) no_better_ = told(trainer_.best() ? trainer_.best()->no_better : 0);
        trainer_.clear_statistics();
      }
    }
    if (!record_) return true;
    record_->grids(agreed_.grid != 0);
    if (save_now) record_->save();
    return true;
  }

  // Whether this is a step whose checkpoint --keep-every asks for.
  bool stays() const {
    return config_.keep_every > 0 && trainer_.step() % (config_.keep_every * trainer_.steps_per_epoch()) == 0;
  }

  // False when the state is broken and the last good one has taken its place. Error(numeric) when that is
  // not asked for, or has not helped.
  bool healthy(const run::Metrics& means) {
    std::string fault = trainer_.fault(means);
    // Only rank 0 has computed all of the mean generator: together, whatever each has found.
    if (team_ && team_->greatest({!fault.empty()})[0] != 0 && fault.empty()) fault = "found by another rank";
    if (fault.empty()) return true;
    all_fail_ = true;  // unless it is mended below
    const std::string what = str("training diverged before step ", trainer_.step(), ": ", fault);
    if (config_.on_divergence == "stop")
      throw Error(ErrorKind::numeric, what +
                                          "; the last checkpoint is from before; try lower --lr-g and "
                                          "--lr-d, or go on with --resume and --on-divergence rollback");
    if (trainer_.rollbacks() >= kMaxRollbacks)
      throw Error(ErrorKind::numeric, str(what, ", after ", kMaxRollbacks,
                                          " rollbacks; start a new run with lower --lr-g and --lr-d"));
    if (record_) core::log_warning(what);
    roll_back();
    all_fail_ = false;
    return false;
  }

  void roll_back() {
    if (record_) {
      const run::Loaded last = record_->newest();
      const int count = trainer_.rollbacks() + 1;  // the checkpoint may be from before an earlier one
      const auto best = trainer_.best();
      trainer_.restore(last, /*allow_data_change=*/true);
      if (!trainer_.best()) trainer_.set_best(best);  // from before there were evaluations
      trainer_.set_rollbacks(count);
      core::log_warning("rollback ", count, " of ", kMaxRollbacks, ": back to ",
                        last.path.filename().string(), ", learning rates ", trainer_.learning_rates().g,
                        " (G) and ", trainer_.learning_rates().d, " (D), other noise");
    }
    trainer_.share_state();
    no_better_ = told(trainer_.best() ? trainer_.best()->no_better : 0);
    if (record_) record_->went_back();
    start();
  }

  // Pictures that cannot be read any more end a run, but lose none of it.
  [[noreturn]] void end_without_pictures() {
    const std::string why =
        team_ ? team_->share(no_pictures_, static_cast<int>(agreed_.no_pictures) - 1) : no_pictures_;
    all_fail_ = true;
    if (!record_ || !trainer_.fault(trainer_.means()).empty()) throw Error(ErrorKind::io, why);
    record_->save_last();
    const std::string failure = record_->save_failure();
    throw Error(ErrorKind::io, str(why,
                                   failure.empty() ? str("; saved at step ", trainer_.step())
                                                   : str("; nor could a checkpoint be saved: ", failure),
                                   "; go on with --resume ", core::printable(folder_.string())));
  }

  std::string state() const {
    return trainer_.step() >= trainer_.total_steps() ? "finished"
           : gives_up() && signal() == 0             ? run::kNoBetter
                                                     : "stopped";
  }

  const double start_s_ = now_s();      // first: opening the data counts for --max-time
  fs::path folder_;                     // of the run
  std::shared_ptr<run::RunLock> lock_;  // held to the end
  std::optional<run::Loaded> from_;     // until it is restored
  const fs::path from_path_;            // of the same; empty: a new run
  const bool dry_run_, allow_data_change_;
  const std::optional<report::Preview> preview_;
  ranks::Team* const team_;  // nullptr: this process alone
  Trainer trainer_;
  const config::Config& config_;
  std::optional<Evaluation> evaluation_;
  bool was_no_better_ = false;                        // how the run that goes on had ended
  std::string sampled_every_ = config_.sample_every;  // as the run had it before it was resumed
  report::Pictures real_;                             // of a new run
  const double max_time_s_ = config::parse_time_limit(config_.max_time);
  std::int64_t first_step_ = 0, no_better_ = 0;
  Agreement proposed_, agreed_;
  std::exception_ptr no_batch_;  // why the next step has none ...
  std::string no_pictures_;      // ... where that is an error of reading, which all ranks hear of
  bool all_fail_ = false;        // what ends the run now ends it on every rank, with rank 0 the last to write
  std::optional<Record> record_;  // of rank 0; last: ends first, and uses the others
};

}  // namespace

std::int64_t epochs_of(const TrainRequest& request) {
  if (request.config.epochs != 0) return request.config.epochs;
  const auto& from = request.from;
  return epochs_that_fit(request.config, request.team ? request.team->size() : 1) +
         (from ? from->integer(run::kKeyStep) / from->integer(run::kKeyStepsPerEpoch) : 0);
}

TrainResult train(TrainRequest request) {
  request.config.epochs = epochs_of(request);
  return Run(std::move(request)).run();
}

}  // namespace facegan::train
