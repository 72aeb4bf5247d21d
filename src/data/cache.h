#pragma once
// get() of a data set with a memory: what was decoded once is not decoded again, and pictures that
// cannot be used are replaced. Both are a function of the data set alone, not of who asks first.
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "data/pack.h"
#include "data/slots.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

class Cache {
 public:
  // pack_key: of the packed file of the whole set to take the pictures from, or to make; 0 = none.
  Cache(std::shared_ptr<const Dataset> dataset, const core::Size& size, int channels,
        std::uint64_t memory_limit, bool fail_on_bad_image, std::uint64_t pack_key = 0);
  ~Cache();  // breaks off what pack_behind() began

  std::size_t size() const { return state_.size(); }
  std::size_t picture_bytes() const { return picture_bytes_; }
  // Writes picture `index`, or the next usable one after it (the first follows the last), to out.
  // From any thread. False when `stop` became true before there was one: a set of nothing but unusable
  // pictures takes long. Error(data): none is usable, or this one is not and fail_on_bad_image is set.
  // Error(io): one cannot be read, nor could it be for a quarter of a minute.
  bool fetch(std::size_t index, unsigned char* out, const std::atomic<bool>& stop);
  // The one that fetch() took, once it did.
  std::size_t usable_from(std::size_t index) const;
  // Picture `index` itself; false when it is unusable. Errors as of fetch().
  bool get(std::size_t index, unsigned char* out, const std::atomic<bool>& stop);
  std::vector<std::string> unusable() const;  // "NAME: reason", in the order of names

  bool is_packed() const { return pack_.has_value(); }
  // Makes the packed file in a thread, once, when the set is that large and nearly all of it has been
  // decoded, and when at least as much room stays on the disk. A failure is only logged.
  void pack_behind(std::uint64_t at_least_bytes, std::uint64_t at_most_bytes);

 private:
  // busy: a thread is decoding it; others that need it wait, so nothing is decoded twice.
  enum State : std::uint8_t { unknown, busy, kept, bad };

  // Error(data) for an unusable picture.
  void copy(const Dataset& set, std::size_t index, unsigned char* out) const;
  void copy_patiently(const Dataset& set, std::size_t index, unsigned char* out,
                      const std::atomic<bool>& stop);
  bool decode(std::size_t index, unsigned char* out, const std::atomic<bool>& stop);
  bool keep(std::size_t index, const unsigned char* pixels);
  void write_packed(std::uint64_t at_most_bytes);
  void note_bad(std::size_t index, const std::string& reason);

  std::shared_ptr<const Dataset> dataset_;
  core::Size size_;
  int channels_;
  std::size_t picture_bytes_;
  bool fail_on_bad_image_;
  PackId pack_id_;
  std::optional<Pack> pack_;
  Slots slots_;
  std::vector<std::atomic<State>> state_;
  std::atomic<bool> slots_work_{true};
  std::atomic<std::size_t> settled_{0};  // pictures kept or known to be bad
  std::atomic<bool> stop_packing_{false}, packing_{false}, has_waited_{false};
  std::atomic<double> trouble_since_s_{0};  // since when nothing could be read; 0: it can
  std::thread packer_;
  mutable std::mutex mutex_;  // guards unusable_
  std::map<std::size_t, std::string> unusable_;
};

}  // namespace facegan::data
