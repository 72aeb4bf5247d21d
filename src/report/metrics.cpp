#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "facegan/core/text.h"
#include "facegan/report/sinks.h"
#include "facegan/run/files.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path) {
  const std::string reason = std::strerror(errno);
  throw Error(ErrorKind::io, core::str("cannot write ", core::printable(path.string()), ": ", reason));
}

// Whether a complete line belongs to the part of the run that a resume keeps; its elapsed_s if so.
bool kept_line(std::string_view line, std::int64_t resume_step, double& elapsed_s) {
  const auto object = nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return false;
  const auto step = object.find("step");
  if (step == object.end() || !step->is_number_unsigned() || step->get<std::int64_t>() > resume_step)
    return false;
  const auto elapsed = object.find("elapsed_s");
  if (elapsed != object.end() && elapsed->is_number()) elapsed_s = elapsed->get<double>();
  return true;
}

std::string kept_lines(std::string_view all, std::int64_t resume_step, double& elapsed_s) {
  std::string kept;
  for (std::size_t begin = 0, end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = all.substr(begin, end - begin);
    if (kept_line(line, resume_step, elapsed_s)) kept.append(line) += '\n';
  }
  return kept;
}

// The file again without torn lines and steps that the resumed run will do once more. Gives the
// elapsed_s of the last line that stays.
double drop_after(const fs::path& path, std::int64_t resume_step) {
  double elapsed_s = 0;
  std::error_code error;
  if (!fs::exists(path, error) && !error) return elapsed_s;
  const std::string old = core::read_file(path, run::kMetricsFile.max_bytes, ErrorKind::io);
  const std::string kept = kept_lines(old, resume_step, elapsed_s);
  if (kept != old) core::write_file_atomic(path, kept);
  return elapsed_s;
}

}  // namespace

MetricsFile::MetricsFile(const fs::path& path, std::int64_t resume_step)
    : last_kept_(resume_step), path_(path) {
  drop_later();
}

void MetricsFile::drop_later() {
  if (!last_kept_) return;
  elapsed_s_ = drop_after(path_, *last_kept_);
  fd_ = core::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!fd_.valid()) fail(path_);
  last_kept_.reset();
}

void MetricsFile::go_back(std::int64_t step) {
  const std::lock_guard lock(mutex_);
  double ignored;
  pending_ = kept_lines(pending_, step, ignored);
  last_kept_ = std::min(last_kept_.value_or(step), step);
  write_pending();
}

double MetricsFile::elapsed_before_s() const {
  const std::lock_guard lock(mutex_);
  return elapsed_s_;
}

void MetricsFile::write(const Metrics& metrics) {
  const std::lock_guard lock(mutex_);
  pending_ += run::metrics_json(metrics) + "\n";
  write_pending();
}

void MetricsFile::write_pending() {
  drop_later();
  if (pending_.empty()) return;
  const off_t before = ::lseek(fd_.get(), 0, SEEK_END);
  try {
    core::write_all(fd_.get(), pending_.data(), pending_.size(), path_);
  } catch (...) {
    // Half a line would spoil the next one; a failure here leaves it to the next resume.
    [[maybe_unused]] const int undone = before < 0 ? -1 : ::ftruncate(fd_.get(), before);
    throw;
  }
  pending_.clear();
}

void MetricsFile::sync() {
  core::Fd fd;
  {
    const std::lock_guard lock(mutex_);
    write_pending();
    fd = core::Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));  // go_back() may change the other one
  }
  if (::fsync(fd.get()) != 0) fail(path_);  // without the lock: a line more need not wait for the disk
}

}  // namespace facegan::report
