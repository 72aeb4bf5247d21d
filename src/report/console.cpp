#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/report/sinks.h"

namespace facegan::report {
namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLiveInterval = 200ms;
constexpr auto kPlainInterval = 10s;
constexpr auto kPlainFloor = 1s;  // a fast GPU has metrics many times a second

// Three significant figures are enough to see; whole pictures above 100 a second.
std::string rate(double images_per_s) {
  if (images_per_s < 100 || images_per_s > 1e15) return core::fixed_text(images_per_s, 1);
  return core::with_thousands(std::llround(images_per_s));
}

std::string percent(double share) {
  return core::fixed_text(100 * share, 0) + "%";
}

std::string bar(const Progress& p, const RunLength& run, std::int64_t cells) {
  const auto full = std::clamp<std::int64_t>(p.now.step * cells / run.total_steps, 0, cells);
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "]";
}

// The parts of a line, in their order; "" = left out.
enum Part { kBar, kEpoch, kStep, kLosses, kAccuracy, kRate, kLeft, kDevice, kMemory, kParts };
using Parts = std::array<std::string, kParts>;

Parts plain_parts(const Progress& p, const RunLength& run) {
  const Metrics& m = p.now;
  Parts parts;
  parts[kEpoch] = core::str("epoch ", m.epoch, "/", run.epochs);
  parts[kStep] = core::str("step ", core::with_thousands(m.step), "/", core::with_thousands(run.total_steps));
  if (p.has_losses) {
    parts[kLosses] =
        core::str("d_loss ", core::fixed_text(m["d_loss"], 3), "  g_loss ", core::fixed_text(m["g_loss"], 3));
    parts[kAccuracy] = core::str("d_accuracy ", percent(m["d_accuracy_real"]), " real, ",
                                 percent(m["d_accuracy_fake"]), " generated");
  }
  if (m["images_per_s"] > 0) parts[kRate] = rate(m["images_per_s"]) + " images/s";
  if (p.seconds_left >= 0) parts[kLeft] = core::human_seconds(p.seconds_left) + " left";
  return parts;
}

std::string joined(const Parts& parts, const char* between) {
  std::vector<std::string> there;
  for (const std::string& part : parts)
    if (!part.empty()) there.push_back(part);
  return core::join(there, between);
}

}  // namespace

std::string plain_text(const Progress& progress, const RunLength& run) {
  return joined(plain_parts(progress, run), "  ");
}

std::string live_text(const Progress& p, const RunLength& run, const std::string& device,
                      std::size_t columns) {
  const Metrics& m = p.now;
  Parts parts = plain_parts(p, run);
  parts[kBar] = bar(p, run, 20);
  parts[kDevice] = device;
  if (p.memory_bytes >= 0) parts[kMemory] = core::human_bytes(static_cast<std::uint64_t>(p.memory_bytes));
  const std::string accuracy =
      core::str("real ", percent(m["d_accuracy_real"]), " fake ", percent(m["d_accuracy_fake"]));
  const std::string losses =
      core::str("D ", core::fixed_text(m["d_loss"], 3), " G ", core::fixed_text(m["g_loss"], 3));
  const std::pair<Part, std::string> shorter[] = {{kAccuracy, accuracy},
                                                  {kLosses, losses},
                                                  {kBar, bar(p, run, 10)},
                                                  {kBar, ""},
                                                  {kDevice, ""},
                                                  {kMemory, ""},
                                                  {kStep, ""},
                                                  {kRate, ""},
                                                  {kAccuracy, ""}};
  const auto fits = [&](const char* between) { return joined(parts, between).size() <= columns; };
  for (const auto& [part, form] : shorter) {
    if (fits("  ")) return joined(parts, "  ");
    if (!parts[part].empty()) parts[part] = form;
  }
  if (fits("  ")) return joined(parts, "  ");
  parts[kEpoch] = core::str(m.epoch, "/", run.epochs);
  for (const Part part : {kLosses, kLeft})
    if (!fits(" ")) parts[part].clear();
  return joined(parts, " ").substr(0, columns);
}

Console::Console(const RunLength& run, std::string device, std::function<std::uint64_t()> memory_bytes)
    : run_(run),
      device_(std::move(device)),
      memory_bytes_(std::move(memory_bytes)),
      live_(core::log_has_live_line()),
      last_drawn_(Clock::now() - 1h) {}

void Console::progress(std::int64_t step, double images_per_s, double elapsed_s, double seconds_left) {
  if (Clock::now() - last_drawn_ < (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kPlainInterval)))
    return;
  Metrics& now = last_.now;
  now.step = step;
  now.epoch = std::min((std::max<std::int64_t>(step, 1) - 1) / run_.steps_per_epoch + 1, run_.epochs);
  now.set("images_per_s", images_per_s);
  now.set("elapsed_s", elapsed_s);
  last_.seconds_left = seconds_left;
  draw();
}

void Console::metrics(const Metrics& metrics) {
  if (metrics["images_per_s"] > 0 && metrics.step > 0) {
    const double batch = static_cast<double>(metrics.images) / static_cast<double>(metrics.step);
    const double steps_left = static_cast<double>(std::max<std::int64_t>(run_.total_steps - metrics.step, 0));
    last_.seconds_left = steps_left * batch / metrics["images_per_s"];
  }
  last_.now = metrics;
  last_.has_losses = true;
  if (live_ || Clock::now() - last_drawn_ >= kPlainFloor || metrics.step >= run_.total_steps) draw();
}

void Console::draw() {
  if (live_) {
    last_.memory_bytes = static_cast<std::int64_t>(memory_bytes_());
    const int columns = std::max(core::log_terminal().columns - 1, 0);
    core::log_live_line(live_text(last_, run_, device_, static_cast<std::size_t>(columns)));
  } else {
    core::log_info(plain_text(last_, run_));
  }
  last_drawn_ = Clock::now();
}

void Console::finish() {
  core::log_live_line("");
}

}  // namespace facegan::report
