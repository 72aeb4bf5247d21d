#pragma once
// Names with *, ? and [...], as shells have them.
#include <filesystem>
#include <string_view>
#include <vector>

namespace facegan::data {

bool is_pattern(std::string_view text);
// * any bytes, ? one character, [a-z] one of these, [!a-z] or [^a-z] another one. A name that begins with a
// dot is matched only by a pattern that does.
bool matches(std::string_view name, std::string_view pattern);

// What is there by a path with patterns in any of its parts, in no order. A part that is there as it is
// written is no pattern. Error(data): a folder that cannot be listed, or more than `most` of them.
std::vector<std::filesystem::path> expand(const std::filesystem::path& path, std::size_t most);

}  // namespace facegan::data
