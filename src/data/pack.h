#pragma once
// The packed file: the pictures of a data set as the networks take them, bytes of one size, decoded once and
// shared by all runs that ask for the same. docs/packed.md is its format.
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "facegan/core/files.h"

namespace facegan::data {

// What a packed file must be of.
struct PackId {
  std::uint64_t key = 0;  // of the pictures and how they are decoded
  std::uint64_t count = 0, picture_bytes = 0;
};

class Pack {
 public:
  // Nothing when there is none, or when it is not whole; one that is damaged is named in the log.
  static std::optional<Pack> open(const std::filesystem::path& file, const PackId& id);

  bool usable(std::size_t i) const { return usable_[i] != 0; }
  // From any thread. False when the bytes are not those that were written: its block is checked by its sum
  // before the first picture of it is given out, and none is once somebody has written to the file again.
  bool read(std::size_t i, unsigned char* out) const;

  Pack(Pack&&) noexcept = default;

 private:
  Pack() = default;
  bool check(std::size_t block) const;
  bool is_as_opened() const;

  std::filesystem::path path_;
  core::Fd fd_;
  PackId id_;
  std::int64_t written_ns_ = 0;  // when it was last written to
  mutable std::unique_ptr<std::atomic<bool>> told_ = std::make_unique<std::atomic<bool>>(false);
  std::uint64_t data_at_ = 0;
  std::vector<unsigned char> usable_;
  std::vector<std::uint64_t> sums_;
  mutable std::vector<std::atomic<std::uint8_t>> checked_;  // 0 not yet, 1 whole, 2 damaged
};

std::uint64_t pack_bytes(const PackId& id);  // of the whole file

// The right to make a packed file: of the processes of a machine one has it at a time. On a file system that
// has no locks all have it, each writes its own file and the last one's stays.
class PackLock {
 public:
  // Nothing when another has it and `wait` is false. Error(io) when the folder cannot be written to.
  static std::optional<PackLock> take(const std::filesystem::path& file, bool wait);
  ~PackLock();
  PackLock(PackLock&&) noexcept = default;

 private:
  PackLock() = default;
  std::filesystem::path path_;
  core::Fd fd_;
};

// Writes it beside its place and renames it when it is whole. get: puts picture i to `out`, false when it is
// unusable; called from as many threads as there are workers. False when `stop` became true. Error(io);
// nothing is left then.
bool write_pack(const std::filesystem::path& file, const PackId& id, int workers,
                const std::function<bool(std::size_t i, unsigned char* out)>& get,
                const std::atomic<bool>& stop);

// Removes what processes left in the folder that were killed while they wrote one.
void remove_unfinished_packs(const std::filesystem::path& folder);

}  // namespace facegan::data
