#include "facegan/run/health.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/signs.h"
#include "run/median.h"

namespace facegan::run {
namespace {

using core::short_number;
using core::str;
using Warnings = std::vector<Warning>;

void add_end(const Evidence& run, Warnings& out) {
  if (!run.info) return;
  const std::string& state = run.info->state;
  if (state == "diverged")
    out.push_back(
        {"Training diverged.", run.info->error,
         "Start again with lower --lr-g and --lr-d (half of them), or let it step back by itself with "
         "--on-divergence rollback."});
  else if (state == "failed")
    out.push_back({"The run ended with an error.", run.info->error,
                   "Its last checkpoint is whole: mend the cause and go on with --resume."});
  else if (state == "running" && !run.live)
    out.push_back({"The run was broken off.",
                   "It was killed, or the machine went down, before it could say so.",
                   "Go on from its last checkpoint with --resume."});
  if (const auto count = run.info->rollbacks; count > 0)
    out.push_back({str("Training diverged and went back to an earlier checkpoint ",
                       count == 1 ? "once." : str(count, " times.")),
                   "Each time the learning rates were halved and the noise was changed.",
                   "Take lower --lr-g and --lr-d from the start."});
}

void add_losses(const Evidence& run, Warnings& out) {
  const auto rows = run.lines;
  const auto broken = std::count_if(rows.begin(), rows.end(), [](const Metrics& m) {
    const auto is_broken = [&](spec::MetricKey loss) { return m.has(loss) && !std::isfinite(m[loss]); };
    return is_broken("d_loss") || is_broken("g_loss");
  });
  if (broken > 0)
    out.push_back({str("The losses of ", broken, broken == 1 ? " line" : " lines", " are not finite."),
                   "From there on the networks compute nothing of use.",
                   "Start again with lower --lr-g and --lr-d."});
}

void add_signs(const Evidence& run, Warnings& out) {
  for (Sign& sign : signs_of({run.lines, run.config, run.info ? run.info->pictures : 0}))
    out.push_back(std::move(sign.warning));
}

void add_pace(const Evidence& run, Warnings& out) {
  const auto rows = run.lines;
  if (rows.size() < 20) return;
  const auto rate = [&](std::size_t begin, std::size_t end) {
    std::vector<double> rates;
    for (std::size_t i = begin; i < end; ++i) rates.push_back(rows[i]["images_per_s"]);
    return median(rates);
  };
  const double early = rate(1, rows.size() / 2),
               late = rate(rows.size() - std::max<std::size_t>(rows.size() / 10, 5), rows.size());
  if (late > 0 && late < early / 2)
    out.push_back(
        {str("Training has slowed down from ", short_number(early), " to ", short_number(late), " images/s."),
         "Another program takes the machine's time, or the disk cannot deliver the pictures.",
         "See what else runs (top, nvidia-smi); 'facegan data pack' helps a slow disk."});
}

void add_files(const Evidence& run, Warnings& out) {
  if (run.info && run.info->unusable > 0)
    out.push_back({str(core::with_thousands(run.info->unusable),
                       run.info->unusable == 1 ? " picture" : " pictures", " could not be used."),
                   "They are damaged or of an unknown kind, and were left out.",
                   str(kLogFile.name, " names them; 'facegan data check' lists all.")});
  if (run.damaged_lines > 0)
    out.push_back({str(core::with_thousands(run.damaged_lines), run.damaged_lines == 1 ? " line" : " lines",
                       " of ", kMetricsFile.name, " could not be read."),
                   "They are damaged or out of order, and are missing in the curves.", ""});
  if (!run.metrics_fault.empty())
    out.push_back({str(kMetricsFile.name, " is not shown as a whole."), run.metrics_fault, ""});
  if (!run.config_fault.empty())
    out.push_back({"The settings of the run could not be read.", run.config_fault, ""});
}

}  // namespace

Evidence evidence_of(const Record& record) {
  return {.lines = record.metrics.rows(),
          .config = record.config ? &*record.config : nullptr,
          .info = record.info ? &*record.info : nullptr,
          .damaged_lines = record.metrics.damaged_lines(),
          .metrics_fault = record.metrics.fault(),
          .config_fault = record.config_fault};
}

std::vector<Warning> warnings_of(const Evidence& evidence) {
  Warnings out;
  for (const auto rule : {add_end, add_losses, add_signs, add_pace, add_files}) rule(evidence, out);
  return out;
}

}  // namespace facegan::run
