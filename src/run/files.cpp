#include "facegan/run/files.h"

#include "facegan/core/files.h"

namespace facegan::run {

namespace fs = std::filesystem;

core::Inside file_in(const fs::path& run, const RunFile& file) {
  return {run, file.name};
}

bool has_file(const fs::path& run, const RunFile& file) {
  return core::exists(file_in(run, file));
}

void refuse_links(const fs::path& run) {
  constexpr std::size_t kMaxFiles = 1'000'000;
  for (const RunFile& file : {kConfigFile, kMetricsFile, kInfoFile, kPageFile, kExploreFile, kCsvFile, kAnimationFile,
                              kLogFile, kLockFile, kSamples, kCheckpoints})
    core::refuse_link(file_in(run, file));
  for (const RunFile& folder : {kSamples, kCheckpoints})
    for (const std::string& name : core::names_in(file_in(run, folder), kMaxFiles))
      core::refuse_link(file_in(run, folder) / name);
}

std::string read_file(const fs::path& run, const RunFile& file, ErrorKind kind) {
  return core::read_file(file_in(run, file), file.max_bytes, kind);
}

void write_file(const fs::path& run, const RunFile& file, std::string_view bytes) {
  core::write_file_atomic(file_in(run, file), bytes);
}

}  // namespace facegan::run
