#include "facegan/run/files.h"

#include "facegan/core/files.h"

namespace facegan::run {

namespace fs = std::filesystem;

fs::path path_in(const fs::path& run, const RunFile& file) {
  return run / file.name;
}

bool has_file(const fs::path& run, const RunFile& file) {
  std::error_code error;  // what cannot be looked at is not there
  return fs::exists(path_in(run, file), error);
}

std::string read_file(const fs::path& run, const RunFile& file, ErrorKind kind) {
  return core::read_file(path_in(run, file), file.max_bytes, kind);
}

void write_file(const fs::path& run, const RunFile& file, std::string_view bytes) {
  core::write_file_atomic(path_in(run, file), bytes);
}

}  // namespace facegan::run
