// What lies beside the pictures of a set and is no part of it, and the line that says so.
#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;
using Counts = std::map<std::string, std::uint64_t>;

constexpr std::size_t kMostKinds = 200, kMostFolders = 20, kMostSuffix = 12, kShown = 6;

// Pictures and films that people have and facegan does not read.
constexpr std::array<std::string_view, 22> kForeign = {
    ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".tga", ".exr", ".hdr", ".ico", ".dng", ".cr2",
    ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pcx", ".mp4", ".mov", ".avi", ".webm"};

// What systems put into folders of pictures; it is nobody's data.
bool is_dropping(std::string_view file) {
  if (file.starts_with("._")) return true;
  const std::string lower = core::lower_case(file);
  return lower == ".ds_store" || lower == "thumbs.db" || lower == "desktop.ini";
}

std::uint64_t sum(const Counts& counts) {
  std::uint64_t all = 0;
  for (const auto& [name, count] : counts) all += count;
  return all;
}

// "400 .heic, 3 .txt and 7 of 2 other kinds": the most frequent first.
std::string kinds_text(const Counts& kinds) {
  std::vector<std::pair<std::string, std::uint64_t>> order(kinds.begin(), kinds.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  std::uint64_t rest = 0;
  for (const auto& [kind, count] : order) {
    if (parts.size() < kShown)
      parts.push_back(str(core::with_thousands(static_cast<std::int64_t>(count)), " ",
                          kind.empty() ? "without a suffix" : kind));
    else
      rest += count;
  }
  return core::join(parts, ", ") +
         (rest > 0 ? str(" and ", core::with_thousands(static_cast<std::int64_t>(rest)), " of other kinds")
                   : "");
}

std::string names_text(const Counts& names) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : names)
    if (parts.size() < kShown) parts.push_back(core::printable(name));
  return core::join(parts, ", ") + (names.size() > kShown ? " and others" : "");
}

}  // namespace

bool is_passed_over(std::string_view folder) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "__MACOSX",   "@eaDir",   "#recycle", "@Recycle", "$RECYCLE.BIN", "System Volume Information",
      "lost+found", "#snapshot"};
  if (folder.size() > 1 && folder[0] == '.' && folder != "..") return true;
  return std::find(kNames.begin(), kNames.end(), folder) != kNames.end();
}

std::string_view passed_over_folder(std::string_view name) {
  for (std::size_t begin = 0, end; (end = name.find('/', begin)) != name.npos; begin = end + 1)
    if (is_passed_over(name.substr(begin, end - begin))) return name.substr(begin, end - begin);
  return {};
}

std::string suffix_of(std::string_view name) {
  const auto file = name.substr(name.rfind('/') + 1);
  const auto dot = file.rfind('.');
  return dot == file.npos ? "" : core::lower_case(file.substr(dot));
}

void LeftOut::add(std::string_view name) {
  const auto file = name.substr(name.rfind('/') + 1);
  if (file.empty() || is_dropping(file)) return;
  std::string suffix = suffix_of(file);
  const std::string_view folder = passed_over_folder(name);
  if (!folder.empty()) {
    if (has_picture_suffix(file) && (hidden.size() < kMostKinds || hidden.contains(std::string(folder))))
      ++hidden[std::string(folder)];
    return;
  }
  const bool is_suffix = suffix.size() > 1 && suffix.size() <= kMostSuffix &&
                         std::all_of(suffix.begin() + 1, suffix.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
                         });
  if (!is_suffix || (kinds.size() >= kMostKinds && !kinds.contains(suffix))) suffix.clear();
  ++kinds[suffix];
}

void LeftOut::add_folder(const std::string& folder, const std::string& reason) {
  ++unreadable;
  if (folders.size() < kMostFolders)
    folders.push_back(str(core::printable(folder), ": ", core::printable(reason)));
}

void LeftOut::add_archive(const std::string& archive, const std::string& reason) {
  ++unusable;
  if (archives.size() < kMostFolders)
    archives.push_back(str(core::printable(archive), ": ", core::printable(reason, 300)));
}

void LeftOut::add(const LeftOut& other, const std::string& folder) {
  for (const auto& [kind, count] : other.kinds)
    kinds[kinds.size() < kMostKinds || kinds.contains(kind) ? kind : ""] += count;
  for (const auto& [name, count] : other.hidden)
    if (hidden.size() < kMostKinds || hidden.contains(name)) hidden[name] += count;
  unreadable += other.unreadable, unusable += other.unusable;
  for (const std::string& one : other.folders)
    if (folders.size() < kMostFolders) folders.push_back(core::printable(folder) + one);
  for (const std::string& one : other.archives)
    if (archives.size() < kMostFolders) archives.push_back(one);
}

std::string LeftOut::text() const {
  std::vector<std::string> parts;
  if (!kinds.empty()) parts.push_back(kinds_text(kinds));
  if (!hidden.empty())
    parts.push_back(str(core::with_thousands(static_cast<std::int64_t>(sum(hidden))), " in hidden folders (",
                        names_text(hidden), ")"));
  return core::join(parts, ", ");
}

std::string LeftOut::unreadable_text() const {
  return str(unreadable,
             unreadable == 1 ? " folder that cannot be listed (" : " folders that cannot be listed (",
             core::join(folders, "; "), unreadable > folders.size() ? "; and others)" : ")");
}

std::string LeftOut::unusable_text() const {
  return str(unusable, unusable == 1 ? " archive that cannot be used (" : " archives that cannot be used (",
             core::join(archives, "; "), unusable > archives.size() ? "; and others)" : ")");
}

std::string Parts::text() const {
  const auto counted = [](std::uint64_t count, const char* one, const char* more) {
    return count == 0 ? ""
                      : str(core::with_thousands(static_cast<std::int64_t>(count)), count == 1 ? one : more);
  };
  return str(counted(archives, " archive", " archives"), archives > 0 && folders > 0 ? " and " : "",
             counted(folders, " folder", " folders"));
}

namespace {

bool has_foreign(const LeftOut& left_out) {
  return std::any_of(kForeign.begin(), kForeign.end(),
                     [&](std::string_view kind) { return left_out.kinds.contains(std::string(kind)); });
}

// A lone readme does not matter; pictures that are not read, and a large share of anything, do.
bool matters(const LeftOut& left_out, std::uint64_t pictures) {
  const std::uint64_t others = sum(left_out.kinds);
  return !left_out.hidden.empty() || has_foreign(left_out) || (others > 2 && others > pictures / 10);
}

}  // namespace

void tell_once(core::LogLevel level, const std::string& message) {
  static std::mutex mutex;
  static std::set<std::string> told;
  {
    const std::lock_guard lock(mutex);
    if (!told.insert(message).second) return;
  }
  core::log_line(level, message);
}

void tell_left_out(const LeftOut& left_out, std::uint64_t pictures, const std::filesystem::path& path,
                   bool fail_on_bad) {
  const std::string place = core::printable(path.string());
  if (left_out.unreadable > 0) {
    const std::string what = str(place, ": ", left_out.unreadable_text());
    if (fail_on_bad)
      throw Error(ErrorKind::data, what + "; make them readable, or leave them out with --on-bad-image skip");
    tell_once(core::LogLevel::warning, what + "; their pictures are left out");
  }
  if (left_out.unusable > 0)
    tell_once(core::LogLevel::warning,
              str(place, ": ", left_out.unusable_text(), "; their pictures are left out"));
  if (pictures > 0 && matters(left_out, pictures))
    tell_once(has_foreign(left_out) ? core::LogLevel::warning : core::LogLevel::info,
              str(place, ": ", core::with_thousands(static_cast<std::int64_t>(pictures)),
                  pictures == 1 ? " picture" : " pictures", "; left out: ", left_out.text(),
                  left_out.kinds.empty() ? "" : " (of kinds that are not read)"));
}

}  // namespace facegan::data
