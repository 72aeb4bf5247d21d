// The program: finds LibTorch, refuses one that libfacegan.so was not compiled for, and goes on in there. A
// program that is linked with LibTorch itself can do neither: the system looks for its libraries before
// main(), and tells of another version in names of symbols, or not at all.
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

namespace {

constexpr const char* kWanted = FACEGAN_LIBTORCH_VERSION;  // "2.11"
constexpr bool kIsTold = FACEGAN_LIBTORCH_TELLS;           // whether that version tells its number

// The folder of this file, whatever name it was called by, with a slash at its end; "" where it is not told:
// then nothing may be looked for, since that would be in the current folder.
std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || size == sizeof path || path[0] != '/') return "";
  const std::string text(path, static_cast<std::size_t>(size));
  return text.substr(0, text.rfind('/') + 1);
}

constexpr int kUsage = 2, kMemory = 71;  // ErrorKind of facegan/core/error.h

bool is_doctor(int argc, char** argv) {
  int command = 1;
  while (command < argc && argv[command][0] == '-') ++command;
  return command < argc && std::strcmp(argv[command], "doctor") == 0;
}

// One line, as the errors of the program itself. doctor's exit code is 1 when a training would not start.
int refuse(int argc, char** argv, const std::string& text, int code = kUsage) {
  std::fprintf(stderr, "facegan: error: %s\n", text.c_str());
  return is_doctor(argc, argv) ? 1 : code;
}

constexpr const char* kAllowMore = "; allow more memory: ulimit -v unlimited";

// What the loader says when memory is short.
bool tells_of_memory(const std::string& why) {
  for (const char* words : {"cannot map", "failed to map", "allocate memory"})
    if (why.find(words) != std::string::npos) return true;
  return false;
}

bool g_is_doctor = false;

// What the libraries' own set-up throws, nobody can catch.
[[noreturn]] void end_while_loading() {
  std::string what = "an exception without words";
  bool is_memory = false;
  try {
    if (const auto failure = std::current_exception()) std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    what = "out of memory", is_memory = true;
  } catch (const std::exception& error) {
    what = error.what();
    what = what.substr(0, what.find('\n'));
  } catch (...) {
  }
  std::fprintf(stderr, "facegan: error: LibTorch cannot be loaded: %s%s\n", what.c_str(),
               is_memory ? kAllowMore : "");
  _exit(g_is_doctor ? 1 : is_memory ? kMemory : kUsage);
}

// "2.11" of an open libtorch_cpu.so: two bytes of the number that it gives of itself
// (torch/headeronly/version.h; LibTorch 2.8 and older give none).
std::string version_of(void* torch) {
  const auto number = reinterpret_cast<std::uint64_t (*)()>(dlsym(torch, "aoti_torch_abi_version"));
  if (!number) return "2.8 or older";
  return std::to_string(number() >> 56) + '.' + std::to_string(number() >> 48 & 255);
}

// Where the system found it, without the file's name.
std::string folder_of(void* torch) {
  Dl_info info{};
  const void* const in_it = dlsym(torch, "_ZN2at11show_configB5cxx11Ev");
  if (!in_it || dladdr(in_it, &info) == 0) return "LibTorch's folder";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

// How OpenMP's threads behave is read when LibTorch is loaded.
void set_threads_up() {
  // Rounds of spinning before a thread sleeps; the default is 300,000. Measured on two cores: no slower than
  // that on an idle machine (sleeping at once is, by a quarter), 2.5 times faster beside another busy
  // process.
  if (!std::getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "20000", /*overwrite=*/0);
  // --threads says how many there are. With fewer than LibTorch asks for, its convolutions wait for the
  // others for ever.
  for (const char* name : {"OMP_DYNAMIC", "OMP_THREAD_LIMIT"}) unsetenv(name);
}

}  // namespace

int main(int argc, char** argv) {
  set_threads_up();
  char here[PATH_MAX];  // what LibTorch is made of ends the process without one
  if (!getcwd(here, sizeof here))
    return refuse(argc, argv,
                  std::string("the current folder cannot be used (") + std::strerror(errno) +
                      "): change to one that exists");
  const std::string own = own_folder();
  if (own.empty())
    return refuse(argc, argv, "/proc/self/exe does not say where the program lies: mount /proc");
  const char* const variable = std::getenv("FACEGAN_LIBTORCH");
  const std::string chosen = variable ? variable : "";
  if (!chosen.empty() && chosen[0] != '/')
    return refuse(argc, argv, "FACEGAN_LIBTORCH=" + chosen + " is a relative path: give the whole one");
  // By its bare name it is looked for along the run path of this file: beside it, in the torch of a Python
  // whose package it lies in, or where it was linked.
  const std::string name = chosen.empty() ? "libtorch_cpu.so" : chosen + "/lib/libtorch_cpu.so";
  g_is_doctor = is_doctor(argc, argv);
  std::set_terminate(end_while_loading);
  void* const torch = dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  const std::string how = std::string("set FACEGAN_LIBTORCH to the folder 'torch' of LibTorch ") + kWanted +
                          " (an unpacked LibTorch, or what pip install torch==" + kWanted + ".* installs)";
  if (!torch) {
    const std::string why = dlerror();
    const bool is_there = why.find("libtorch_cpu.so: cannot open") == std::string::npos;
    const std::string what = is_there ? "LibTorch cannot be loaded: " + why
                             : chosen.empty()
                                 ? "LibTorch was not found: " + why
                                 : "FACEGAN_LIBTORCH=" + chosen + " is not LibTorch: there is no " + name;
    if (tells_of_memory(why)) return refuse(argc, argv, what + kAllowMore, kMemory);
    return refuse(argc, argv, what + "; " + how);
  }
  if (const std::string version = version_of(torch); kIsTold && version != kWanted)
    return refuse(
        argc, argv,
        folder_of(torch) + " is LibTorch " + version + ", this facegan needs " + kWanted + ": " + how);

  std::string why;
  for (const char* place : {"", "lib/", "../lib/"}) {
    void* const program = dlopen((own + place + "libfacegan.so").c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (!program) {
      const std::string told = dlerror();
      if (why.empty() || access((own + place + "libfacegan.so").c_str(), F_OK) == 0) why = told;
      continue;
    }
    if (const auto run = reinterpret_cast<int (*)(int, char**)>(dlsym(program, "facegan_main")))
      return run(argc, argv);
    why = dlerror();
  }
  const bool is_memory = tells_of_memory(why);
  return refuse(argc, argv,
                "libfacegan.so, which belongs beside the program or into ../lib, cannot be loaded: " + why +
                    (is_memory ? kAllowMore : ""),
                is_memory ? kMemory : kUsage);
}
