#include "data/members.h"

#include <algorithm>
#include <set>

#include "data/pattern.h"
#include "data/pictures.h"
#include "facegan/core/files.h"
#include "facegan/data/place.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;

constexpr std::uint64_t kMaxListBytes = 16u << 20;
constexpr std::size_t kMaxLineBytes = 4096;  // as long as a path may be

[[noreturn]] void refuse(const auto&... what) {
  throw Error(ErrorKind::data, str(what...));
}

// "a10" behind "a9": digits as numbers. Equal ones by their bytes.
bool is_before(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number_at = [&](std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    while (at + 1 < end && text[at] == '0') ++at;
    return text.substr(at, end - at);
  };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = number_at(a, i), y = number_at(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      while (i < a.size() && is_digit(a[i])) ++i;
      while (j < b.size() && is_digit(b[j])) ++j;
    } else {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      ++i, ++j;
    }
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;
}

bool is_list(const fs::path& path) {
  std::error_code error;
  return core::lower_case(path.filename().string()).ends_with(".list") && !fs::is_directory(path, error);
}

void refuse_inner_list(const fs::path& path) {
  if (is_list(path))
    refuse(printable(path.string()),
           " is a list among what --data names: a list holds archives and folders, no lists; write its lines "
           "into one list");
}

// Collects paths, each once.
class Collector {
 public:
  void add(const fs::path& path) {
    refuse_inner_list(path);
    fs::path whole = fs::absolute(path).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // it ended in a slash
    if (!known_.insert(whole.string()).second) return;
    if (known_.size() > kMaxMembers)
      refuse("--data names more than ", core::with_thousands(kMaxMembers),
             " archives and folders; put several together");
    std::error_code error;
    members_.push_back({path, fs::is_directory(path, error), ""});
  }
  std::vector<Member> take() { return std::move(members_); }

 private:
  std::set<std::string> known_;
  std::vector<Member> members_;
};

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::status(path, error).type() != fs::file_type::not_found;
}

// What a line names. `where` is the line, for messages.
void add_line(const fs::path& path, const std::string& where, Collector& out) {
  if (is_there(path)) return out.add(path);
  const auto found = is_pattern(path.string()) ? expand(path, kMaxMembers) : std::vector<fs::path>{};
  if (found.empty())
    refuse(where, ": there is ", is_pattern(path.string()) ? "nothing that matches " : "nothing at ",
           printable(path.string()), "; bring it there, or take the line out");
  for (const fs::path& one : found) {
    if (!is_there(one)) refuse(where, ": ", printable(one.string()), " is a link to nothing; take it away");
    out.add(one);
  }
}

void read_list(const fs::path& list, Collector& out) {
  const std::string text = core::read_file(list, kMaxListBytes, ErrorKind::data);
  const std::string name = printable(list.string());
  constexpr const char* kForm = "; a list is text (UTF-8), one archive or folder a line";
  std::string_view rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // a byte order mark
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string where = str(name, ":", number);
    if (line.size() > kMaxLineBytes)
      refuse(where, ": a line of ", core::with_thousands(static_cast<std::int64_t>(line.size())),
             " bytes, more than the ", core::with_thousands(kMaxLineBytes), " allowed", kForm);
    if (line.find('\0') != line.npos) refuse(where, ": a NUL byte", kForm);
    if (!core::is_utf8(line)) refuse(where, ": '", printable(line, 40), "' is not UTF-8", kForm);
    line = core::trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    add_line(list.parent_path() / line, where, out);  // a path from the root stays what it is
  }
}

std::vector<Member> found_by(const DatasetOptions& options) {
  Collector out;
  const fs::path& path = options.path;
  if (is_there(path) && is_list(path)) {
    read_list(path, out);
    std::vector<Member> members = out.take();
    if (members.empty())
      refuse("the list ", printable(path.string()), " names nothing; write one archive or folder a line");
    return members;
  }
  if (!is_there(path) && is_pattern(path.string())) {
    const auto found = expand(path, kMaxMembers);
    if (found.empty()) throw_missing(options, str("nothing matches ", printable(path.string())));
    for (const fs::path& one : found) {
      if (!is_there(one)) refuse(printable(one.string()), " is a link to nothing; take it away");
      out.add(one);
    }
    return out.take();
  }
  require_path(options);
  return {{path, false, ""}};  // as it was named
}

// The last `parts` names of each path; archives with or without their suffix.
std::vector<std::string> candidates(const std::vector<Member>& members, std::size_t parts, bool with_suffix) {
  std::vector<std::string> labels;
  for (const Member& member : members) {
    fs::path path = fs::absolute(member.path).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::string label;
    for (std::size_t k = 0; k < parts && path.has_relative_path(); ++k, path = path.parent_path()) {
      std::string name = path.filename().string();
      if (k == 0 && !with_suffix && !member.is_folder) {
        const std::size_t stem = name.size() - archive_suffix(name).size();
        if (stem > 0) name.resize(stem);
      }
      label.insert(0, name + '/');
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

// Whether none of them is, or begins, another one.
bool tell_apart(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end());
  for (std::size_t i = 1; i < labels.size(); ++i)
    if (labels[i].starts_with(labels[i - 1])) return false;
  return true;
}

void label(std::vector<Member>& members) {
  constexpr std::size_t kMostParts = 100;
  for (std::size_t parts = 1; parts <= kMostParts; ++parts)
    for (const bool with_suffix : {false, true}) {
      auto labels = candidates(members, parts, with_suffix);
      if (!tell_apart(labels)) continue;
      for (std::size_t i = 0; i < members.size(); ++i) members[i].label = std::move(labels[i]);
      return;
    }
  refuse("the names of ", printable(members[0].path.string()), " and others do not tell them apart");
}

}  // namespace

std::vector<Member> members_of(const DatasetOptions& options) {
  std::vector<Member> members = found_by(options);
  std::error_code error;
  if (members.size() == 1) {
    members[0].is_folder = fs::is_directory(members[0].path, error);
    return members;
  }
  label(members);
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return is_before(a.label, b.label); });
  return members;
}

fs::path only_member(const DatasetOptions& options) {
  const auto members = members_of(options);
  if (members.size() > 1)
    refuse("the data set ", options.dataset, " is one file or folder, and --data ",
           printable(options.path.string()), " names ", members.size(), ", such as ",
           printable(members[0].path.string()), " and ", printable(members[1].path.string()),
           "; name one of them, or read their pictures with --dataset folder");
  return members[0].path;
}

bool names_something(const fs::path& data) {
  try {
    return is_there(data) || (is_pattern(data.string()) && !expand(data, kMaxMembers).empty());
  } catch (const Error&) {  // a folder on the way that cannot be listed: opening it will say why
    return true;
  }
}

fs::path folder_of(const std::vector<Member>& members) {
  const auto folder = [](const Member& member) {
    return fs::absolute(member.path).lexically_normal().parent_path();
  };
  fs::path shared = folder(members[0]);
  for (const Member& member : members) {
    const fs::path other = folder(member);
    const auto end = std::mismatch(shared.begin(), shared.end(), other.begin(), other.end()).first;
    fs::path both;
    for (auto part = shared.begin(); part != end; ++part) both /= *part;
    shared = std::move(both);
  }
  return shared;
}

}  // namespace facegan::data
