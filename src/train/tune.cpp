#include "facegan/train/tune.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/best.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/info.h"
#include "facegan/run/trials.h"
#include "facegan/train/train.h"
#include "train/evaluation.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr double kShortest = 0.2;  // seconds of training that are worth a start

// Means of a run's last steps, which know how long it has trained.
std::optional<run::Metrics> last_of(const fs::path& folder) {
  if (const auto info = run::read_info(folder); info && info->rest) return info->rest;
  return run::last_metrics(run::file_in(folder, run::kMetricsFile));
}

class Tuning {
 public:
  explicit Tuning(const TuneRequest& request)
      : request_(request), results_(made(request).folder / "results.json", call_of(request)) {
    const config::Config& first = request.candidates.front().config;
    evaluation_.emplace(first, *data::open_dataset(data::dataset_options(first)));
    metric_ = spec::find_metric(evaluation_->decisive());
    out_.candidates.resize(request.candidates.size());
    out_.rounds_s = round_seconds(request.candidates.size(), request.budget_s);
  }

  TuneResult run() {
    std::vector<std::size_t> in(request_.candidates.size());
    std::iota(in.begin(), in.end(), std::size_t{0});
    const std::vector<std::size_t> sizes = round_sizes(in.size());
    for (std::size_t round = 0; round < sizes.size(); ++round) {
      if (round > 0) in = better(std::move(in), sizes[round]);
      for (const std::size_t candidate : in) {
        if (!results_.find(round, candidate)) train_for(candidate, round);
        if (core::stop_signal() != 0) {
          out_.signal = core::stop_signal();
          return out_;
        }
        take(round, candidate);
      }
    }
    in = better(std::move(in), 2);
    for (const std::size_t candidate : in)
      if (is_better(candidate, out_.best)) out_.best = candidate;
    return out_;
  }

 private:
  static const TuneRequest& made(const TuneRequest& request) {
    core::make_folder(request.folder);
    return request;
  }
  // What makes a call the same.
  static std::string call_of(const TuneRequest& request) {
    std::string call = str("budget ", request.budget_s, " s\n");
    for (const Candidate& c : request.candidates) call += config::to_yaml(c.config);
    return call;
  }
  fs::path folder(std::size_t candidate) const { return request_.folder / str("candidate_", candidate); }
  bool is_better(std::size_t a, std::size_t b) const {
    return spec::is_better(metric_->facts(), out_.candidates[a].figures.back(),
                           out_.candidates[b].figures.back());
  }

  // The best `count` of them; the first candidate stays whatever it is.
  std::vector<std::size_t> better(std::vector<std::size_t> in, std::size_t count) const {
    std::stable_sort(in.begin(), in.end(), [&](std::size_t a, std::size_t b) {
      return a == 0 || b == 0 ? a == 0 && b != 0 : is_better(a, b);
    });
    in.resize(std::min(in.size(), count));
    std::erase_if(in, [&](std::size_t c) { return c != 0 && !out_.candidates[c].failure.empty(); });
    return in;
  }

  void take(std::size_t round, std::size_t candidate) {
    TunedCandidate& c = out_.candidates[candidate];
    const auto found = results_.find(round, candidate);
    c.figures.push_back(found->figure), c.failure = found->failure;
    if (const auto last = last_of(folder(candidate)))
      c.trained_s = (*last)["elapsed_s"], c.images = last->images;
  }

  // Until it has trained as long as the round says, and its figure then.
  void train_for(std::size_t candidate, std::size_t round) {
    const auto last = last_of(folder(candidate));
    const double left = out_.rounds_s[round] - (last ? (*last)["elapsed_s"] : 0);
    core::log_info("round ", round + 1, " of ", out_.rounds_s.size(), ": ",
                   request_.candidates[candidate].name, ", ", core::human_seconds(left));
    try {
      if (left > kShortest) train_on(candidate, left);
      if (core::stop_signal() != 0) return;
      results_.set(round, candidate, {figure_of(candidate), ""});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::data || error.kind() == ErrorKind::io) throw;
      core::log_warning(request_.candidates[candidate].name, " is out: ", error.what());
      results_.set(round, candidate, {NAN, error.what()});
    }
  }

  void train_on(std::size_t candidate, double seconds) {
    TrainRequest request;
    request.folder = folder(candidate);
    request.config = request_.candidates[candidate].config;
    if (!run::checkpoint_files(request.folder).empty()) {
      request.lock = std::make_shared<run::RunLock>(request.folder);
      request.from = run::load_newest(request.folder);
    }
    request.config.out = request.folder.string();
    request.config.max_time = str(std::max<std::int64_t>(1, std::llround(seconds)), "s");
    train(std::move(request));
  }

  double figure_of(std::size_t candidate) {
    const infer::Sampler sampler(run::load_newest(folder(candidate)),
                                 request_.candidates[candidate].config.device);
    std::vector<infer::Sample> samples;
    for (std::size_t i = 0; i < Evaluation::kPictures; ++i)
      samples.push_back({static_cast<std::uint64_t>(sampler.config().seed), i});
    run::Metrics line;
    evaluation_->measure(sampler.pictures_by_chunks(sampler.latents(samples)), line);
    core::log_info(request_.candidates[candidate].name, ": ", metric_->facts().key, " ",
                   spec::shown(metric_->facts(), line[*metric_]));
    return line[*metric_];
  }

  const TuneRequest& request_;
  run::Trials results_;
  std::optional<Evaluation> evaluation_;
  std::optional<spec::MetricKey> metric_;
  TuneResult out_;
};

}  // namespace

std::vector<std::size_t> round_sizes(std::size_t candidates) {
  std::vector<std::size_t> sizes = {candidates};
  while (sizes.back() > 2) sizes.push_back((sizes.back() + 1) / 2);
  return sizes;
}

std::vector<double> round_seconds(std::size_t candidates, double budget_s) {
  const std::vector<std::size_t> sizes = round_sizes(candidates);
  std::vector<double> seconds;
  double trained = 0;
  for (const std::size_t size : sizes) {
    trained += budget_s / static_cast<double>(sizes.size()) / static_cast<double>(size);
    seconds.push_back(trained);
  }
  return seconds;
}

TuneResult tune(const TuneRequest& request) {
  return Tuning(request).run();
}

}  // namespace facegan::train
