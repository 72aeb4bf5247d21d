#include "train/record.h"

#include <cmath>

#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/device/device.h"
#include "facegan/machine/memory.h"
#include "facegan/run/files.h"
#include "facegan/run/record.h"
#include "train/prepare.h"

namespace facegan::train {
namespace {

using core::now_s;
using core::str;

constexpr const char* kCheckpoints = run::kCheckpoints.name;
constexpr const char* kLog = run::kLogFile.name;

}  // namespace

Record::Record(Trainer& trainer, const std::filesystem::path& folder, Evaluation* evaluation,
               const std::optional<report::Preview>& preview)
    : trainer_(trainer),
      config_(trainer.config()),
      folder_(folder),
      evaluation_(evaluation),
      preview_(preview),
      checkpoints_(config_.checkpoint_every),
      sampled_every_(config_.sample_every),
      pace_({config_.epochs, trainer.steps_per_epoch(), trainer.total_steps(), config_.batch,
             config::parse_time_limit(config_.max_time)}) {
  if (evaluation_) evaluations_.emplace(config_.evaluate_every);
}

// ---- begin ----------------------------------------------------------------------------------------

void Record::nothing_to_do() {
  // A run that was killed after its last checkpoint has not written these, or those of its start.
  failures_.end_of_training();
  core::make_folder(run::file_in(folder_, run::kSamples));  // of a run of which checkpoints alone were kept
  grids_.write_last();
  const auto info = run::read_info(folder_);
  if (info && info->state == "running")
    Sinks(sink_setup(), failures_, {&report::page_sink(), 1}).finish({}, progress());
  throw_failures();
}

void Record::begin(report::Pictures real) {
  open();
  run::write_file(folder_, run::kRealGrid, real.png);
  real.path = run::file_in(folder_, run::kRealGrid).path();
  sinks_->pictures(real, progress());
  grids_.write_first();
  save();  // from here on there is something to resume
  if (const std::string why = save_failure(); !why.empty()) throw Error(ErrorKind::io, why);
  sinks_->start(progress());
}

void Record::go_on(const std::string& sampled_every, bool was_no_better) {
  sampled_every_ = sampled_every;
  open();
  grids_.remove_later(sampled_every_);
  if (was_no_better) grids_.write_again();  // its last grid is of the best
  sinks_->start(progress());
}

void Record::open() {
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
}

report::SinkSetup Record::sink_setup() const {
  return {.folder = folder_,
          .config = config_,
          .step = trainer_.step(),
          .preview = preview_,
          .memory_in_use_bytes = [device = config_.device] { return device::memory_in_use_bytes(device); },
          .info = [this] { return run_info(trainer_); }};
}

void Record::start_pace() {
  const auto last = run::last_metrics(run::file_in(folder_, run::kMetricsFile));
  const double before_s = last ? (*last)["elapsed_s"] : 0;
  pace_.start(trainer_.step(), now_s(), std::isfinite(before_s) ? before_s : 0);
}

report::Progress Record::progress() const {
  return pace_.at(trainer_.step(), now_s());
}

// ---- steps ----------------------------------------------------------------------------------------

bool Record::line(run::Metrics means, bool with_figures) {
  const report::Progress now = progress();  // the rate is that of training alone
  means.set("g_gradient", trainer_.generator_gradient());
  if (grid_due_) grid_figures_->measure(trainer_.apart(pictures_ = trainer_.grid_pictures()), means);
  const bool is_best = with_figures && evaluate(means);
  look_at(means);
  sinks_->numbers(report::timed(means, now), now);
  core::log_debug("memory in use: ", device::memory_in_use_bytes(config_.device), " bytes");
  pace_.line(trainer_.step(), now_s());
  return is_best;
}

// Adds the figures to a line, and says whether they are the best so far.
bool Record::evaluate(run::Metrics& line) {
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

// Tells, once each, what the numbers show of a run that goes wrong.
void Record::look_at(run::Metrics& line) {
  for (const run::Sign& sign : watch_->add(line))
    core::log_warning(sign.warning.what, " ", sign.warning.meaning, " ", sign.warning.advice);
}

void Record::grids(bool asked_for) {
  const bool last = trainer_.step() >= trainer_.total_steps();  // the end writes its own
  if (grid_due_ && !last) grids_.write_due(pictures_);
  pictures_.clear();
  if (asked_for) grids_.write_now();
  sinks_->step(progress());
}

void Record::save() {
  saved_step_ = trainer_.step();
  writer_->save(trainer_.step(), [this] { return trainer_.checkpoint(); },
                {config_.keep, config_.keep_every * trainer_.steps_per_epoch(),
                 trainer_.best() && trainer_.best()->step == trainer_.step()});
}

run::Loaded Record::newest() {
  writer_->wait();
  return run::load_newest(folder_);
}

void Record::went_back() {
  sinks_->go_back(progress());
  watch_->drop_after(trainer_.step());
  grids_.remove_later(sampled_every_);
}

// ---- end ------------------------------------------------------------------------------------------

void Record::save_last() {
  writer_->wait();
  if (saved_step_ != trainer_.step() || !failures_.of(kCheckpoints).empty()) save();
}

std::string Record::save_failure() {
  writer_->wait();
  return failures_.of(kCheckpoints);
}

double Record::finish(const std::string& state, bool by_signal) {
  report::End end{.state = state};
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
  core::log_info(by_signal ? "stopped and saved" : "done", " at step ", trainer_.step(), " after ",
                 core::human_seconds(all.session_s), ", ",
                 static_cast<std::int64_t>(std::lround(all.images_per_s)), " images/s, peak memory ",
                 core::human_bytes(machine::peak_memory_bytes()), gpu_memory());
  if (const auto bad = trainer_.unusable(); !bad.empty())
    core::log_info(bad.size(), " pictures could not be used; ", kLog, " names them");
  throw_failures();
  return all.images_per_s;
}

void Record::finish_failed(const std::exception& error) {
  const auto* own = dynamic_cast<const Error*>(&error);
  const std::string what = error.what();
  try {
    sinks_->finish({.state = own && own->kind() == ErrorKind::numeric ? "diverged" : "failed",
                    .error = what.substr(0, what.find('\n'))},
                   progress());
  } catch (const std::exception&) {  // what ended the run is what is told
  }
}

std::string Record::gpu_memory() const {
  const std::uint64_t bytes = device::peak_memory_bytes(config_.device);
  return bytes ? ", GPU " + core::human_bytes(bytes) : "";
}

// The exit code tells what could not be written in the end.
void Record::throw_failures() {
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

}  // namespace facegan::train
