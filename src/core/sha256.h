#pragma once
// The two ways to the same SHA-256, so that a test can compare them.
#include <array>
#include <cstddef>
#include <cstdint>

namespace facegan::core {

using Sha256State = std::array<std::uint32_t, 8>;
// Takes `blocks` of 64 bytes into the state.
void sha256_plain(Sha256State& state, const unsigned char* bytes, std::size_t blocks);
void sha256_fast(Sha256State& state, const unsigned char* bytes, std::size_t blocks);

}  // namespace facegan::core
