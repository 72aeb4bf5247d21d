#include "report/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

// damaged: counts lines that are none of facegan's.
std::string kept_lines(std::string_view all, std::int64_t resume_step, std::int64_t& damaged) {
  std::string kept;
  for (std::size_t begin = 0, end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = all.substr(begin, end - begin);
    const auto metrics = run::parse_metrics(line);
    if (!metrics) ++damaged;
    if (metrics && metrics->step <= resume_step) kept.append(line) += '\n';
  }
  return kept;
}

// The file again without torn lines and steps that the resumed run will do once more.
void drop_after(const core::Inside& file, std::int64_t resume_step) {
  if (!core::exists(file)) return;
  const std::string old = core::read_file(file, run::kMetricsFile.max_bytes, ErrorKind::io);
  std::int64_t damaged = 0;
  const std::string kept = kept_lines(old, resume_step, damaged);
  if (damaged > 0)
    core::log_warning(core::printable(file.path().string()), " had ", damaged,
                      damaged == 1 ? " line that is" : " lines that are", " none of facegan's: left out");
  if (kept != old) core::write_file_atomic(file, kept);
}

}  // namespace

MetricsFile::MetricsFile(core::Inside file, std::int64_t resume_step)
    : last_kept_(resume_step), file_(std::move(file)) {
  drop_later();
}

void MetricsFile::drop_later() {
  if (!last_kept_) return;
  drop_after(file_, *last_kept_);
  fd_ = core::open_for_writing(file_, O_WRONLY | O_APPEND);
  last_kept_.reset();
}

bool MetricsFile::go_back(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  std::int64_t none = 0;
  pending_ = kept_lines(pending_, progress.step, none);
  last_kept_ = std::min(last_kept_.value_or(progress.step), progress.step);
  write_pending();
  return true;
}

bool MetricsFile::numbers(const run::Metrics& metrics, const Progress&) {
  const std::lock_guard lock(mutex_);
  pending_ += run::metrics_json(metrics) + "\n";
  write_pending();
  return true;
}

void MetricsFile::write_pending() {
  drop_later();
  if (pending_.empty()) return;
  struct stat ours, there;
  const bool is_there = ::lstat(file_.path().c_str(), &there) == 0;
  const bool is_other = is_there ? S_ISREG(there.st_mode) : errno == ENOENT;
  if (is_other && ::fstat(fd_.get(), &ours) == 0 && !(is_there && there.st_ino == ours.st_ino)) {
    fd_ = core::open_for_writing(file_, O_WRONLY | O_APPEND);
    core::log_warning(core::printable(file_.path().string()),
                      " was removed: its lines so far are lost, a new one begins");
  }
  // Half a line would spoil the next one; one that cannot be taken away is left to the next resume.
  core::append_all(fd_.get(), pending_, file_.path());
  pending_.clear();
}

bool MetricsFile::sync() {
  core::Fd fd;
  {
    const std::lock_guard lock(mutex_);
    write_pending();
    fd = core::Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));  // go_back() may change the other one
  }
  if (::fsync(fd.get()) != 0)
    core::fail_to_write(file_.path());  // without the lock: a line more need not wait for the disk
  return true;
}

std::unique_ptr<Sink> make_metrics_file(const SinkSetup& setup) {
  return std::make_unique<MetricsFile>(run::file_in(setup.folder, run::kMetricsFile), setup.step);
}

}  // namespace facegan::report
