#include "facegan/data/packed.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>

#include "data/pack.h"
#include "data/source.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/image/heif.h"
#include "facegan/spec/catalogue.h"
#include "facegan/version.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr const char* kSuffix = ".pack";
constexpr std::string_view kOfLibheif[] = {".heic", ".heif", ".avif"};
constexpr int kDecoding = 4;  // to be raised when pictures come out of the decoders otherwise than before

// A picture that only its first bytes tell to be one of these is not worth the loading of libheif at each
// start.
bool needs_libheif(const std::string& name) {
  const std::string suffix = suffix_of(name);
  return std::find(std::begin(kOfLibheif), std::end(kOfLibheif), suffix) != std::end(kOfLibheif);
}

}  // namespace

std::uint64_t pack_key(const DatasetOptions& options, const Dataset& part) {
  const Dataset& dataset = part.whole();
  if (dataset.is_memory() || !spec::find_dataset(options.dataset).reads_files) return 0;
  core::Xxh64 hash;
  const std::string how =
      str(kDecoding, ' ', kVersion, ' ', image::decoder_versions(), '\n', options.dataset, '\n',
          options.size.text(), 'x', options.channels, '\n', options.crop, '\n', dataset.fingerprint(), '\n');
  hash.update(how.data(), how.size());
  bool with_libheif = false;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    const std::uint64_t stamp = dataset.stamp(i);
    hash.update(&stamp, sizeof stamp);
    with_libheif = with_libheif || needs_libheif(dataset.name(i));
  }
  if (with_libheif) {
    const std::string version = image::heif_version();
    hash.update(version.data(), version.size());
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
  DatasetOptions all = options;
  all.part = Part::all;
  const std::shared_ptr<const Dataset> dataset = open_dataset(all);
  const std::uint64_t key = pack_key(options, *dataset);
  if (key == 0)
    throw Error(ErrorKind::usage, str("the data set ", options.dataset,
                                      " needs no packed file: its pictures "
                                      "are drawn, or bytes of this size already"));
  const PackId id{key, dataset->size(), static_cast<std::uint64_t>(options.size.pixels() * options.channels)};
  PackResult result;
  result.file = pack_file(key);
  result.pictures = id.count;
  result.bytes = pack_bytes(id);
  const auto is_there = [&] {
    const auto there = Pack::open(result.file, id);
    for (std::size_t i = 0; there && i < id.count; ++i) result.unusable += !there->usable(i);
    return result.was_there = there.has_value();
  };
  if (is_there()) return result;
  auto making = PackLock::take(result.file, false);
  if (!making) {
    core::log_info("another process makes ", core::printable(result.file.string()), "; waiting for it");
    making.emplace(*PackLock::take(result.file, true));
    if (is_there()) return result;
  }
  if (const std::uint64_t free = core::free_disk_bytes(pack_folder()); free < result.bytes)
    throw Error(ErrorKind::io, str("not enough space for ", core::printable(result.file.string()), ": ",
                                   core::human_bytes(result.bytes), " needed, ", core::human_bytes(free),
                                   " free; make room, or set FACEGAN_CACHE to a folder of another disk"));
  std::mutex mutex;
  std::uint64_t done = 0;
  const std::atomic<bool> never{false};
  const auto get = [&](std::size_t i, unsigned char* out) {
    std::string reason;
    try {
      const image::Image picture = dataset->get(i);
      std::memcpy(out, picture.pixels.data(), id.picture_bytes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      reason = error.what();
    }
    const std::lock_guard lock(mutex);
    result.unusable += !reason.empty();
    if (++done == id.count && result.unusable == id.count)
      throw Error(ErrorKind::data,
                  str("none of the ", id.count, " pictures can be used; one of them: ", reason));
    if (progress) progress(done);
    return reason.empty();
  };
  write_pack(result.file, id, workers, get, never);
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
  remove_unfinished_packs(pack_folder());
  return files;
}

}  // namespace facegan::data
