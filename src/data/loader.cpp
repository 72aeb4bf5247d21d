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
#include "facegan/machine/limits.h"

namespace facegan::data {
namespace {

// A batch under way. Workers fill disjoint parts of its pixels without the lock.
struct Slot {
  Batch batch;
  std::int64_t pending = 0;  // pictures still to come
  std::exception_ptr error;  // of the first picture in the batch that has one
  std::int64_t error_at = 0;
};

// Pictures first .. first + count - 1 of a batch: what a worker takes at a time.
struct Chunk {
  Slot* slot = nullptr;
  std::int64_t first = 0, count = 0;
};

}  // namespace

// Batches are numbered from the one that start() named. A ring of slots holds number
// released_ .. released_ + ring - 1; the workers take chunks in ascending order, so whatever their
// number, the batch that is needed next is finished first.
struct Loader::State {
  State(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
        const LoaderOptions& options);
  ~State() { stop(); }

  void start(std::int64_t epoch, std::int64_t position);
  const Batch& next();
  void stop();
  void work();
  bool take(Chunk& chunk);
  void open_batch();
  void draw(Batch& batch, std::int64_t epoch, std::int64_t position);
  void fill(const Chunk& chunk);
  template <class T>
  void keep_rows(std::vector<T>& all) const;

  LoaderOptions options_;
  core::Size size_;
  int channels_;
  Cache cache_;
  std::int64_t steps_ = 0, chunk_ = 1;
  std::int64_t rows_ = 0;  // pictures that are given of each batch

  std::mutex mutex_;  // guards all below but the pixels
  std::condition_variable room_, ready_;
  std::vector<Slot> ring_;
  std::int64_t first_epoch_ = 0, first_position_ = 0;
  std::int64_t released_ = 0;   // batches that the caller has given back
  std::int64_t delivered_ = 0;  // batches that the caller has got
  std::int64_t opened_ = 0;     // batches that workers have begun
  std::int64_t taken_ = 0;      // pictures handed out of batch opened_ - 1
  std::int64_t order_epoch_ = -1;
  std::vector<std::uint32_t> order_;
  Batch described_;                // without pixels
  std::exception_ptr fatal_;       // of a worker, outside any picture
  std::atomic<bool> stop_{false};  // written under the mutex, so that no wait misses it
  std::vector<std::thread> threads_;
};

Loader::State::State(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
                     const LoaderOptions& options)
    : options_(options),
      size_(size),
      channels_(channels),
      cache_(std::move(dataset), size, channels, options.memory_limit, options.fail_on_bad_image,
             options.pack_key) {
  const auto count = static_cast<std::int64_t>(cache_.size());
  if (options_.batch < 1 || options_.batch > count || count > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::internal,
                core::str("a loader of batch ", options_.batch, " over ", count, " pictures"));
  options_.workers = std::max(options_.workers, 1);
  options_.prefetch = std::max(options_.prefetch, 2);
  steps_ = count / options_.batch;
  // Small enough that all workers share a batch, large enough that taking one costs nothing.
  rows_ = options_.rows.empty() ? options_.batch : static_cast<std::int64_t>(options_.rows.size());
  chunk_ = std::clamp<std::int64_t>(rows_ / (options_.workers * 4), 1, 16);
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
      throw Error(ErrorKind::memory, core::str("cannot start a thread for the data (", error.what(),
                                               "): ", machine::kNoMoreThreads));
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
  room_.wait(lock, [&] { return stop_ || (opened_ > 0 && taken_ < rows_) || opened_ < released_ + ring; });
  if (stop_) return false;
  if (opened_ == 0 || taken_ == rows_) open_batch();
  chunk.slot = &ring_[static_cast<std::size_t>(opened_ - 1) % ring_.size()];
  chunk.first = taken_;
  chunk.count = std::min(chunk_, rows_ - taken_);
  taken_ += chunk.count;
  return true;
}

void Loader::State::open_batch() {
  const std::int64_t step = first_position_ + opened_;
  Slot& slot = ring_[static_cast<std::size_t>(opened_) % ring_.size()];
  const std::int64_t epoch = first_epoch_ + step / steps_;
  if (order_epoch_ >= 0 && order_epoch_ != epoch)
    cache_.pack_behind(options_.pack_at_least, options_.pack_at_most);
  draw(slot.batch, epoch, step % steps_);
  slot.batch.pixels.resize(static_cast<std::size_t>(rows_) * cache_.picture_bytes());
  slot.pending = rows_;
  slot.error = nullptr;
  ++opened_;
  taken_ = 0;
}

// Items and flips: a function of the seed, and of the epoch or the number of the batch over all epochs.
void Loader::State::draw(Batch& batch, std::int64_t epoch, std::int64_t position) {
  if (order_epoch_ != epoch) {
    order_ = core::permutation(options_.seed, static_cast<std::uint64_t>(epoch),
                               static_cast<std::uint32_t>(cache_.size()));
    order_epoch_ = epoch;
  }
  batch.epoch = epoch, batch.position = position;
  const auto first = order_.begin() + position * options_.batch;
  batch.items.assign(first, first + options_.batch);
  keep_rows(batch.items);
  if (!options_.flip) return;
  core::Random random(options_.seed, core::Purpose::flip,
                      static_cast<std::uint64_t>(epoch * steps_ + position));
  batch.flips.resize(static_cast<std::size_t>(options_.batch));
  for (unsigned char& flip : batch.flips) flip = static_cast<unsigned char>(random.next_u32() >> 31);
  keep_rows(batch.flips);
}

template <class T>
void Loader::State::keep_rows(std::vector<T>& all) const {
  if (options_.rows.empty()) return;
  std::vector<T> kept;
  for (const std::int64_t row : options_.rows) kept.push_back(all[static_cast<std::size_t>(row)]);
  all = std::move(kept);
}

void Loader::State::fill(const Chunk& chunk) {
  std::exception_ptr error;
  std::int64_t error_at = 0;
  Batch& batch = chunk.slot->batch;
  for (std::int64_t i = chunk.first; i < chunk.first + chunk.count && !error; ++i) {
    try {
      const auto at = static_cast<std::size_t>(i);
      unsigned char* pixels = batch.pixels.data() + at * cache_.picture_bytes();
      if (!cache_.fetch(batch.items[at], pixels, stop_)) return;
      if (options_.flip && batch.flips[at])
        image::mirror(pixels, static_cast<int>(size_.width), static_cast<int>(size_.height), channels_);
    } catch (...) {
      error = std::current_exception(), error_at = i;
    }
  }
  const std::lock_guard lock(mutex_);
  if (error && (!chunk.slot->error || error_at < chunk.slot->error_at))
    chunk.slot->error = error, chunk.slot->error_at = error_at;
  if ((chunk.slot->pending -= chunk.count) == 0) ready_.notify_all();
}

Loader::Loader(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
               const LoaderOptions& options)
    : state_(std::make_unique<State>(std::move(dataset), size, channels, options)) {}
Loader::~Loader() = default;

std::int64_t Loader::steps_per_epoch() const {
  return state_->steps_;
}
void Loader::start(std::int64_t epoch, std::int64_t position) {
  state_->start(epoch, position);
}
void Loader::stop() {
  state_->stop();
}
const Batch& Loader::next() {
  return state_->next();
}
const Batch& Loader::describe(std::int64_t epoch, std::int64_t position) {
  state_->draw(state_->described_, epoch, position);
  return state_->described_;
}
void Loader::picture(std::uint32_t item, unsigned char* out) {
  const std::atomic<bool> never{false};
  state_->cache_.fetch(item, out, never);
}
std::size_t Loader::pictures() const {
  return state_->cache_.size();
}
std::uint32_t Loader::shown(std::uint32_t item) const {
  return static_cast<std::uint32_t>(state_->cache_.usable_from(item));
}
std::vector<std::string> Loader::unusable() const {
  return state_->cache_.unusable();
}

}  // namespace facegan::data
