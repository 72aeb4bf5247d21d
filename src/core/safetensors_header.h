#pragma once
// The header of a safetensors file as text, and back with every check that it can have.
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/core/safetensors.h"

namespace facegan::core {

// Error(checkpoint): FILE is not a usable safetensors file: why.
[[noreturn]] void refuse_safetensors(const std::string& file, const std::string& why);

// Product of the shape; sets overflow when it does not fit.
std::uint64_t element_count(const std::vector<std::int64_t>& shape, bool& overflow);

// Canonical text, as it is written and as the checksum sees it (then without the checksum itself).
std::string safetensors_header_text(const Metadata& metadata, const std::vector<TensorInfo>& tensors,
                                    bool with_checksum);

// The checked header of a file with so many bytes behind it; its tensors fill them without hole or
// overlap. The data stays empty. Memory: some times the text's size plus at most about 100 MB.
SafetensorsFile parse_safetensors_header(const std::string& text, std::uint64_t data_size,
                                         const std::string& file);

}  // namespace facegan::core
