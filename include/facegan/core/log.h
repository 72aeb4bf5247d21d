#pragma once
// The log: lines to standard error and, once a run folder exists, to its log.txt. The live status
// line of a terminal goes through here too, so that lines never tear. Safe from any thread.
// A lost terminal, one that nobody reads or a full log disk never stops a run, nor makes it wait. Each
// message becomes one line, with core::printable(): names from outside cannot forge another.
#include <string>

#include "facegan/core/inside.h"
#include "facegan/core/text.h"

namespace facegan::core {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogOptions {
  LogLevel level = LogLevel::info;  // --quiet: warning, --verbose: debug (for standard error)
  LogFormat format = LogFormat::text;
};

// Call first. A standard stream that is closed becomes /dev/null (or the next file would get its number
// and the output); a reader that went away and a file size limit make a write fail, not the program end.
void guard_streams();

// Call once, before threads start. Without it the defaults hold.
void log_setup(const LogOptions& options);
// Of several processes that write to one terminal: who this is, before each line, of which only warnings and
// errors are told from here on (with --verbose all).
void log_as(const std::string& who);
// From here on also append to this file (always at info or finer); the lines so far come first.
// A link there is Error(checkpoint).
void log_to_file(const Inside& file);
void log_close_file();
// Why lines do not reach the file (a full disk); "" when they do.
std::string log_file_failure();

void log_line(LogLevel level, const std::string& message);
template <class... Args>
void log_debug(const Args&... args) {
  log_line(LogLevel::debug, str(args...));
}
template <class... Args>
void log_info(const Args&... args) {
  log_line(LogLevel::info, str(args...));
}
template <class... Args>
void log_warning(const Args&... args) {
  log_line(LogLevel::warning, str(args...));
}
template <class... Args>
void log_error(const Args&... args) {
  log_line(LogLevel::error, str(args...));
}

// Standard error as a terminal that can redraw a line. columns 0: it is none, or it gets JSON.
struct Terminal {
  int columns = 0;   // 80 where it does not tell
  int width_px = 0;  // 0: it does not tell
  int rows = 0;      // likewise
  int height_px = 0;
};
Terminal log_terminal();
// Text as it is (a picture, whole lines) above the live line; not in the log file. No-op without a terminal.
void log_picture(const std::string& text);
// Whether there is such a terminal and --quiet is off.
bool log_has_live_line();
// Shows (or with "" removes) the live line, cut at the width of the terminal; log lines appear above it.
// No-op when there is none.
void log_live_line(const std::string& text);

// A line on standard output (results: written paths, tables, JSON). Never throws: output that
// nobody reads any more is dropped. Waits for a slow reader, but not once the program is asked to end.
void print(const std::string& text);
// errno of a print that failed for another reason than that (a full disk), 0 = none did.
int print_error();

}  // namespace facegan::core
