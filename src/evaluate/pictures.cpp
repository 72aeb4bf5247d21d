#include "facegan/evaluate/pictures.h"

#include <algorithm>

#include "facegan/core/error.h"

namespace facegan::evaluate {

void Pictures::add(const image::Image& picture) {
  const core::Size its(picture.width, picture.height);
  if (bytes.empty()) size = its, channels = picture.channels;
  if (its != size || picture.channels != channels)
    throw Error(ErrorKind::internal, "a picture of another size than the set's");
  bytes.insert(bytes.end(), picture.pixels.begin(), picture.pixels.end());
}

Pictures Pictures::first(std::size_t n) const {
  Pictures out{size, channels, {}};
  out.bytes.assign(bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(std::min(n, count()) * picture_bytes()));
  return out;
}

}  // namespace facegan::evaluate
