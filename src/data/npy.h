#pragma once
// numpy's arrays of whole numbers, as an npz (a zip of them) has them.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1 to 3.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/grey_set.h"

namespace facegan::data {

struct NpyArray {
  std::string type;                  // "|u1", "<i8": byte order, kind and bytes of a number
  std::vector<std::uint64_t> shape;  // at most four numbers
  std::string_view bytes;            // all of it, in C order; in the text that was parsed

  std::string shape_text() const;  // "60000x28x28"
};
// Error(data) with the reason only: the caller adds the name. Nothing of Python's is ever unpickled.
NpyArray parse_npy(std::string_view text);

// [N, rows, columns], [N, rows, columns, 1] or [N, side * side] of uint8.
GreyRecords grey_records(const NpyArray& array);
// [count] or [count, 1] of whole numbers from 0 to 255.
std::vector<unsigned char> labels_of(const NpyArray& array, std::size_t count);

}  // namespace facegan::data
