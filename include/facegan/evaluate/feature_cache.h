#pragma once
// Features of real pictures that were computed before, in features/ of the cache folder. The files may go at
// any time; one that is damaged counts as none.
#include <cstdint>
#include <optional>

#include "facegan/evaluate/pictures.h"
#include "facegan/infer/features.h"

namespace facegan::evaluate {

// Of everything that the features depend on: the pictures' bytes (and so the data, its crop, its size, the
// choice by seed and count), the network's weights, and how it takes pictures.
std::uint64_t feature_key(const infer::FeatureNetwork& network, const Pictures& pictures);

std::filesystem::path feature_file(std::uint64_t key);

infer::FeatureNetwork::Output features_of(const infer::FeatureNetwork& network, const Pictures& pictures,
                                          bool logits, const std::function<void(std::size_t)>& progress = {});
// Those that were kept, else computed; and kept if asked to, unless they are of a run's own discriminator,
// which is asked for once. A warning when they cannot be written.
infer::Features real_features(const infer::FeatureNetwork& network, const Pictures& real, bool keep = true,
                              const std::function<void(std::size_t)>& progress = {});

// None when there is no whole file of so many pictures.
std::optional<infer::Features> stored_features(std::uint64_t key, std::size_t count);
// Error(io) when they cannot be written.
void store_features(std::uint64_t key, const infer::Features& features);

}  // namespace facegan::evaluate
