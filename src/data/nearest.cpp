#include "facegan/data/nearest.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>
#include <tuple>

#include "data/pack.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/data/packed.h"
#include "facegan/machine/workers.h"

namespace facegan::data {
namespace {

using Pixels = std::vector<unsigned char>;
constexpr std::size_t kTogether = 32;  // pictures of the set between two looks at what others have found

struct Found {
  std::uint64_t square;
  std::size_t index;
  bool mirrored;
  bool operator<(const Found& other) const {
    return std::tie(square, index) < std::tie(other.square, other.index);
  }
};

// The nearest so far of one picture, in order.
class Best {
 public:
  explicit Best(std::size_t count) : count_(count) {}
  void offer(const Found& found) {
    if (all_.size() == count_ && !(found < all_.back())) return;
    all_.insert(std::upper_bound(all_.begin(), all_.end(), found), found);
    if (all_.size() > count_) all_.pop_back();
  }
  const std::vector<Found>& all() const { return all_; }

 private:
  std::size_t count_;
  std::vector<Found> all_;
};

std::optional<Pack> open_pack(const DatasetOptions& set, const Dataset& dataset,
                              std::uint64_t picture_bytes) {
  const std::uint64_t key = pack_key(set, dataset);
  if (key == 0) return {};
  return Pack::open(pack_file(key), {key, dataset.whole().size(), picture_bytes});
}

class Search {
 public:
  Search(const DatasetOptions& set, const Dataset& dataset, const std::vector<image::Image>& pictures,
         const NearestOptions& options)
      : dataset_(dataset),
        options_(options),
        bytes_(static_cast<std::size_t>(set.size.pixels() * set.channels)),
        pack_(open_pack(set, dataset, bytes_)) {
    for (const image::Image& picture : pictures) {
      if (picture.pixels.size() != bytes_)
        throw Error(ErrorKind::internal, "a picture of another size than the set's");
      pictures_.push_back(picture.pixels);
      // The distance to a mirrored picture is that of the mirrored one to the picture.
      if (!options.mirrored) continue;
      mirrored_.push_back(picture.pixels);
      image::mirror(mirrored_.back().data(), picture.width, picture.height, picture.channels);
    }
    best_.assign(pictures.size(), Best(static_cast<std::size_t>(options.count)));
  }

  void run(const std::function<void(std::uint64_t)>& progress) {
    const std::size_t size = dataset_.size();
    machine::for_each_index((size + kTogether - 1) / kTogether, options_.workers, [&](std::size_t block) {
      const std::size_t begin = block * kTogether, end = std::min(size, begin + kTogether);
      std::vector<Best> found(pictures_.size(), Best(static_cast<std::size_t>(options_.count)));
      Pixels pixels(bytes_);
      std::string reason;
      for (std::size_t i = begin; i < end; ++i)
        if (read(i, pixels, reason)) compare(i, pixels, found);
      const std::lock_guard lock(mutex_);
      for (std::size_t q = 0; q < found.size(); ++q)
        for (const Found& one : found[q].all()) best_[q].offer(one);
      if (reason_.empty()) reason_ = reason;
      done_ += end - begin;
      if (progress) progress(done_);
      return true;
    });
  }

  std::vector<std::vector<Neighbour>> result() const {
    std::vector<std::vector<Neighbour>> out;
    for (const Best& best : best_) {
      if (best.all().empty())
        throw Error(ErrorKind::data, core::str("none of the ", dataset_.size(),
                                               " pictures can be used; one of them: ", reason_));
      auto& neighbours = out.emplace_back();
      for (const auto& [square, index, mirrored] : best.all())
        neighbours.push_back(
            {index, std::sqrt(static_cast<double>(square) / static_cast<double>(bytes_)), mirrored});
    }
    return out;
  }

 private:
  bool read(std::size_t i, Pixels& pixels, std::string& reason) const {
    if (pack_) {
      const std::size_t there = dataset_.in_whole(i);
      if (!pack_->usable(there)) return false;
      if (pack_->read(there, pixels.data())) return true;
    }
    try {
      pixels = dataset_.get(i).pixels;
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      if (reason.empty()) reason = error.what();
      return false;
    }
  }

  void compare(std::size_t i, const Pixels& pixels, std::vector<Best>& found) const {
    for (std::size_t q = 0; q < pictures_.size(); ++q) {
      Found one{square_distance(pictures_[q].data(), pixels.data(), bytes_), i, false};
      if (options_.mirrored) {
        const auto square = square_distance(mirrored_[q].data(), pixels.data(), bytes_);
        if (square < one.square) one.square = square, one.mirrored = true;
      }
      found[q].offer(one);
    }
  }

  const Dataset& dataset_;
  const NearestOptions& options_;
  const std::size_t bytes_;  // of a picture
  const std::optional<Pack> pack_;
  std::vector<Pixels> pictures_, mirrored_;
  std::mutex mutex_;  // guards all below
  std::vector<Best> best_;
  std::string reason_;  // why a picture could not be used
  std::uint64_t done_ = 0;
};

}  // namespace

// By pieces whose sums fit 32 bits, which become SIMD.
std::uint64_t square_distance(const unsigned char* a, const unsigned char* b, std::size_t count) {
  constexpr std::size_t kPiece = 1u << 14;
  std::uint64_t total = 0;
  for (std::size_t at = 0; at < count; at += kPiece) {
    const std::size_t end = std::min(count, at + kPiece);
    std::int32_t sum = 0;
    for (std::size_t i = at; i < end; ++i) {
      const auto difference = static_cast<std::int16_t>(a[i] - b[i]);
      sum += difference * difference;
    }
    total += static_cast<std::uint64_t>(sum);
  }
  return total;
}

std::vector<std::vector<Neighbour>> nearest_pictures(const DatasetOptions& set, const Dataset& dataset,
                                                     const std::vector<image::Image>& pictures,
                                                     const NearestOptions& options,
                                                     const std::function<void(std::uint64_t)>& progress) {
  Search search(set, dataset, pictures, options);
  search.run(progress);
  return search.result();
}

}  // namespace facegan::data
