#include "app/seeds.h"

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

constexpr std::int64_t kMaxSeed = 9007199254740991;  // exact in every reader of JSON
constexpr std::int64_t kMaxSeeds = 100000;

bool parse_seed(const std::string& text, std::int64_t& seed) {
  return core::parse_integer(text, seed) && seed >= 0 && seed <= kMaxSeed;
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& text) {
  const auto refuse = [&](const std::string& wanted) {
    throw Error(ErrorKind::usage, core::str("--seed is ", wanted, ", not '", core::printable(text), "'"));
  };
  std::vector<std::uint64_t> seeds;
  for (const std::string& part : core::split(text, ',')) {
    const auto dash = part.find('-');
    std::int64_t first, last;
    if (!parse_seed(part.substr(0, dash), first) ||
        !parse_seed(dash == std::string::npos ? part : part.substr(dash + 1), last) || last < first)
      refuse("seeds from 0 to 9007199254740991, such as 7, 1-16 or 3,5,9-12");
    if (last - first >= kMaxSeeds - static_cast<std::int64_t>(seeds.size())) refuse("at most 100,000 seeds");
    for (std::int64_t seed = first; seed <= last; ++seed) seeds.push_back(static_cast<std::uint64_t>(seed));
  }
  return seeds;
}

}  // namespace facegan::app
