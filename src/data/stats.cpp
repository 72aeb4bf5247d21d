#include "facegan/data/stats.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "facegan/core/error.h"
#include "facegan/machine/workers.h"

namespace facegan::data {
namespace {

// Whole numbers, so that the order of the pictures does not show.
struct Sums {
  std::vector<std::uint64_t> values, squares;  // of each channel
  std::uint64_t luma = 0;                      // in thousandths
};

Sums sums_of(const image::Image& picture) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  constexpr std::uint64_t kLuma[] = {299, 587, 114};
  Sums sums{std::vector<std::uint64_t>(channels), std::vector<std::uint64_t>(channels)};
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    const std::uint64_t value = picture.pixels[i];
    sums.values[i % channels] += value;
    sums.squares[i % channels] += value * value;
  }
  for (std::size_t c = 0; c < channels; ++c) sums.luma += sums.values[c] * (channels == 1 ? 1000 : kLuma[c]);
  return sums;
}

Spread spread_of(std::vector<int>& values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values.front(), values[(values.size() - 1) / 2], values.back()};
}

class Reader {
 public:
  Reader(const Dataset& dataset, const std::function<void(std::uint64_t)>& progress)
      : dataset_(dataset), progress_(progress) {}

  Stats run(int workers) {
    machine::for_each_index(dataset_.size(), workers, [this](std::size_t i) {
      read(i);
      return true;
    });
    stats_.selected = dataset_.size();
    stats_.unusable = reasons_.size();
    for (auto& [index, reason] : reasons_) stats_.reasons_unusable.push_back(std::move(reason));
    stats_.width = spread_of(widths_), stats_.height = spread_of(heights_);
    for (std::size_t c = 0; c < totals_.values.size(); ++c) {
      const auto n = static_cast<double>(pixels_), mean = static_cast<double>(totals_.values[c]) / n;
      stats_.mean.push_back(mean);
      stats_.deviation.push_back(
          std::sqrt(std::max(0.0, static_cast<double>(totals_.squares[c]) / n - mean * mean)));
    }
    return std::move(stats_);
  }

 private:
  void read(std::size_t index) {
    std::string reason;
    image::Facts facts;
    image::Image picture;
    try {
      facts = dataset_.original(index);
      picture = dataset_.get(index);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      reason = error.what();
    }
    const Sums sums = reason.empty() ? sums_of(picture) : Sums{};
    const std::lock_guard lock(mutex_);
    if (reason.empty())
      add(facts, sums, static_cast<std::uint64_t>(picture.width) * picture.height);
    else
      reasons_.emplace(index, std::move(reason));
    if (progress_) progress_(++done_);
  }

  void add(const image::Facts& facts, const Sums& sums, std::uint64_t pixels) {
    if (!facts.format.empty()) {
      ++stats_.formats[facts.format];
      widths_.push_back(facts.width), heights_.push_back(facts.height);
    }
    totals_.values.resize(sums.values.size()), totals_.squares.resize(sums.values.size());
    for (std::size_t c = 0; c < sums.values.size(); ++c)
      totals_.values[c] += sums.values[c], totals_.squares[c] += sums.squares[c];
    pixels_ += pixels;
    ++stats_.brightness[sums.luma / (1000 * pixels) * Stats::kBins / 256];
  }

  const Dataset& dataset_;
  const std::function<void(std::uint64_t)>& progress_;
  std::mutex mutex_;  // guards all below
  std::uint64_t done_ = 0, pixels_ = 0;
  Sums totals_;
  Stats stats_;
  std::vector<int> widths_, heights_;
  std::map<std::size_t, std::string> reasons_;
};

}  // namespace

Stats dataset_stats(const Dataset& dataset, int workers, const std::function<void(std::uint64_t)>& progress) {
  return Reader(dataset, progress).run(workers);
}

}  // namespace facegan::data
