#include "facegan/data/packed.h"

#include <atomic>
#include <memory>
#include <thread>

#include "data/cache.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr const char* kSuffix = ".pack";
constexpr int kDecoding = 1;  // to be raised when pictures come out of the decoders otherwise than before

// Every picture, so that all are kept or known to be unusable.
void decode_all(Cache& cache, int workers, const std::function<void(std::uint64_t)>& progress) {
  std::atomic<std::size_t> next{0};
  std::uint64_t done = 0;
  std::mutex mutex;
  std::exception_ptr error;
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i)
    threads.emplace_back([&] {
      std::vector<unsigned char> pixels(cache.picture_bytes());
      try {
        for (std::size_t at; (at = next++) < cache.size();) {
          cache.get(at, pixels.data());
          const std::lock_guard lock(mutex);
          if (progress) progress(++done);
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
        next = cache.size();
      }
    });
  for (auto& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace

std::uint64_t pack_key(const DatasetOptions& options, const Dataset& dataset, std::uint64_t fingerprint) {
  if (dataset.is_memory() || options.dataset == "faces") return 0;
  core::Xxh64 hash;
  const std::string how = str(kDecoding, ' ', kVersion, '\n', options.dataset, '\n', options.size, 'x',
                              options.channels, '\n', options.crop, '\n', fingerprint, '\n');
  hash.update(how.data(), how.size());
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const std::uint64_t stamp = dataset.stamp(i);
    if (stamp != 0) hash.update(&stamp, sizeof stamp);
  }
  return std::max<std::uint64_t>(hash.digest(), 1);
}

fs::path pack_folder() {
  return core::cache_folder() / "packed";
}

fs::path pack_file(std::uint64_t key) {
  return pack_folder() / (core::hex64(key) + kSuffix);
}

PackResult pack(const DatasetOptions& options, int workers,
                const std::function<void(std::uint64_t)>& progress) {
  const std::shared_ptr<const Dataset> dataset = open_dataset(options);
  const std::uint64_t key = pack_key(options, *dataset, dataset->fingerprint());
  if (key == 0)
    throw Error(ErrorKind::usage, str("the data set ", options.dataset,
                                      " needs no packed file: its pictures "
                                      "are drawn, or bytes of this size already"));
  Cache cache(dataset, options.size, options.channels, 0, false, key);
  PackResult result;
  result.file = pack_file(key);
  result.pictures = cache.size();
  result.was_there = cache.is_packed();
  if (!result.was_there) {
    decode_all(cache, workers, progress);
    if (cache.unusable().size() == cache.size())
      throw Error(ErrorKind::data, str("none of the ", cache.size(),
                                       " pictures can be used; the first: ", cache.unusable().front()));
    cache.write_packed();
  }
  result.unusable = cache.packed_unusable();
  result.bytes = fs::file_size(result.file);
  return result;
}

std::vector<PackedFile> packed_files() {
  std::vector<PackedFile> files;
  std::error_code error;  // no folder: no files
  for (const auto& entry : fs::directory_iterator(pack_folder(), error))
    if (entry.path().extension() == kSuffix && entry.is_regular_file(error))
      files.push_back({entry.path(), entry.file_size(error)});
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::vector<PackedFile> prune_packed_files() {
  const auto files = packed_files();
  for (const auto& file : files) {
    std::error_code error;
    if (!fs::remove(file.path, error) && error)
      throw Error(ErrorKind::io,
                  str("cannot remove ", core::printable(file.path.string()), ": ", error.message()));
  }
  core::remove_leftovers(pack_folder());
  return files;
}

}  // namespace facegan::data
