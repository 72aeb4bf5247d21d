#pragma once
// What the settings, networks, pictures and machine of a run ask of each other, told before anything of it is
// made. ranks: the processes that share each batch, 1 = a process alone.
#include <cstddef>
#include <cstdint>

#include "facegan/config/config.h"

namespace facegan::train {

// The pictures of a run are fewer than the batch that was asked for: a smaller one, then. Error(usage) as
// config::check_batch.
void fit_batch(config::Config& config, std::size_t pictures, std::int64_t ranks);

// Every rank has as many pictures of each part; else Error(usage).
void check_shares(const config::Config& config, std::int64_t ranks);

// What layers ask of the batch and of the machine; else Error(usage).
void check_layers(const config::Config& config, const config::Networks& networks, std::int64_t ranks);

// Error(memory) where the networks cannot be: weights, their gradients and Adam's two moments; of each
// picture of a part what one network at least holds at once. What a step really takes is more: this refuses
// what cannot be, before memory is taken. Nothing on CUDA, which tells itself, at once.
void check_memory(const config::Config& config, const config::Networks& networks, std::int64_t ranks);

}  // namespace facegan::train
