#include "facegan/core/log.h"

#include <fcntl.h>
#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/stream.h"
#include "facegan/core/inside.h"

namespace facegan::core {
namespace {

// Standard error, which the live line shares: a log line first wipes it and then draws it again.
class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  TerminalSink() : terminal_(::isatty(2) == 1), color_(terminal_ && !std::getenv("NO_COLOR")) {}

  Terminal size() const {
    const char* term = std::getenv("TERM");
    if (!terminal_ || json_ || !term || std::string(term) == "dumb") return {};
    struct winsize window {};
    const bool known = ::ioctl(2, TIOCGWINSZ, &window) == 0 && window.ws_col > 0;
    return known ? Terminal{window.ws_col, window.ws_xpixel, window.ws_row, window.ws_ypixel}
                 : Terminal{.columns = 80};
  }
  void set_json(bool json) { json_ = json; }
  void live_line(const std::string& text) {
    std::lock_guard lock(mutex_);
    if (text.empty() && live_.empty()) return;
    live_ = printable(text, text.npos);
    stream_.write("\r\033[K" + shown());
  }
  void above(const std::string& text) {
    std::lock_guard lock(mutex_);
    stream_.write((live_.empty() ? "" : "\r\033[K") + text + shown());
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    const std::string line =
        formatted(msg, printable({msg.payload.data(), msg.payload.size()}, std::string::npos));
    if (!stream_.write((live_.empty() ? "" : "\r\033[K") + told_loss() + line + shown())) {
      ++lost_;
      return;
    }
    lost_ = 0;
  }
  void flush_() override {}

 private:
  std::string told_loss() const {
    if (lost_ == 0) return "";
    spdlog::details::log_msg note;
    note.level = spdlog::level::warn;
    note.time = spdlog::log_clock::now();
    return formatted(note, str(lost_, lost_ == 1 ? " line is" : " lines are",
                               " missing here: nothing took what was written"));
  }
  std::string formatted(const spdlog::details::log_msg& msg, const std::string& text) const {
    std::string line;
    if (json_) {
      const double time = std::chrono::duration<double>(msg.time.time_since_epoch()).count();
      const auto level = spdlog::level::to_string_view(msg.level);
      const std::string name(level.data(), level.size());
      line += nlohmann::json{{"time", time}, {"level", name}, {"message", text}}.dump(
          -1, ' ', false, nlohmann::json::error_handler_t::replace);
    } else if (msg.level >= spdlog::level::err) {
      line += color_ ? "\033[1;31mfacegan: error:\033[0m " + text : "facegan: error: " + text;
    } else if (msg.level == spdlog::level::warn) {
      line += color_ ? "\033[33mfacegan: warning:\033[0m " + text : "facegan: warning: " + text;
    } else {
      line += text;
    }
    return line + "\n";
  }
  // A line that wraps could not be wiped again.
  std::string shown() const {
    return live_.substr(0, static_cast<std::size_t>(std::max(size().columns - 1, 0)));
  }
  bool terminal_, color_, json_ = false;
  std::string live_;
  // A terminal that went away, or that is stopped, is no reason to stop a run.
  ImpatientStream stream_{2};
  std::int64_t lost_ = 0;  // lines since the last one that was taken
};

// What was said before there was a run folder belongs to the run's log, too.
struct EarlyLine {
  spdlog::log_clock::time_point time;
  spdlog::level::level_enum level;
  std::string message;
};
constexpr std::size_t kMaxEarlyLines = 100;

struct Log {
  std::shared_ptr<TerminalSink> terminal = std::make_shared<TerminalSink>();
  spdlog::logger console{"console", terminal};
  std::shared_ptr<spdlog::logger> file;
  bool had_file = false;
  bool failed_now = false;  // the line under way did not get into the file
  std::string path;
  std::string failure;  // why the last one did not, "" = it did
  std::vector<EarlyLine> early;
  std::mutex file_mutex;
  bool quiet = false;
  std::string who;  // "rank 3: "; set before threads log
  Log() {
    console.set_error_handler([](const std::string&) {});
  }
};

Log& instance() {
  static Log* log = new Log;  // never destroyed: worker threads may log until the very end
  return *log;
}

spdlog::level::level_enum spd_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// The file of a run. A line that cannot be written is lost; the logger's handler hears of it.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(Fd fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    // One line, whatever names it tells.
    append_all(fd_.get(), printable({line.data(), line.size() - 1}, std::string::npos) + '\n', path_);
  }
  void flush_() override {}

 private:
  Fd fd_;
  fs::path path_;
};

}  // namespace

void guard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int taken = ::open("/dev/null", O_RDWR);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

void log_setup(const LogOptions& options) {
  auto& log = instance();
  log.console.set_level(spd_level(options.level));
  log.quiet = options.level > LogLevel::info;
  log.terminal->set_json(options.format == LogFormat::json);
}

void log_as(const std::string& who) {
  auto& log = instance();
  log.who = who + ": ";
  log.quiet = true;
  if (log.console.level() == spdlog::level::info) log.console.set_level(spdlog::level::warn);
}

void log_to_file(const Inside& file) {
  auto& log = instance();
  std::lock_guard lock(log.file_mutex);
  try {
    auto sink = std::make_shared<FileSink>(open_for_writing(file, O_WRONLY | O_APPEND), file.path());
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    log.file = std::make_shared<spdlog::logger>("file", sink);
    log.file->set_level(spdlog::level::debug);
    log.file->set_error_handler([&log](const std::string&) { log.failed_now = true; });
    log.path = file.path().string();
    for (const auto& [time, level, message] : log.early) log.file->log(time, {}, level, message);
    log.had_file = true;
    log.early.clear();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
    log.failure = error.what();
    log.console.warn("no log file: {}", error.what());
  }
}

void log_close_file() {
  auto& log = instance();
  std::lock_guard lock(log.file_mutex);
  log.file.reset();
}

// A full disk: the run goes on. Said once, until lines reach the file again.
static void log_to_file_line(Log& log, LogLevel level, const std::string& message) {
  log.failed_now = false;
  log.file->log(spd_level(level), "{}", message);
  if (log.failed_now) {
    const bool first = log.failure.empty();
    log.failure = str("cannot write ", printable(log.path));
    if (first) log.console.warn("{}; training goes on", log.failure);
  } else {
    log.failure.clear();
  }
}

std::string log_file_failure() {
  auto& log = instance();
  std::lock_guard lock(log.file_mutex);
  return log.failure;
}

void log_line(LogLevel level, const std::string& message) {
  auto& log = instance();
  log.console.log(spd_level(level), "{}{}", log.who, message);
  std::lock_guard lock(log.file_mutex);
  if (log.file)
    log_to_file_line(log, level, message);
  else if (!log.had_file && log.early.size() < kMaxEarlyLines)
    log.early.push_back({spdlog::log_clock::now(), spd_level(level), message});
}

Terminal log_terminal() {
  return instance().terminal->size();
}

void log_picture(const std::string& text) {
  if (log_terminal().columns > 0) instance().terminal->above(text);
}

bool log_has_live_line() {
  return log_terminal().columns > 0 && !instance().quiet;
}

void log_live_line(const std::string& text) {
  if (log_has_live_line()) instance().terminal->live_line(text);
}

namespace {
std::atomic<int> g_print_error = 0;
}

int print_error() {
  return g_print_error;
}

void print(const std::string& text) {
  if (const int error = write_all(1, text + "\n"); error != 0 && error != EPIPE) g_print_error = error;
}

}  // namespace facegan::core
