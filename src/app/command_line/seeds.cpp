#include "app/command_line/seeds.h"

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

std::vector<std::uint64_t> parse_seeds(const std::string& text, const std::string& flag) {
  const auto refuse = [&](const std::string& wanted) {
    throw Error(ErrorKind::usage, core::str(flag, " is ", wanted, ", not '", core::printable(text), "'"));
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

std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t end = i + 1;
    while (end < seeds.size() && seeds[end] == seeds[end - 1] + 1) ++end;
    if (end - i == 2) --end;  // "1,2", not "1-2"
    text += core::str(text.empty() ? "" : ",", seeds[i]);
    if (end - i > 1) text += core::str("-", seeds[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace facegan::app
