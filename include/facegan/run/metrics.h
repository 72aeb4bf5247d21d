#pragma once
// The numbers of a run, and the lines of its metrics.jsonl.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::run {

// Means since the last line of metrics.jsonl.
struct Metrics {
  std::int64_t step = 0, epoch = 0;  // steps done; epoch from 1
  std::int64_t images = 0;           // training pictures seen so far
  double d_loss = 0, g_loss = 0;
  double d_real = 0, d_fake = 0;  // mean probability D gives to real and generated pictures
  double d_accuracy = 0;          // 0..1, over both, threshold logit 0 (lsgan: 0.5)
  double images_per_s = 0, elapsed_s = 0;
  double d_accuracy_real = 0, d_accuracy_fake = 0;  // the two of which d_accuracy is the mean
};

// The JSON line of metrics.jsonl, without line break; numbers that are not finite become the strings
// "NaN", "Infinity" and "-Infinity".
std::string metrics_json(const Metrics& metrics);
// Such a line read; nothing for one that is no line of metrics. A key that is missing is NaN; lines of
// earlier versions, without the halves of d_accuracy, have it for both.
std::optional<Metrics> parse_metrics(std::string_view line);

// The last whole line with a step, among the last 64 KiB; values that it lacks are NaN, counts 0. Nothing
// when there is no such line, or no such file.
std::optional<Metrics> last_metrics(const std::filesystem::path& path);

}  // namespace facegan::run
