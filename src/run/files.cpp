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

std::string read_file(const fs::path& run, const RunFile& file, ErrorKind kind) {
  return core::read_file(file_in(run, file), file.max_bytes, kind);
}

void write_file(const fs::path& run, const RunFile& file, std::string_view bytes) {
  core::write_file_atomic(file_in(run, file), bytes);
}

}  // namespace facegan::run
