#include "data/cache.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/data/packed.h"

namespace facegan::data {
namespace {

constexpr std::chrono::milliseconds kLongestPause{2000};
constexpr double kPatience_s = 15;       // for all pictures together, until one can be read
constexpr std::size_t kNamedInLog = 20;  // more unusable pictures than these are only counted

}  // namespace

Cache::Cache(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
             std::uint64_t memory_limit, bool fail_on_bad_image, std::uint64_t pack_key)
    : dataset_(std::move(dataset)),
      size_(size),
      channels_(channels),
      picture_bytes_(static_cast<std::size_t>(size.pixels() * channels)),
      fail_on_bad_image_(fail_on_bad_image),
      pack_id_{pack_key, dataset_->whole().size(), picture_bytes_},
      pack_(pack_key ? Pack::open(pack_file(pack_key), pack_id_) : std::nullopt),
      slots_(dataset_->is_memory() || pack_ ? 0 : dataset_->size(), picture_bytes_, memory_limit),
      state_(dataset_->size()),
      slots_work_(slots_.has_room()) {
  if (!pack_) return;
  core::log_info("decoded pictures from ", core::printable(pack_file(pack_key).string()));
  // Unusable ones are decoded again: that says why.
  for (std::size_t i = 0; i < state_.size(); ++i)
    if (pack_->usable(dataset_->in_whole(i))) state_[i] = kept;
}

Cache::~Cache() {
  stop_packing_ = true;
  if (packer_.joinable()) packer_.join();
}

void Cache::write_packed(std::uint64_t at_most_bytes) {
  const std::filesystem::path file = pack_file(pack_id_.key);
  const auto lock = PackLock::take(file, false);
  if (!lock) {
    core::log_info("another process makes ", core::printable(file.string()),
                   ": the decoded pictures of this one are not kept for other runs");
    return;
  }
  if (Pack::open(file, pack_id_)) return;  // another process was first; this one has decoded all of them, too
  // Checkpoints need theirs.
  if (core::free_disk_bytes(file) / 2 < pack_bytes(pack_id_))
    throw Error(ErrorKind::io, core::str(core::human_bytes(pack_bytes(pack_id_)),
                                         " would take more than half of "
                                         "the room on the disk of ",
                                         core::printable(file.string())));
  std::uint64_t all = pack_bytes(pack_id_);
  for (const PackedFile& other : packed_files()) all += other.path == file ? 0 : other.bytes;
  if (all > at_most_bytes)
    throw Error(ErrorKind::io,
                core::str("all packed files would take ", core::human_bytes(all), ", more than the ",
                          core::human_bytes(at_most_bytes), " of --packed-gib",
                          pack_bytes(pack_id_) > at_most_bytes
                              ? ""
                              : "; 'facegan data prune' removes those that are there"));
  // This set's index of each picture of the whole one; its size: it has none.
  std::vector<std::uint32_t> own(pack_id_.count, static_cast<std::uint32_t>(size()));
  for (std::size_t i = 0; i < size(); ++i) own[dataset_->in_whole(i)] = static_cast<std::uint32_t>(i);
  const auto get_of_whole = [&](std::size_t at, unsigned char* out) {
    if (own[at] < size()) return get(own[at], out, stop_packing_);
    try {
      copy_patiently(dataset_->whole(), at, out, stop_packing_);
      return true;
    } catch (const Error& error) {  // none that trains
      if (error.kind() != ErrorKind::data) throw;
      return false;
    }
  };
  if (write_pack(file, pack_id_, 1, get_of_whole, stop_packing_))
    core::log_info("the decoded pictures (", core::human_bytes(pack_bytes(pack_id_)), ") are kept in ",
                   core::printable(file.string()), " for other runs; 'facegan data prune' removes them");
}

void Cache::pack_behind(std::uint64_t at_least_bytes, std::uint64_t at_most_bytes) {
  const bool pays = pack_id_.key != 0 && !pack_ && pack_id_.count * picture_bytes_ >= at_least_bytes;
  if (!pays || settled_ < state_.size() / 20 * 19 || packing_.exchange(true)) return;
  try {
    packer_ = std::thread([this, at_most_bytes] {
      try {
        write_packed(at_most_bytes);
      } catch (const std::exception& error) {  // a full disk costs the next run some time, no more
        core::log_info("the decoded pictures are not kept for other runs: ", error.what());
      }
    });
  } catch (const std::system_error&) {  // no thread to be had
  }
}

bool Cache::fetch(std::size_t index, unsigned char* out, const std::atomic<bool>& stop) {
  const std::size_t count = state_.size();
  for (std::size_t step = 0; step < count; ++step) {
    if (stop) return false;
    if (get((index + step) % count, out, stop)) return true;
  }
  throw Error(ErrorKind::data,
              core::str("none of the ", core::with_thousands(static_cast<std::int64_t>(count)),
                        " pictures can be used; the first: ", unusable().front()));
}

std::size_t Cache::usable_from(std::size_t index) const {
  const std::size_t count = state_.size();
  std::size_t step = 0;
  while (step < count && state_[(index + step) % count].load(std::memory_order_acquire) == bad) ++step;
  return (index + step) % count;
}

bool Cache::get(std::size_t index, unsigned char* out, const std::atomic<bool>& stop) {
  std::atomic<State>& state = state_[index];
  State now = state.load(std::memory_order_acquire);
  do {
    while (now == busy) {
      state.wait(busy, std::memory_order_acquire);
      now = state.load(std::memory_order_acquire);
    }
    if (now == bad) return false;
    if (now == kept && (pack_ ? pack_->read(dataset_->in_whole(index), out) : slots_.read(index, out)))
      return true;
  } while (!state.compare_exchange_weak(now, busy, std::memory_order_acq_rel));

  const auto settle = [&](State result) {
    state.store(result, std::memory_order_release);
    state.notify_all();
  };
  try {
    const bool usable = decode(index, out, stop);
    const State result = !usable ? bad : keep(index, out) ? kept : unknown;
    settle(result);
    if (result != unknown) ++settled_;
    return usable;
  } catch (...) {
    settle(unknown);
    throw;
  }
}

bool Cache::keep(std::size_t index, const unsigned char* pixels) {
  if (!slots_work_.load(std::memory_order_relaxed)) return false;
  if (slots_.write(index, pixels)) return true;
  if (slots_work_.exchange(false))
    core::log_warning(
        "the temporary file of decoded pictures cannot grow (disk full?); "
        "the rest is decoded again every epoch");
  return false;
}

void Cache::copy(const Dataset& set, std::size_t index, unsigned char* out) const {
  const image::Image picture = set.get(index);
  if (core::Size(picture.width, picture.height) != size_ || picture.channels != channels_)
    throw Error(ErrorKind::internal,
                core::str(set.name(index), " came as ", picture.width, "x", picture.height, "x",
                          picture.channels, " instead of ", size_.both(), "x", channels_));
  std::memcpy(out, picture.pixels.data(), picture_bytes_);
}

// What cannot be read now is not bad: a disk that hangs for a moment must not change what a run learns from.
void Cache::copy_patiently(const Dataset& set, std::size_t index, unsigned char* out,
                           const std::atomic<bool>& stop) {
  using namespace std::chrono_literals;
  const auto to_stop = [&] { return stop || core::stop_signal() != 0; };
  for (auto pause = 100ms;; pause = std::min(2 * pause, kLongestPause)) {
    try {
      copy(set, index, out);
      trouble_since_s_ = 0;
      return;
    } catch (const Error& error) {
      double none = 0;
      if (error.kind() == ErrorKind::io) trouble_since_s_.compare_exchange_strong(none, core::now_s());
      if (error.kind() != ErrorKind::io || core::now_s() - trouble_since_s_ > kPatience_s || to_stop()) throw;
      if (!has_waited_.exchange(true)) core::log_warning(error.what(), "; trying again");
    }
    for (auto waited = 0ms; waited < pause && !to_stop(); waited += 20ms) std::this_thread::sleep_for(20ms);
  }
}

// False for an unusable picture, which is then noted; every other error goes to the caller.
bool Cache::decode(std::size_t index, unsigned char* out, const std::atomic<bool>& stop) {
  try {
    copy_patiently(*dataset_, index, out, stop);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data || fail_on_bad_image_) throw;
    note_bad(index, error.what());
    return false;
  }
}

void Cache::note_bad(std::size_t index, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!unusable_.emplace(index, reason).second) return;
  if (unusable_.size() <= kNamedInLog) core::log_warning("unusable picture replaced by the next: ", reason);
  if (unusable_.size() == kNamedInLog) core::log_warning("further unusable pictures are counted, not named");
}

std::vector<std::string> Cache::unusable() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [index, reason] : unusable_) all.push_back(reason);
  return all;
}

}  // namespace facegan::data
