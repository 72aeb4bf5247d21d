#pragma once
// get() of a data set with a memory: what was decoded once is not decoded again, and pictures that
// cannot be used are replaced. Both are a function of the data set alone, not of who asks first.
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/slots.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

class Cache {
 public:
  Cache(std::shared_ptr<const Dataset> dataset, int size_px, int channels, std::uint64_t memory_limit,
        bool fail_on_bad_image);

  std::size_t size() const { return state_.size(); }
  std::size_t picture_bytes() const { return picture_bytes_; }
  // Writes picture `index`, or the next usable one after it (the first follows the last), to out.
  // From any thread. False when `stop` became true before there was one: a set of nothing but unusable
  // pictures takes long. Error(data): none is usable, or this one is not and fail_on_bad_image is set.
  bool fetch(std::size_t index, unsigned char* out, const std::atomic<bool>& stop);
  std::vector<std::string> unusable() const;  // "NAME: reason", in the order of names

 private:
  // busy: a thread is decoding it; others that need it wait, so nothing is decoded twice.
  enum State : std::uint8_t { unknown, busy, kept, bad };

  bool fetch_one(std::size_t index, unsigned char* out);
  bool decode(std::size_t index, unsigned char* out);
  bool keep(std::size_t index, const unsigned char* pixels);
  void note_bad(std::size_t index, const std::string& reason);

  std::shared_ptr<const Dataset> dataset_;
  int size_px_, channels_;
  std::size_t picture_bytes_;
  bool fail_on_bad_image_;
  Slots slots_;
  std::vector<std::atomic<State>> state_;
  std::atomic<bool> slots_work_{true};
  mutable std::mutex mutex_;  // guards unusable_
  std::map<std::size_t, std::string> unusable_;
};

}  // namespace facegan::data
