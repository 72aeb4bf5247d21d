#include "facegan/device/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace facegan::device {
namespace {

// In what LibTorch is linked to.
template <class Function>
Function* find_in_libtorch(const char* name) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::init_num_threads), &info) == 0) return nullptr;
  void* library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (!library) return nullptr;
  const auto found = reinterpret_cast<Function*>(dlsym(library, name));
  dlclose(library);  // LibTorch stays: this program is linked to it
  return found;
}

// What compilers call for `#pragma omp parallel` (GCC's libgomp, and LLVM's and Intel's libraries as well).
struct OpenMp {
  void (*start)(void (*body)(void*), void* data, unsigned threads, unsigned flags) =
      find_in_libtorch<void(void (*)(void*), void*, unsigned, unsigned)>("GOMP_parallel");
  int (*number)() = find_in_libtorch<int()>("omp_get_thread_num");
  int (*count)() = find_in_libtorch<int()>("omp_get_num_threads");
  void (*set_threads)(int) = find_in_libtorch<void(int)>("omp_set_num_threads");
};

const OpenMp& openmp() {
  static const OpenMp found;
  return found;
}

struct Work {
  std::int64_t count;
  const std::function<void(std::int64_t, std::int64_t)>& body;
  std::atomic_flag has_failed = ATOMIC_FLAG_INIT;
  std::exception_ptr failure;
};

// A thread's part: equal ones, but for the last.
void do_part(void* data) {
  Work& work = *static_cast<Work*>(data);
  const std::int64_t threads = openmp().count(), part = (work.count + threads - 1) / threads,
                     begin = openmp().number() * part;
  if (begin >= work.count) return;
  try {
    const c10::ParallelGuard no_more(true);
    at::get_num_threads();  // LibTorch sets up a thread at the first question
    // For this part of the loop alone. oneDNN asks for this number, and its threads wait for one another.
    openmp().set_threads(1);
    work.body(begin, std::min(work.count, begin + part));
  } catch (...) {
    if (!work.has_failed.test_and_set()) work.failure = std::current_exception();
  }
}

}  // namespace

void parallel_for(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
  const bool alone = count < 2 || at::in_parallel_region() || at::get_num_threads() < 2;
  const OpenMp& omp = openmp();
  if (alone || !omp.start || !omp.number || !omp.count || !omp.set_threads) {
    if (count > 0) body(0, count);
    return;
  }
  Work work{.count = count, .body = body};
  omp.start(do_part, &work, 0, 0);
  if (work.failure) std::rethrow_exception(work.failure);
}

// at::set_num_threads(1) does so, too, but also sets how many threads the process's later threads begin with:
// of what it calls, these act on one thread alone.
void compute_alone() {
  static const auto set_mkl = find_in_libtorch<void(int)>("MKL_Set_Num_Threads_Local");
  at::get_num_threads();  // LibTorch sets up a thread at the first question
  if (openmp().set_threads) openmp().set_threads(1);
  if (set_mkl) set_mkl(1);
  if (at::get_num_threads() != 1) at::set_num_threads(1);  // a LibTorch without OpenMP has no other way
}

}  // namespace facegan::device
