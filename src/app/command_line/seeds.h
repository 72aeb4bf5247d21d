#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace facegan::app {

// "7", "1-16", "3,5,9-12": seeds in the order given, at most 100,000, each from 0 to 2^53 - 1.
// Error(usage) names the flag.
std::vector<std::uint64_t> parse_seeds(const std::string& text, const std::string& flag = "--seed");
// The shortest such text, one for each list.
std::string seeds_text(const std::vector<std::uint64_t>& seeds);

}  // namespace facegan::app
