#pragma once
// What a run tells, sent to all who listen. What one of them cannot write goes to Failures and stops nothing.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "facegan/report/sink.h"
#include "train/failures.h"

namespace facegan::train {

class Sinks {
 public:
  // Error(io) when one of them cannot begin.
  Sinks(const report::SinkSetup& setup, Failures& failures,
        std::span<const report::SinkRow> table = report::sinks());

  // As report::Sink has them.
  void start(const report::Progress& progress);
  void step(const report::Progress& progress);
  void numbers(const run::Metrics& metrics, const report::Progress& progress);
  void pictures(const report::Pictures& pictures, const report::Progress& progress);
  void go_back(const report::Progress& progress);
  void sync();
  void finish(const report::End& end, const report::Progress& progress);

 private:
  void tell(const std::function<bool(report::Sink&)>& news);

  struct Listener {
    std::string name;
    std::unique_ptr<report::Sink> sink;
  };
  std::vector<Listener> listeners_;
  Failures& failures_;
};

}  // namespace facegan::train
