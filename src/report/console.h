#pragma once
// The sink that a person watches: the live line of a terminal, or plain log lines.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "facegan/report/sink.h"

namespace facegan::report {

// One line of what there is: where the run is, and losses and accuracies of the last line of metrics.
std::string plain_text(const Progress& progress, const run::Metrics& last);
// The same with a bar, the device ("cpu", "cuda:1") and the memory in use (< 0: not shown), in at most
// `columns` ASCII characters. What does not fit is shortened in this order: the words of accuracy and losses,
// the bar, device, memory, step, images/s, accuracy, spaces; at last the losses and the time left go, too.
std::string live_text(const Progress& progress, const run::Metrics& last, const std::string& device,
                      std::int64_t memory_bytes, std::size_t columns);

// At every numbers() and, without a terminal, every 10 s between them; the live line at most a few times a
// second.
class Console final : public Sink {
 public:
  // memory_bytes: in use now; asked each time that the live line is drawn.
  Console(std::string device, std::function<std::uint64_t()> memory_bytes);
  bool step(const Progress& progress) override;
  bool numbers(const run::Metrics& metrics, const Progress& progress) override;
  // Removes the live line.
  bool finish(const End&, const Progress&) override;

 private:
  void draw(const Progress& progress);

  std::string device_;
  std::function<std::uint64_t()> memory_bytes_;
  bool live_;
  run::Metrics last_;
  std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace facegan::report
