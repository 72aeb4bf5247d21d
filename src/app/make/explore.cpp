// facegan explore: the page that computes a run's pictures, made and opened.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "app/command_line/weights.h"
#include "app/make/model_out.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/exchange/network.h"
#include "facegan/run/files.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;

// Starts a program that has a terminal of its own, no files of ours and no signals that we ignore. Whether it
// has begun well: ended so, or still at work after a second, as one that is the browser itself.
bool start(const char* program, const std::string& argument) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  for (const int stream : {0, 1, 2})
    ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
  sigset_t all;
  ::sigfillset(&all);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
  const char* const words[] = {program, argument.c_str(), nullptr};
  pid_t child = 0;
  const bool begun =
      ::posix_spawn(&child, program, &files, &attributes, const_cast<char* const*>(words), environ) == 0;
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (!begun) return false;
  int status = 0;
  for (int i = 0; i < 100; ++i) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended < 0 && errno != EINTR) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

// By the desktop's opener, from the system's folders alone: not from one that PATH names.
void open_in_browser(const fs::path& page) {
  const bool desktop = std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY");
  for (const char* opener : {"/usr/bin/xdg-open", "/usr/local/bin/xdg-open", "/usr/bin/wslview"})
    if (desktop && ::access(opener, X_OK) == 0 && start(opener, fs::absolute(page).string())) return;
  core::log_info("open it in a browser; it needs no network and no server");
}

// Where --out says, or the run's folder, or beside no run the file's name. Writes the page there.
fs::path write_page(const std::string& out, const run::Loaded& loaded, const std::string& page) {
  std::error_code error;  // a place that cannot be looked at is refused when it is written
  const bool is_folder = out.ends_with('/') || fs::is_directory(out, error);
  if (!out.empty() && !is_folder && fs::path(out).extension() != ".html")
    throw Error(ErrorKind::usage,
                core::str("--out ", core::printable(out), " must end in .html, or be a folder"));
  const fs::path run = run_of(loaded);
  if (out.empty() && !run.empty()) {
    run::write_file(run, run::kExploreFile, page);  // no link there is followed
    return run / run::kExploreFile.name;
  }
  const fs::path file = out.empty() ? fs::path(stem_of(loaded.path.stem().string()) + ".html")
                        : is_folder ? fs::path(out) / run::kExploreFile.name
                                    : fs::path(out);
  save_output(file, page);
  return file;
}

}  // namespace

int run_explore(const Invocation& invocation) {
  const infer::Weights weights = weights_of(invocation);
  const run::Loaded loaded = load_model_of(invocation);
  exchange::Network generator = exchange::load_network(loaded, exchange::Part::generator, weights);
  check_weights(invocation, loaded.path.string(), generator.weights);
  const std::string page = page_of(loaded, std::move(generator));
  const fs::path file = write_page(invocation.text("out", ""), loaded, page);
  core::log_info(core::human_bytes(page.size()), " in one file");
  core::print(core::printable(file.string()));
  if (!invocation.has("no-open")) open_in_browser(file);
  return 0;
}

}  // namespace facegan::app
