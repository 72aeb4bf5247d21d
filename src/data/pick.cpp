// Some pictures of a set, spread over it.
#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

void pick_pictures(const Dataset& dataset, std::uint64_t seed, std::size_t count,
                   const std::function<void(std::size_t index, image::Image picture)>& take) {
  std::size_t taken = 0;
  std::string reason;
  const auto order = core::permutation(seed, 0, static_cast<std::uint32_t>(dataset.size()));
  for (std::size_t i = 0; i < order.size() && taken < count; ++i) {
    image::Image picture;
    try {
      picture = dataset.get(order[i]);
    } catch (const Error& error) {  // unusable pictures are the loader's to report
      if (error.kind() != ErrorKind::data) throw;
      if (reason.empty()) reason = error.what();
      continue;
    }
    take(order[i], std::move(picture));
    ++taken;
  }
  if (taken == 0)
    throw Error(ErrorKind::data,
                core::str("none of the ", core::with_thousands(static_cast<std::int64_t>(dataset.size())),
                          " pictures can be used; one of them: ", reason));
}

}  // namespace facegan::data
