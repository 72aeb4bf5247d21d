#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "facegan/core/files.h"

namespace {

using facegan::core::Fd;
constexpr int kSilenceMs = 60'000;

// What the program needs of ours; settings and caches of whoever runs the tests stay outside.
std::vector<std::string> environment_of(const Call& call) {
  const std::string cache = std::filesystem::temp_directory_path().string();
  std::vector<std::string> all = call.environment;  // of a name that is there twice the first counts
  all.insert(all.end(), {"FACEGAN_CACHE=" + cache, "LC_ALL=C.UTF-8"});
  if (call.columns > 0) all.emplace_back("TERM=xterm");
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    for (const char* name : {"PATH=", "TMPDIR=", "LD_LIBRARY_PATH=", "FACEGAN_LIBTORCH=",
                             "CUDA_VISIBLE_DEVICES=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS="})
      if (text.starts_with(name)) all.emplace_back(text);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

struct Actions {
  posix_spawn_file_actions_t value;
  Actions() { posix_spawn_file_actions_init(&value); }
  ~Actions() { posix_spawn_file_actions_destroy(&value); }
};

pid_t start(const Call& call, int out, int err) {
  Actions actions;
  posix_spawn_file_actions_addchdir_np(&actions.value, call.folder.c_str());
  posix_spawn_file_actions_addopen(&actions.value, 0, "/dev/null", O_RDONLY, 0);
  if (call.standard_output == "-")
    posix_spawn_file_actions_addclose(&actions.value, 1);
  else if (!call.standard_output.empty())
    posix_spawn_file_actions_addopen(&actions.value, 1, call.standard_output.c_str(), O_WRONLY, 0);
  else
    posix_spawn_file_actions_adddup2(&actions.value, out, 1);
  posix_spawn_file_actions_adddup2(&actions.value, err, 2);

  std::vector<std::string> arguments = {call.program}, environment = environment_of(call);
  arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, call.program.c_str(), &actions.value, nullptr,
                                 pointers(arguments).data(), pointers(environment).data());
  if (error != 0) throw std::system_error(error, std::generic_category(), call.program);
  return pid;
}

struct Ends {
  Fd out, in;
};
// Standard error is written to `in` and read from `out`.
Ends standard_error(const Call& call) {
  int ends[2];
  if (call.columns > 0) {
    const winsize size{24, static_cast<unsigned short>(call.columns), 0, 0};
    if (::openpty(&ends[0], &ends[1], nullptr, nullptr, &size) != 0) throw std::runtime_error("no terminal");
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  } else {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    ::fcntl(ends[0], F_SETPIPE_SZ, 4096);
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

// All of standard error; the signal is sent on the way.
std::string listen(const Call& call, pid_t pid, int err) {
  std::string text;
  bool sent = call.signal == 0;
  for (char part[512];;) {
    pollfd waiting{err, POLLIN, 0};
    if (::poll(&waiting, 1, kSilenceMs) == 0) ::kill(pid, SIGKILL);
    const ssize_t n = ::read(err, part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(part, static_cast<std::size_t>(n));
    if (!sent && text.find(call.signal_at) != std::string::npos) sent = ::kill(pid, call.signal) == 0;
  }
}

// A pipe takes no more, a terminal holds back what it gets, as after Ctrl-S.
void stop(const Ends& err, bool is_terminal) {
  if (is_terminal && ::tcflow(err.in.get(), TCOOFF) != 0)
    throw std::runtime_error("a terminal that does not stop");
  if (is_terminal) return;
  ::fcntl(err.in.get(), F_SETFL, O_NONBLOCK);
  while (::write(err.in.get(), "x", 1) == 1) {
  }
  ::fcntl(err.in.get(), F_SETFL, 0);
}

void wait_unheard(pid_t pid) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{process.get(), POLLIN, 0};
  if (::poll(&ended, 1, kSilenceMs) == 0) ::kill(pid, SIGKILL);
}

}  // namespace

std::string tested_program() {
  const char* other = std::getenv("FACEGAN_PROGRAM");
  return other ? other : FACEGAN_PROGRAM;
}

Outcome run(const Call& call) {
  const Fd out(::memfd_create("stdout", MFD_CLOEXEC));
  if (!out.valid()) throw std::runtime_error("no memory file");
  Ends err = standard_error(call);
  if (call.stuck) stop(err, call.columns > 0);
  const pid_t pid = start(call, out.get(), err.in.get());
  Outcome outcome;
  if (call.stuck) {
    wait_unheard(pid);
  } else {
    err.in = Fd();
    outcome.err = listen(call, pid, err.out.get());
  }
  int status = 0;
  rusage usage{};
  while (::wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  outcome.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  char part[4096];
  for (off_t at = 0; const ssize_t n = ::pread(out.get(), part, sizeof part, at); at += n) {
    if (n < 0) throw std::runtime_error("no standard output");
    outcome.out.append(part, static_cast<std::size_t>(n));
  }
  return outcome;
}
