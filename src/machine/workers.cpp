#include "facegan/machine/workers.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace facegan::machine {

void for_each_index(std::size_t count, int workers, const std::function<bool(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    try {
      for (std::size_t i; !stop && (i = next++) < count;)
        if (!work(i)) stop = true;
    } catch (...) {
      stop = true;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    try {
      for (int i = 1; i < workers; ++i) threads.emplace_back(loop);
    } catch (const std::system_error&) {  // no more to be had
    }
    loop();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace facegan::machine
