#include "data/source.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "data/foreign.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

// "./a//b/./c" -> "a/b/c"; a leading slash goes too. ".." stays: it is part of a name, nothing more.
std::string tidy(const std::string& name) {
  std::string out;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const auto part = std::string_view(name).substr(begin, end - begin);
    if (!part.empty() && part != ".") {
      if (!out.empty()) out += '/';
      out += part;
    }
    begin = end + 1;
  }
  return out;
}

// The length of the folders, with their slash, that all of the sorted names share. Names between the
// first and the last cannot differ where these two agree.
std::size_t shared_length(const std::vector<std::string>& sorted) {
  if (sorted.empty()) return 0;
  const std::string &first = sorted.front(), &last = sorted.back();
  const std::string_view head = std::string_view(first).substr(0, first.rfind('/') + 1);
  const auto common = static_cast<std::size_t>(
      std::mismatch(head.begin(), head.end(), last.begin(), last.end()).first - head.begin());
  return head.substr(0, common).rfind('/') + 1;  // npos + 1 = 0
}

}  // namespace

bool has_picture_suffix(std::string_view name) {
  static constexpr std::array<std::string_view, 17> kSuffixes = {
      ".jpg", ".jpeg", ".jpe",  ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff",
      ".gif", ".heic", ".heif", ".avif", ".pbm", ".pgm", ".ppm",  ".pnm"};
  const std::string suffix = suffix_of(name);
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

bool is_picture_name(std::string_view name) {
  const auto file = name.substr(name.rfind('/') + 1);
  return !file.starts_with("._") && has_picture_suffix(file) && passed_over_folder(name).empty();
}

Listing make_listing(std::vector<std::string> given) {
  for (auto& name : given) name = tidy(name);
  std::vector<std::uint32_t> order(given.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int by_name = given[a].compare(given[b]);  // char_traits<char> compares as unsigned bytes
    return by_name != 0 ? by_name < 0 : a < b;
  });

  Listing listing;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k + 1 < order.size() && given[order[k]] == given[order[k + 1]]) continue;
    listing.origin.push_back(order[k]);
    listing.names.push_back(std::move(given[order[k]]));
  }
  const std::size_t shared = shared_length(listing.names);
  if (shared > 0) {
    listing.shared = listing.names.front().substr(0, shared);
    for (auto& name : listing.names) name.erase(0, shared);
  }
  return listing;
}

std::uint64_t stamp_of(const struct stat& file) {
  // The time of change of the entry cannot be set back, that of the contents can. Within one tick of the
  // clock a file that was replaced is still another one.
  const std::uint64_t facts[] = {
      static_cast<std::uint64_t>(file.st_mtim.tv_sec), static_cast<std::uint64_t>(file.st_mtim.tv_nsec),
      static_cast<std::uint64_t>(file.st_ctim.tv_sec), static_cast<std::uint64_t>(file.st_ctim.tv_nsec),
      static_cast<std::uint64_t>(file.st_ino)};
  return core::xxh64(facts, sizeof facts);
}

std::unique_ptr<Source> open_source(const std::filesystem::path& path) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) return open_folder_source(path);
  const std::string head = head_of(path);
  if (head.size() < 2)
    throw Error(ErrorKind::data,
                core::str(core::printable(path.string()), " is too short to be an archive of pictures"));
  refuse_foreign(path, head);
  return is_zip(path) ? open_zip_source(path) : open_tar_source(path);
}

}  // namespace facegan::data
