#pragma once
// The end of a metrics.jsonl, without reading the rest of it.
#include <filesystem>
#include <optional>

#include "facegan/report/sinks.h"

namespace facegan::report {

// The last whole line with a step, among the last 64 KiB; values that it lacks are NaN, counts 0. Nothing
// when there is no such line, or no such file.
std::optional<Metrics> last_metrics(const std::filesystem::path& path);

}  // namespace facegan::report
