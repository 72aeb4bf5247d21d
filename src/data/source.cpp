#include "data/source.h"

#include <algorithm>
#include <array>

#include "data/foreign.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {

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

std::string_view archive_suffix(std::string_view name) {
  const std::string lower = core::lower_case(name);
  for (const std::string_view suffix : {".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz",
                                        ".tar.xz", ".txz", ".tar.zst", ".tzst"})
    if (lower.ends_with(suffix)) return name.substr(name.size() - suffix.size());
  return {};
}

std::unique_ptr<Source> open_source(const std::filesystem::path& path, std::shared_ptr<Spool> spool) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) return open_folder_source(path);
  const std::string head = head_of(path);
  if (head.size() < 2)
    throw Error(ErrorKind::data,
                core::str(core::printable(path.string()), " is too short to be an archive of pictures"));
  refuse_foreign(path, head);
  return is_zip(path) ? open_zip_source(path) : open_tar_source(path, std::move(spool));
}

}  // namespace facegan::data
