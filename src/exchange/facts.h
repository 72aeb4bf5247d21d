#pragma once
// What a file of weights says of itself, in whatever format.
#include "facegan/core/safetensors.h"
#include "facegan/exchange/network.h"

namespace facegan::exchange {

// Text that other programs show: version, preset, checkpoint, what goes in and comes out, the licence that is
// to be filled in.
core::Metadata facts_of(const Network& network);

}  // namespace facegan::exchange
