#include "facegan/machine/limits.h"

#include <sys/resource.h>

#include <filesystem>
#include <latch>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace facegan::machine {

FileHandles file_handles() {
  FileHandles handles;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    handles.limit = limit.rlim_cur, handles.hard_limit = limit.rlim_max;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++handles.open;
  if (handles.open > 0) --handles.open;  // the listing's own
  return handles;
}

std::uint64_t address_space_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : 0;
}

int threads_to_be_had(int wanted) {
  std::latch end(1);
  std::vector<std::jthread> threads;
  try {
    threads.reserve(static_cast<std::size_t>(wanted));
    for (int i = 0; i < wanted; ++i) threads.emplace_back([&] { end.wait(); });
  } catch (const std::system_error&) {  // no more
  } catch (const std::bad_alloc&) {
  }
  end.count_down();
  return static_cast<int>(threads.size());
}

}  // namespace facegan::machine
