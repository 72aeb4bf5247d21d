#include "data/slots.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "data/scratch.h"
#include "facegan/core/log.h"
#include "facegan/machine/memory.h"

namespace facegan::data {

Slots::Slots(std::size_t count, std::size_t bytes_each, std::uint64_t memory_limit)
    : bytes_each_(bytes_each), total_(std::uint64_t{count} * bytes_each) {
  if (total_ == 0) return;
  if (total_ <= (memory_limit > 0 ? memory_limit : machine::usable_memory_bytes() / 4)) {
    // Pages come when they are written: a run that ends early never pays for the rest.
    void* memory =
        ::mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) {
      memory_ = static_cast<unsigned char*>(memory);
      return;
    }
  }
  try {
    Scratch scratch = make_scratch();
    if (total_ > scratch.free_bytes / 10 * 9) {
      core::log_info("the decoded pictures (", core::human_bytes(total_),
                     ") are not kept: ", scratch.folder.string(), " has ",
                     core::human_bytes(scratch.free_bytes), " free; every epoch decodes them again");
      return;
    }
    core::log_info("the decoded pictures (", core::human_bytes(total_), ") go to a temporary file in ",
                   scratch.folder.string());
    file_ = std::move(scratch.fd);
  } catch (const Error& error) {
    core::log_info("the decoded pictures are not kept, every epoch decodes them again: ", error.what());
  }
}

Slots::~Slots() {
  if (memory_) ::munmap(memory_, total_);
}

// Plain writes rather than a mapped file: on a full disk they fail, a mapping kills the process.
bool Slots::write(std::size_t slot, const unsigned char* bytes) {
  const std::uint64_t offset = std::uint64_t{slot} * bytes_each_;
  if (memory_) std::memcpy(memory_ + offset, bytes, bytes_each_);
  if (memory_ || !file_.valid()) return memory_ != nullptr;
  for (std::size_t done = 0; done < bytes_each_;) {
    const ssize_t n =
        ::pwrite(file_.get(), bytes + done, bytes_each_ - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

bool Slots::read(std::size_t slot, unsigned char* bytes) const {
  const std::uint64_t offset = std::uint64_t{slot} * bytes_each_;
  if (memory_) std::memcpy(bytes, memory_ + offset, bytes_each_);
  if (memory_ || !file_.valid()) return memory_ != nullptr;
  for (std::size_t done = 0; done < bytes_each_;) {
    const ssize_t n =
        ::pread(file_.get(), bytes + done, bytes_each_ - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace facegan::data
