#pragma once
// Packed files: the pictures of a data set decoded once, shared by all runs that ask for the same pictures in
// the same size, and made by the first of them (or by `facegan data pack`). They lie in the cache folder and
// may go at any time.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

// Of the pictures of dataset.whole() (names, sizes, times of change), which is what the file holds, of how
// they are decoded, and of this version of facegan. 0 when the set is in memory anyway, or drawn.
std::uint64_t pack_key(const DatasetOptions& options, const Dataset& dataset);

std::filesystem::path pack_folder();  // packed/ in the cache folder
std::filesystem::path pack_file(std::uint64_t key);

struct PackResult {
  std::filesystem::path file;
  std::uint64_t pictures = 0, unusable = 0, bytes = 0;
  bool was_there = false;
};
// Error(io) when it cannot be written; Error(data) when no picture can be used. progress as in check_dataset.
PackResult pack(const DatasetOptions& options, int workers,
                const std::function<void(std::uint64_t)>& progress = {});

// All packed files there are, and removing them; one that a run reads from stays readable for it.
struct PackedFile {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};
std::vector<PackedFile> packed_files();
// Those that were removed. Error(io) names one that cannot be.
std::vector<PackedFile> prune_packed_files();

}  // namespace facegan::data
