#include "data/pattern.h"

#include <cerrno>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

constexpr std::size_t kMostLookedAt = 2'000'000;  // names on the way

// The character at `at`, which moves behind it; a byte that is no UTF-8 is one by itself.
std::string_view next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  std::string_view one = text.substr(at, size);
  if (one.size() < size || !core::is_utf8(one)) one = one.substr(0, 1);
  at += one.size();
  return one;
}

// Of "[...]" at `at`: whether `character` is one of it; `at` moves behind it. npos as the end: it is not
// closed.
std::size_t class_end(std::string_view pattern, std::size_t at) {
  std::size_t p = at + 1;
  if (p < pattern.size() && (pattern[p] == '!' || pattern[p] == '^')) ++p;
  return pattern.find(']', p + 1);  // one that comes first is a member
}

bool is_in_class(std::string_view character, std::string_view members) {
  const bool others = members.starts_with('!') || members.starts_with('^');
  if (others) members.remove_prefix(1);
  bool found = false;
  for (std::size_t p = 0; p < members.size();) {
    const std::string_view low = next_character(members, p);
    std::string_view high = low;
    if (p + 1 < members.size() && members[p] == '-') high = next_character(members, ++p);
    // UTF-8 is ordered as its characters are.
    found = found || (low <= character && character <= high);
  }
  return found != others;
}

// Whether what stands at p of the pattern, no star, takes what stands at n of the name; both move on.
bool takes_one(std::string_view name, std::size_t& n, std::string_view pattern, std::size_t& p) {
  const std::string_view character = next_character(name, n);
  if (pattern[p] == '?') {
    ++p;
    return true;
  }
  if (const std::size_t end = pattern[p] == '[' ? class_end(pattern, p) : pattern.npos; end != pattern.npos) {
    const std::string_view members = pattern.substr(p + 1, end - p - 1);
    p = end + 1;
    return is_in_class(character, members);
  }
  return next_character(pattern, p) == character;
}

[[noreturn]] void refuse(const auto&... what) {
  throw Error(ErrorKind::data, core::str(what...));
}

// Adds what of a folder matches.
void list(const fs::path& folder, const std::string& pattern, std::size_t& looked_at, Paths& out) {
  std::error_code error;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end;
       it.increment(error)) {
    if (++looked_at > kMostLookedAt)
      refuse("the pattern ", core::printable(pattern), " looks at more than ",
             core::with_thousands(kMostLookedAt), " names; write more of the path");
    const std::string name = it->path().filename().string();
    if (matches(name, pattern)) out.push_back(folder / name);
  }
  if (error && error.value() != ENOTDIR && error.value() != ENOENT)
    refuse("cannot list the folder ", core::printable(folder.string()), ": ", error.message());
}

}  // namespace

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != text.npos;
}

// Each star takes as little as it can; only the last one is ever tried again, so that no pattern takes long.
bool matches(std::string_view name, std::string_view pattern) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  std::size_t n = 0, p = 0, star = pattern.npos, taken_to = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++, taken_to = n;
      continue;
    }
    std::size_t after_n = n, after_p = p;
    if (p < pattern.size() && takes_one(name, after_n, pattern, after_p)) {
      n = after_n, p = after_p;
      continue;
    }
    if (star == pattern.npos) return false;
    next_character(name, taken_to);
    n = taken_to, p = star + 1;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<fs::path> expand(const fs::path& path, std::size_t most) {
  Paths found = {path.root_path()};
  std::size_t looked_at = 0;
  bool by_pattern = false;
  for (const fs::path& part : path.relative_path()) {
    const std::string text = part.string();
    Paths next;
    for (const fs::path& folder : found) {
      std::error_code error;
      const bool is_there = fs::symlink_status(folder / part, error).type() != fs::file_type::not_found;
      if (!is_there && is_pattern(text))
        list(folder, text, looked_at, next);
      else if (is_there || !by_pattern)
        next.push_back(folder / part);
      if (next.size() > most)
        refuse("the pattern ", core::printable(path.string()), " names more than ",
               core::with_thousands(static_cast<std::int64_t>(most)), " files and folders");
    }
    by_pattern = by_pattern || is_pattern(text);
    found = std::move(next);
  }
  return found;
}

}  // namespace facegan::data
