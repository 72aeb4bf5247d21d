#include "facegan/evaluate/feature_cache.h"

#include <cmath>
#include <cstring>

#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/inside.h"
#include "facegan/core/log.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"

namespace facegan::evaluate {
namespace {

namespace fs = std::filesystem;
using core::str;

constexpr int kForm = 1;  // to be raised when networks or resizing give other features than before
constexpr const char* kTensor = "features";
constexpr const char* kKey = "facegan.features";

fs::path folder() {
  return core::cache_folder() / "features";
}

}  // namespace

infer::FeatureNetwork::Output features_of(const infer::FeatureNetwork& network, const Pictures& pictures,
                                          bool logits, const std::function<void(std::size_t)>& progress) {
  return network.of(
      {pictures.count(), pictures.size, pictures.channels, [&](std::size_t i) { return pictures[i]; }},
      logits, progress);
}

infer::Features real_features(const infer::FeatureNetwork& network, const Pictures& real, bool keep,
                              const std::function<void(std::size_t)>& progress) {
  const bool may_be_kept = network.name() != "d";
  const std::uint64_t key = may_be_kept ? feature_key(network, real) : 0;
  if (may_be_kept)
    if (auto stored = stored_features(key, real.count())) return std::move(*stored);
  infer::Features features = features_of(network, real, false, progress).features;
  try {
    if (keep && may_be_kept) store_features(key, features);
  } catch (const Error& error) {
    core::log_warning("the features of the real pictures are not kept: ", error.what());
  }
  return features;
}

std::uint64_t feature_key(const infer::FeatureNetwork& network, const Pictures& pictures) {
  core::Xxh64 hash;
  const std::string how =
      str(kForm, '\n', network.name(), '\n', network.weights_hash(), '\n', network.resize(), '\n',
          network.device(), '\n', pictures.size.text(), 'x', pictures.channels, '\n', pictures.count(), '\n');
  hash.update(how.data(), how.size());
  hash.update(pictures.bytes.data(), pictures.bytes.size());
  return hash.digest();
}

fs::path feature_file(std::uint64_t key) {
  return folder() / str("real_", core::hex64(key), ".safetensors");
}

// The cache may lie where others can write.
static core::Inside stored_file(std::uint64_t key) {
  return {folder(), feature_file(key).filename()};
}

std::optional<infer::Features> stored_features(std::uint64_t key, std::size_t count) {
  const core::Inside stored = stored_file(key);
  if (!core::is_file(stored)) return {};
  const auto open = [&] { return core::open_for_reading(stored, ErrorKind::checkpoint); };
  try {
    // The header first: a file of another size than it should have is not read.
    const auto header = core::read_safetensors_header(open(), stored.path());
    const auto* info = header.find(kTensor);
    if (!info || info->dtype != "F32" || info->shape.size() != 2 || header.tensors.size() != 1 ||
        info->shape[0] != static_cast<std::int64_t>(count) || info->shape[1] < 1 ||
        !header.metadata.contains(core::kChecksumKey) || header.metadata.at(kKey) != core::hex64(key))
      return {};
    const auto file = core::read_safetensors(open(), stored.path());
    infer::Features out{info->shape[1], std::vector<float>(info->bytes() / sizeof(float))};
    std::memcpy(out.values.data(), file.bytes_of(*file.find(kTensor)), info->bytes());
    for (const float value : out.values)
      if (!std::isfinite(value)) return {};
    return out;
  } catch (const std::exception&) {
    return {};
  }
}

void store_features(std::uint64_t key, const infer::Features& features) {
  core::make_folder(folder());
  core::remove_leftovers({folder()});
  const std::vector<core::TensorBytes> tensors = {
      {kTensor,
       "F32",
       {static_cast<std::int64_t>(features.count()), features.width},
       features.values.data()}};
  core::write_file_atomic(stored_file(key), core::safetensors_bytes(tensors, {{kKey, core::hex64(key)}}));
}

}  // namespace facegan::evaluate
