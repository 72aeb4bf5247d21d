#include "facegan/data/loader.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>

#include "data/cache.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/random.h"

namespace facegan::data {
namespace {

using Order = std::vector<std::uint32_t>;

// A batch under way. Workers fill disjoint parts of its pixels without the lock.
struct Slot {
  Batch batch;
  std::vector<bool> flips;   // which of its pictures are mirrored; empty = none
  std::int64_t pending = 0;  // pictures still to come
  std::exception_ptr error;  // of the first picture in the batch that has one
  std::int64_t error_at = 0;
};

// Pictures first .. first + count - 1 of a batch: what a worker takes at a time.
struct Chunk {
  Slot* slot = nullptr;
  std::shared_ptr<const Order> order;
  std::int64_t first = 0, count = 0;
};

}  // namespace

// Batches are numbered from the one that start() named. A ring of slots holds number
// released_ .. released_ + ring - 1; the workers take chunks in ascending order, so whatever their
// number, the batch that is needed next is finished first.
struct Loader::State {
  State(std::shared_ptr<const Dataset> dataset, int size_px, int channels, const LoaderOptions& options);
  ~State() { stop(); }

  void start(std::int64_t epoch, std::int64_t position);
  const Batch& next();
  void stop();
  void work();
  bool take(Chunk& chunk);
  void open_batch();
  void draw_flips(Slot& slot);
  void fill(const Chunk& chunk);

  LoaderOptions options_;
  int size_px_, channels_;
  Cache cache_;
  std::int64_t steps_ = 0, chunk_ = 1;

  std::mutex mutex_;  // guards all below but the pixels
  std::condition_variable room_, ready_;
  std::vector<Slot> ring_;
  std::int64_t first_epoch_ = 0, first_position_ = 0;
  std::int64_t released_ = 0;   // batches that the caller has given back
  std::int64_t delivered_ = 0;  // batches that the caller has got
  std::int64_t opened_ = 0;     // batches that workers have begun
  std::int64_t taken_ = 0;      // pictures handed out of batch opened_ - 1
  std::int64_t order_epoch_ = -1;
  std::shared_ptr<const Order> order_;
  std::exception_ptr fatal_;       // of a worker, outside any picture
  std::atomic<bool> stop_{false};  // written under the mutex, so that no wait misses it
  std::vector<std::thread> threads_;
};

Loader::State::State(std::shared_ptr<const Dataset> dataset, int size_px, int channels,
                     const LoaderOptions& options)
    : options_(options),
      size_px_(size_px),
      channels_(channels),
      cache_(std::move(dataset), size_px, channels, options.memory_limit, options.fail_on_bad_image,
             options.pack_key) {
  const auto count = static_cast<std::int64_t>(cache_.size());
  if (options_.batch < 1 || options_.batch > count || count > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::internal,
                core::str("a loader of batch ", options_.batch, " over ", count, " pictures"));
  options_.workers = std::max(options_.workers, 1);
  options_.prefetch = std::max(options_.prefetch, 2);
  steps_ = count / options_.batch;
  // Small enough that all workers share a batch, large enough that taking one costs nothing.
  chunk_ = std::clamp<std::int64_t>(options_.batch / (options_.workers * 4), 1, 16);
}

void Loader::State::start(std::int64_t epoch, std::int64_t position) {
  if (epoch < 0 || position < 0 || position >= steps_)
    throw Error(ErrorKind::internal,
                core::str("a loader start at batch ", position, " of ", steps_, ", epoch ", epoch));
  stop();
  stop_ = false;
  fatal_ = nullptr;
  first_epoch_ = epoch, first_position_ = position;
  released_ = delivered_ = opened_ = taken_ = 0;
  ring_.clear();
  ring_.resize(static_cast<std::size_t>(options_.prefetch) + 1);  // one is in the caller's hands
  try {
    for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    if (threads_.empty())
      throw Error(ErrorKind::memory, core::str("cannot start a thread for the data: ", error.what()));
    core::log_warning("only ", threads_.size(), " of ", options_.workers, " data workers could be started");
  }
}

void Loader::State::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  room_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

const Batch& Loader::State::next() {
  std::unique_lock lock(mutex_);
  if (threads_.empty()) throw Error(ErrorKind::internal, "a loader was asked for a batch before start()");
  if (released_ < delivered_) {
    ++released_;
    room_.notify_all();
  }
  Slot& slot = ring_[static_cast<std::size_t>(delivered_) % ring_.size()];
  ready_.wait(lock, [&] { return fatal_ || (opened_ > delivered_ && slot.pending == 0); });
  if (fatal_) std::rethrow_exception(fatal_);
  if (slot.error) std::rethrow_exception(slot.error);
  ++delivered_;
  return slot.batch;
}

void Loader::State::work() {
  try {
    for (Chunk chunk; take(chunk);) fill(chunk);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!fatal_) fatal_ = std::current_exception();
    ready_.notify_all();
  }
}

// Waits for work; false when there will be none any more.
bool Loader::State::take(Chunk& chunk) {
  std::unique_lock lock(mutex_);
  const auto ring = static_cast<std::int64_t>(ring_.size());
  room_.wait(lock,
             [&] { return stop_ || (opened_ > 0 && taken_ < options_.batch) || opened_ < released_ + ring; });
  if (stop_) return false;
  if (opened_ == 0 || taken_ == options_.batch) open_batch();
  chunk.slot = &ring_[static_cast<std::size_t>(opened_ - 1) % ring_.size()];
  chunk.order = order_;
  chunk.first = taken_;
  chunk.count = std::min(chunk_, options_.batch - taken_);
  taken_ += chunk.count;
  return true;
}

void Loader::State::open_batch() {
  const std::int64_t step = first_position_ + opened_;
  Slot& slot = ring_[static_cast<std::size_t>(opened_) % ring_.size()];
  slot.batch.epoch = first_epoch_ + step / steps_;
  slot.batch.position = step % steps_;
  slot.batch.pixels.resize(static_cast<std::size_t>(options_.batch) * cache_.picture_bytes());
  slot.pending = options_.batch;
  slot.error = nullptr;
  if (options_.flip) draw_flips(slot);
  if (order_epoch_ != slot.batch.epoch) {
    if (order_epoch_ >= 0) cache_.pack_behind(options_.pack_at_least);
    order_ = std::make_shared<const Order>(core::permutation(options_.seed,
                                                             static_cast<std::uint64_t>(slot.batch.epoch),
                                                             static_cast<std::uint32_t>(cache_.size())));
    order_epoch_ = slot.batch.epoch;
  }
  ++opened_;
  taken_ = 0;
}

// A function of the seed and the number of the batch over all epochs.
void Loader::State::draw_flips(Slot& slot) {
  core::Random random(options_.seed, core::Purpose::flip,
                      static_cast<std::uint64_t>(slot.batch.epoch * steps_ + slot.batch.position));
  slot.flips.resize(static_cast<std::size_t>(options_.batch));
  for (std::size_t i = 0; i < slot.flips.size(); ++i) slot.flips[i] = random.next_u32() >> 31;
}

void Loader::State::fill(const Chunk& chunk) {
  std::exception_ptr error;
  std::int64_t error_at = 0;
  Batch& batch = chunk.slot->batch;
  const std::int64_t begin = batch.position * options_.batch;
  for (std::int64_t i = chunk.first; i < chunk.first + chunk.count && !error; ++i) {
    try {
      unsigned char* pixels = batch.pixels.data() + static_cast<std::size_t>(i) * cache_.picture_bytes();
      if (!cache_.fetch((*chunk.order)[static_cast<std::size_t>(begin + i)], pixels, stop_)) return;
      if (options_.flip && chunk.slot->flips[static_cast<std::size_t>(i)])
        image::mirror(pixels, size_px_, size_px_, channels_);
    } catch (...) {
      error = std::current_exception(), error_at = i;
    }
  }
  const std::lock_guard lock(mutex_);
  if (error && (!chunk.slot->error || error_at < chunk.slot->error_at))
    chunk.slot->error = error, chunk.slot->error_at = error_at;
  if ((chunk.slot->pending -= chunk.count) == 0) ready_.notify_all();
}

Loader::Loader(std::shared_ptr<const Dataset> dataset, int size_px, int channels,
               const LoaderOptions& options)
    : state_(std::make_unique<State>(std::move(dataset), size_px, channels, options)) {}
Loader::~Loader() = default;

std::int64_t Loader::steps_per_epoch() const {
  return state_->steps_;
}
void Loader::start(std::int64_t epoch, std::int64_t position) {
  state_->start(epoch, position);
}
const Batch& Loader::next() {
  return state_->next();
}
std::vector<std::string> Loader::unusable() const {
  return state_->cache_.unusable();
}

}  // namespace facegan::data
