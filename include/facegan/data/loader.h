#pragma once
// Batches of pictures, decoded ahead of the training loop by N workers. What a batch holds is a
// function of (seed, epoch, position) alone: slot i of the epoch is item permutation(seed, epoch)[i],
// whatever the number of workers, and so is whether it is mirrored. An unusable picture is replaced by the
// next usable one in the order of names (and logged once); the count of pictures in an epoch does not change
// by it.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

struct LoaderOptions {
  std::int64_t batch = 128;  // at most the size of the set
  std::vector<std::int64_t> rows;  // which of them this loader gives, of each batch; empty = all
  std::uint64_t seed = 1;
  int workers = 2;                 // at least 1
  int prefetch = 4;                // batches ready or under way, at least 2
  bool flip = false;               // mirror half of the pictures, left to right, drawn anew for every batch
  bool fail_on_bad_image = false;  // else replace and log
  std::uint64_t memory_limit = 0;  // bytes of decoded pictures kept in memory, 0 = a quarter of the
                                   // machine's; a larger set goes to a temporary file in the cache folder
  std::uint64_t pack_at_least = 64u << 20;  // bytes: smaller sets are decoded again in a moment
  std::uint64_t pack_at_most = UINT64_MAX;  // bytes of all packed files together, this one among them
  std::uint64_t pack_key = 0;  // of the packed file to use, or to make after an epoch (packed.h); 0 = none
};

struct Batch {
  std::int64_t epoch = 0;             // from 0
  std::int64_t position = 0;          // of this batch in its epoch, from 0
  std::vector<std::uint32_t> items;   // [N], of those asked for: which pictures of the set
  std::vector<unsigned char> flips;   // [N] of 0 and 1: which of them are mirrored; empty = none
  std::vector<unsigned char> pixels;  // [N, H, W, C] bytes
};

class Loader {
 public:
  Loader(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
         const LoaderOptions& options);
  ~Loader();  // stops and joins the workers, whatever they are doing

  std::int64_t steps_per_epoch() const;  // floor(pictures / batch)
  // Starts at a batch of an epoch; the batches then run on through all later epochs.
  void start(std::int64_t epoch, std::int64_t position);
  void stop();  // until the next start()
  // The next batch; valid until the next call. Waits for the workers; rethrows their error
  // (Error(data): no usable picture left, or a bad one with fail_on_bad_image).
  const Batch& next();

  // For a caller that keeps the pictures itself: what a batch is made of, without pixels (while stopped, from
  // one thread); and picture `item` as a batch would have it, not mirrored.
  const Batch& describe(std::int64_t epoch, std::int64_t position);
  void picture(std::uint32_t item, unsigned char* out);
  std::size_t pictures() const;
  // Whose pixels those of item `item` are, once a batch had it: another's where it cannot be used.
  std::uint32_t shown(std::uint32_t item) const;

  std::vector<std::string> unusable() const;  // "NAME: reason" of pictures replaced so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace facegan::data
