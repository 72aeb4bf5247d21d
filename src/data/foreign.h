#pragma once
// Files that are not what their name says, or that facegan does not read: known by their first bytes.
#include <filesystem>
#include <string>
#include <string_view>

namespace facegan::data {

// Enough of a file to tell.
inline constexpr std::size_t kHeadBytes = 4096;
std::string head_of(const std::filesystem::path& path, std::size_t most = kHeadBytes);

// What such a file is and what to do: "a web page saved under that name ...", "a 7z archive ..."; "" =
// unknown.
std::string foreign_kind(std::string_view head);
// Error(data) "FILE is ...", where foreign_kind() knows it.
void refuse_foreign(const std::filesystem::path& path, std::string_view head);

// What to do with Hugging Face's shards, which are no pictures: for one message line.
inline constexpr const char* kParquetHint =
    "facegan does not read parquet: make a folder of pictures of it (pip install datasets pillow; "
    "data/README.md has the two lines of Python) and name that";

}  // namespace facegan::data
