#include "facegan/run/record.h"

#include <sys/stat.h>

#include <cmath>

#include "facegan/config/yaml.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRows = 2'000'000;

}  // namespace

void MetricsLog::update(const core::Inside& file) {
  fault_.clear();
  std::string bytes;
  try {
    const core::Fd fd = core::open_for_reading(file, ErrorKind::io);
    struct stat info {};
    ::fstat(fd.get(), &info);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    // Training that has gone back, or was resumed, replaces the file.
    if (info.st_ino != inode_ || size < read_bytes_) *this = MetricsLog();
    inode_ = info.st_ino;
    if (size > kMaxShownMetrics)
      fault_ = core::str("only its first ", core::human_bytes(kMaxShownMetrics), " are shown");
    bytes.resize(std::min(size, kMaxShownMetrics) - read_bytes_);
    core::read_exactly_at(fd.get(), bytes.data(), bytes.size(), read_bytes_, file.path(), ErrorKind::io);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::checkpoint) throw;  // a link
    const bool there = core::exists(file);
    *this = MetricsLog();
    if (there) fault_ = error.what();
    return;
  }
  const std::size_t whole = bytes.rfind('\n') + 1;  // npos + 1 = 0; a line that is being written waits
  add_lines(std::string_view(bytes).substr(0, whole));
  read_bytes_ += whole;
}

void MetricsLog::add(const Metrics& line) {
  if (has_room()) rows_.push_back(as_stored(line));
}

void MetricsLog::drop_after(std::int64_t step) {
  std::erase_if(rows_, [&](const Metrics& m) { return m.step > step; });
}

bool MetricsLog::has_room() {
  if (rows_.size() < kMaxRows) return true;
  fault_ = core::str("only its first ", core::with_thousands(kMaxRows), " lines are shown");
  return false;
}

void MetricsLog::add_lines(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (!has_room()) return;
    const auto row = parse_metrics(lines.substr(0, end));
    if (row && (rows_.empty() || row->step > rows_.back().step))
      rows_.push_back(*row);
    else
      ++damaged_;
    lines.remove_prefix(end + 1);
  }
}

void Record::update() {
  std::error_code error;
  const fs::path whole = fs::absolute(folder, error).lexically_normal();
  name = core::printable((whole.has_filename() ? whole : whole.parent_path()).filename().string());
  metrics.update(file_in(folder, kMetricsFile));
  info = read_info(folder);
  if (!config_text.empty()) return;  // a run's settings stay
  try {
    const std::string read = read_file(folder, kConfigFile, ErrorKind::io);
    // Shown only when it is what it should be: the name may be a link to anything.
    if (config::parse_yaml(read, kConfigFile.name).kind != spec::Node::Kind::map)
      throw Error(ErrorKind::usage, core::str(kConfigFile.name, " has no settings"));
    config_text = read;
    config_fault.clear();
    config = config::from_yaml(read, kConfigFile.name);
  } catch (const Error& fault) {
    config_fault = fault.what();
  }
}

std::vector<Metrics> Record::rows() const {
  std::vector<Metrics> all = metrics.rows();
  if (info && info->rest && (all.empty() || info->rest->step > all.back().step)) all.push_back(*info->rest);
  return all;
}

std::int64_t Record::steps_per_epoch() const {
  if (info && info->steps_per_epoch > 0) return info->steps_per_epoch;
  std::int64_t end_of_first = 0;  // each epoch ends in a line
  for (const Metrics& m : metrics.rows()) {
    if (m.epoch > 1) return end_of_first;
    end_of_first = m.step;
  }
  return 0;
}

}  // namespace facegan::run
