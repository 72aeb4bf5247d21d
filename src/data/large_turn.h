#pragma once
// Of large encoded pictures only one is in memory at a time, however many threads read.
#include <cstdint>
#include <mutex>

namespace facegan::data {

class LargeTurn {
 public:
  explicit LargeTurn(std::uint64_t bytes) : lock_(mutex_, std::defer_lock) {
    if (bytes > kLargeBytes) lock_.lock();
  }

 private:
  static constexpr std::uint64_t kLargeBytes = 32u << 20;
  inline static std::mutex mutex_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace facegan::data
