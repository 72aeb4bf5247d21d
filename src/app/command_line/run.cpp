#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>

#include "app/command_line/cli.h"
#include "facegan/core/error.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/machine/limits.h"

namespace facegan::app {
namespace {

constexpr const char* kOutOfMemory = "out of memory; a smaller --batch, --size or --width needs less";

// LibTorch reports a failed allocation as an exception of its own, on the CPU and on CUDA; oneDNN, whose
// primitives are of checked shapes, says only what it could not make.
bool tells_of_memory(const std::string& what) {
  for (const char* words :
       {"out of memory", "not enough memory", "can't allocate memory", "bad_alloc",
        "could not create a memory", "could not create a primitive", "could not execute a primitive"})
    if (what.find(words) != std::string::npos) return true;
  return false;
}

int fail(ErrorKind kind, const std::string& message) {
  core::log_live_line("");  // of a run that was broken off
  core::log_error(message);
  if (core::ends_at_once()) ::_exit(static_cast<int>(kind));
  return static_cast<int>(kind);
}

[[noreturn]] void end_without_memory() {
  // Not the log: another thread may hold its lock.
  constexpr std::string_view kBegin = "facegan: error: ";
  for (const std::string_view part : {kBegin, std::string_view(kOutOfMemory), std::string_view("\n")})
    [[maybe_unused]] const ssize_t told = ::write(2, part.data(), part.size());
  ::_exit(static_cast<int>(ErrorKind::memory));
}

// oneDNN uses code that it had no memory to make. Where addresses are limited, reading from next to nothing
// is that.
void on_bad_address(int, siginfo_t* info, void*) {
  constexpr std::uintptr_t kNextToNothing = 64 << 10;
  if (reinterpret_cast<std::uintptr_t>(info->si_addr) < kNextToNothing) end_without_memory();
  ::signal(SIGSEGV, SIG_DFL);  // it comes again, with a core for whoever looks for the fault
}

// In a thread that nobody catches for: LibTorch's and OpenMP's.
[[noreturn]] void give_up() {
  std::string what;
  bool is_memory = false;
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    is_memory = true;
  } catch (const std::exception& error) {
    what = error.what(), is_memory = tells_of_memory(what);
  } catch (...) {
  }
  if (is_memory) end_without_memory();
  std::fprintf(stderr, "facegan: internal error: %s\n", core::printable(what).c_str());
  std::abort();  // with a core, for whoever looks for the fault
}

void watch_memory() {
  std::set_terminate(give_up);
  if (machine::address_space_limit() == 0) return;
  struct sigaction action {};
  action.sa_sigaction = on_bad_address, action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace

// The one catch of the program.
int run(const std::vector<Command>& table, int argc, const char* const* argv) {
  core::guard_streams();
  watch_memory();
  try {
    const Parsed parsed = parse(table, argc, argv);
    core::log_setup(parsed.log);
    int code = 0;
    if (parsed.command)
      code = parsed.command->run(parsed.invocation);
    else
      core::print(parsed.output);
    // What train prints is in the run folder too; for all else, what is printed is the result.
    const bool is_train = parsed.command && std::string(parsed.command->name) == "train";
    if (const int error = core::print_error(); error != 0 && code == 0 && !is_train)
      return fail(ErrorKind::io, core::str("cannot write to standard output: ", std::strerror(error)));
    if (core::ends_at_once()) ::_exit(code);
    return code;
  } catch (const Error& error) {
    return fail(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::memory, kOutOfMemory);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(ErrorKind::io, core::printable(error.what()));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    if (tells_of_memory(what)) return fail(ErrorKind::memory, kOutOfMemory);
    return fail(ErrorKind::internal, "internal error: " + core::printable(what.substr(0, what.find('\n'))));
  } catch (...) {
    return fail(ErrorKind::internal, "internal error of unknown kind");
  }
}

}  // namespace facegan::app
