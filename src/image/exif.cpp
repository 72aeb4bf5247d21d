// The one EXIF tag that changes how a picture is seen.
#include "image/codecs.h"

namespace facegan::image {

int exif_orientation(Bytes tiff) {
  const auto number = [&](std::size_t at, int bytes) -> std::uint32_t {
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value |= std::uint32_t{tiff[at + i]} << 8 * (tiff[0] == 'I' ? i : bytes - 1 - i);
    return value;
  };
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M') || number(2, 2) != 42)
    return 1;
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return 1;
  const std::uint32_t entries = number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;  // tag, type, count, value
    if (entry + 12 > tiff.size()) return 1;
    if (number(entry, 2) != 0x0112) continue;
    const std::uint32_t value = number(entry + 8, 2);
    return number(entry + 2, 2) == 3 && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace facegan::image
