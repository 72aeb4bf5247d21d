#pragma once
// Room for decoded pictures of one size: in memory when they fit, else in a file without a name.
#include <cstddef>
#include <cstdint>

#include "facegan/core/files.h"

namespace facegan::data {

class Slots {
 public:
  // memory_limit: at most so many bytes in memory, 0 = a quarter of what the process may have.
  // With neither memory nor disk for them there is no room: write() is then false.
  Slots(std::size_t count, std::size_t bytes_each, std::uint64_t memory_limit);
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  bool has_room() const { return memory_ != nullptr || file_.valid(); }
  // Different slots from different threads at once; false when it did not work out (a full disk).
  bool write(std::size_t slot, const unsigned char* bytes);
  bool read(std::size_t slot, unsigned char* bytes) const;

 private:
  std::size_t bytes_each_;
  std::uint64_t total_ = 0;
  unsigned char* memory_ = nullptr;
  core::Fd file_;
};

}  // namespace facegan::data
