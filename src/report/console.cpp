#include "report/console.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "facegan/core/log.h"
#include "facegan/core/text.h"

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

std::string bar(const Progress& p, std::int64_t cells) {
  const double share = p.ends_by_time ? p.session_s / (p.session_s + std::max(p.seconds_left, 1e-3))
                                      : static_cast<double>(p.step) / static_cast<double>(p.total_steps);
  const auto full =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(share * static_cast<double>(cells)), 0, cells);
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "]";
}

std::string epoch_text(const Progress& p) {
  return p.ends_by_time ? std::to_string(p.epoch) : core::str(p.epoch, "/", p.epochs);
}

// The parts of a line, in their order; "" = left out.
enum Part { kBar, kEpoch, kStep, kLosses, kAccuracy, kRate, kLeft, kDevice, kMemory, kParts };
using Parts = std::array<std::string, kParts>;

Parts plain_parts(const Progress& p, const run::Metrics& last) {
  Parts parts;
  parts[kEpoch] = core::str("epoch ", epoch_text(p));
  parts[kStep] = core::str("step ", core::with_thousands(p.step));
  if (!p.ends_by_time) parts[kStep] += core::str("/", core::with_thousands(p.total_steps));
  if (last.has("d_loss")) {
    parts[kLosses] = core::str("d_loss ", core::fixed_text(last["d_loss"], 3), "  g_loss ",
                               core::fixed_text(last["g_loss"], 3));
    parts[kAccuracy] = core::str("d_accuracy ", percent(last["d_accuracy_real"]), " real, ",
                                 percent(last["d_accuracy_fake"]), " generated");
  }
  if (p.images_per_s > 0) parts[kRate] = rate(p.images_per_s) + " images/s";
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

std::string plain_text(const Progress& progress, const run::Metrics& last) {
  return joined(plain_parts(progress, last), "  ");
}

std::string live_text(const Progress& p, const run::Metrics& last, const std::string& device,
                      std::int64_t memory_bytes, std::size_t columns) {
  Parts parts = plain_parts(p, last);
  parts[kBar] = bar(p, 20);
  parts[kDevice] = device;
  if (memory_bytes >= 0) parts[kMemory] = core::human_bytes(static_cast<std::uint64_t>(memory_bytes));
  const std::string accuracy =
      core::str("real ", percent(last["d_accuracy_real"]), " fake ", percent(last["d_accuracy_fake"]));
  const std::string losses =
      core::str("D ", core::fixed_text(last["d_loss"], 3), " G ", core::fixed_text(last["g_loss"], 3));
  const std::pair<Part, std::string> shorter[] = {
      {kAccuracy, accuracy}, {kLosses, losses}, {kBar, bar(p, 10)}, {kBar, ""},     {kDevice, ""},
      {kMemory, ""},         {kStep, ""},       {kRate, ""},        {kAccuracy, ""}};
  const auto fits = [&](const char* between) { return joined(parts, between).size() <= columns; };
  for (const auto& [part, form] : shorter) {
    if (fits("  ")) return joined(parts, "  ");
    if (!parts[part].empty()) parts[part] = form;
  }
  if (fits("  ")) return joined(parts, "  ");
  parts[kEpoch] = epoch_text(p);
  for (const Part part : {kLosses, kLeft})
    if (!fits(" ")) parts[part].clear();
  return joined(parts, " ").substr(0, columns);
}

Console::Console(std::string device, std::function<std::uint64_t()> memory_bytes)
    : device_(std::move(device)),
      memory_bytes_(std::move(memory_bytes)),
      live_(core::log_has_live_line()),
      last_drawn_(Clock::now() - 1h) {}

bool Console::step(const Progress& progress) {
  const auto interval = live_ ? Clock::duration(kLiveInterval) : Clock::duration(kPlainInterval);
  if (Clock::now() - last_drawn_ >= interval) draw(progress);
  return false;
}

bool Console::numbers(const run::Metrics& metrics, const Progress& progress) {
  last_ = metrics;
  if (live_ || Clock::now() - last_drawn_ >= kPlainFloor || progress.step >= progress.total_steps)
    draw(progress);
  return false;
}

void Console::draw(const Progress& progress) {
  if (live_) {
    const auto memory = static_cast<std::int64_t>(memory_bytes_());
    const auto columns = static_cast<std::size_t>(std::max(core::log_terminal().columns - 1, 0));
    core::log_live_line(live_text(progress, last_, device_, memory, columns));
  } else {
    core::log_info(plain_text(progress, last_));
  }
  last_drawn_ = Clock::now();
}

bool Console::finish(const End&, const Progress&) {
  core::log_live_line("");
  return false;
}

std::unique_ptr<Sink> make_console(const SinkSetup& setup) {
  return std::make_unique<Console>(setup.config.device, setup.memory_in_use_bytes);
}

}  // namespace facegan::report
