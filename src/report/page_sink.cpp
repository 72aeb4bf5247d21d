// run.json, report.html and metrics.csv of a run, while it lives and at its end.
#include <algorithm>
#include <utility>

#include "facegan/core/clock.h"
#include "facegan/report/sink.h"
#include "facegan/run/files.h"
#include "facegan/run/record.h"
#include "report/run_page.h"

namespace facegan::report {
namespace {

using core::now_s;

class PageSink final : public Sink {
 public:
  // Reads what the run has said before; from here on it is told.
  explicit PageSink(const SinkSetup& setup) : info_(setup.info) {
    record_.folder = setup.folder;
    record_.update();
  }

  bool start(const Progress&) override { return write({.state = "running"}); }

  // Once for each line, and when it is time: at an epoch's end after 10 s, else after a minute, and so seldom
  // that it takes no more than a fiftieth of the run's time.
  bool step(const Progress& p) override {
    const bool has_news = std::exchange(has_news_, false);
    if (!has_news || p.step >= p.total_steps) return false;  // the end writes it
    const bool epoch_end = p.step % p.steps_per_epoch == 0;
    if (now_s() - written_s_ < std::max(epoch_end ? 10.0 : 60.0, 50 * cost_s_)) return false;
    return write({.state = "running"});
  }

  bool numbers(const run::Metrics& metrics, const Progress&) override {
    record_.metrics.add(metrics);
    has_news_ = true;
    return false;
  }

  bool go_back(const Progress& p) override {
    record_.metrics.drop_after(p.step);
    return false;
  }

  bool finish(const End& end, const Progress&) override { return write(end); }

 private:
  bool write(const End& end) {
    const double begin = now_s();
    const auto settle = [&] { written_s_ = now_s(), cost_s_ = written_s_ - begin; };
    try {
      write_files(end);
    } catch (...) {
      settle();
      throw;
    }
    settle();
    return true;
  }

  void write_files(const End& end) {
    run::Info info = info_();
    info.state = end.state, info.error = end.error, info.rest = end.rest;
    if (std::string json = run::info_json(info); json != info_json_) {
      run::write_file(record_.folder, run::kInfoFile, json);
      info_json_ = std::move(json);
    }
    record_.info = run::parse_info(info_json_);  // as whoever reads the file sees it
    page_.write(record_, /*live=*/end.state == "running");
  }

  std::function<run::Info()> info_;
  run::Record record_;
  RunPage page_;
  std::string info_json_;  // as it was written last
  bool has_news_ = false;
  double written_s_ = -1e9, cost_s_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_page(const SinkSetup& setup) {
  return std::make_unique<PageSink>(setup);
}

}  // namespace facegan::report
