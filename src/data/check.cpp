// Reads every picture of a data set once and counts what cannot be used.
#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "data/large_turn.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/data/dataset.h"
#include "facegan/machine/workers.h"

namespace facegan::data {
namespace {

using Digest =
    std::pair<std::uint64_t, std::uint64_t>;  // of the stored bytes; 128 bits do not collide by chance

class Check {
 public:
  Check(const Dataset& dataset, const std::function<void(std::uint64_t)>& progress)
      : dataset_(dataset), progress_(progress) {
    digests_.reserve(dataset.size());
  }

  CheckResult run(int workers) {
    machine::for_each_index(dataset_.size(), workers, [this](std::size_t i) {
      check_one(i);
      return true;
    });
    CheckResult result;
    result.selected = dataset_.size();
    result.unusable = unusable_.size();
    for (auto& [index, reason] : unusable_) {
      result.names_unusable.push_back(dataset_.name(index));
      result.reasons_unusable.push_back(std::move(reason));
    }
    std::sort(digests_.begin(), digests_.end());
    const auto distinct = std::unique(digests_.begin(), digests_.end()) - digests_.begin();
    result.duplicate = digests_.size() - static_cast<std::size_t>(distinct);
    return result;
  }

 private:
  Digest digest_of(std::size_t index) const {
    const LargeTurn turn(dataset_.stored_size(index));
    const std::string bytes = dataset_.encoded(index);
    return {core::xxh64(bytes.data(), bytes.size(), 1), core::xxh64(bytes.data(), bytes.size(), 2)};
  }

  void check_one(std::size_t index) {
    std::string reason;
    bool readable = false;
    Digest digest;
    try {
      digest = digest_of(index);
      readable = true;
      dataset_.get(index);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      reason = error.what();
    }
    const std::lock_guard lock(mutex_);
    if (readable) digests_.push_back(digest);
    if (!reason.empty()) unusable_.emplace(index, std::move(reason));
    if (progress_) progress_(++done_);
  }

  const Dataset& dataset_;
  const std::function<void(std::uint64_t)>& progress_;
  std::mutex mutex_;  // guards all below
  std::uint64_t done_ = 0;
  std::vector<Digest> digests_;
  std::map<std::size_t, std::string> unusable_;
};

}  // namespace

CheckResult check_dataset(const Dataset& dataset, int workers,
                          const std::function<void(std::uint64_t)>& progress) {
  return Check(dataset, progress).run(workers);
}

}  // namespace facegan::data
