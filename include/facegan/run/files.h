#pragma once
// What lies in a run folder. All that reads or writes there takes names and limits from here, and what it
// opens from the functions below; checkpoints and grids, which have numbers, from folder.h and history.h.
// None follows a link: core/inside.h.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "facegan/core/error.h"
#include "facegan/core/inside.h"

namespace facegan::run {

struct RunFile {
  const char* name;             // below the run folder
  std::uint64_t max_bytes = 0;  // a larger one is not read; 0: nobody reads it as a whole
};

inline constexpr std::uint64_t kMaxGridBytes = 256u << 20;  // a sheet of pictures as a PNG

inline constexpr RunFile kConfigFile{"config.yaml", 1u << 20};     // as much as config::from_yaml takes
inline constexpr RunFile kMetricsFile{"metrics.jsonl", 1u << 30};  // some four million lines
inline constexpr RunFile kInfoFile{"run.json", 64u << 10};
inline constexpr RunFile kRealGrid{"samples/real.png", kMaxGridBytes};
inline constexpr RunFile kPageFile{"report.html"};
inline constexpr RunFile kExploreFile{"explore.html"};
inline constexpr RunFile kCsvFile{"metrics.csv"};
inline constexpr RunFile kAnimationFile{"training.gif"};
inline constexpr RunFile kLogFile{"log.txt"};
inline constexpr RunFile kLockFile{".lock"};
inline constexpr RunFile kSamples{"samples"};  // a folder, as the next one
inline constexpr RunFile kCheckpoints{"checkpoints"};

inline constexpr std::uint64_t kMaxShownMetrics = 256u << 20;  // bytes of metrics.jsonl that a page shows
// TensorBoard's: a number of seconds between them.
inline constexpr std::string_view kEventsPrefix = "events.out.tfevents.", kEventsSuffix = ".facegan";

core::Inside file_in(const std::filesystem::path& run, const RunFile& file);
bool has_file(const std::filesystem::path& run, const RunFile& file);  // or folder
// The whole file; Error(kind) when it cannot be read or is too large.
std::string read_file(const std::filesystem::path& run, const RunFile& file, ErrorKind kind);
// Error(checkpoint) that names a link in the place of anything that facegan writes there: before a training,
// not at its end.
void refuse_links(const std::filesystem::path& run);
// Complete or not at all: core::write_file_atomic.
void write_file(const std::filesystem::path& run, const RunFile& file, std::string_view bytes);

}  // namespace facegan::run
