#include "data/foreign.h"

#include <algorithm>
#include <array>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

struct Kind {
  std::string_view magic;
  const char* text;
};

constexpr const char* kUnpack = ", which facegan does not read: unpack it, and name the folder with --data";

constexpr std::array kKinds = {
    Kind{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
    Kind{"Rar!\x1a\x07", "a RAR archive"},
};

// The text of <title>, as a line of at most 80 characters.
std::string title_of(std::string_view page, const std::string& lower) {
  const auto begin = lower.find("<title");
  const auto open = begin == lower.npos ? begin : lower.find('>', begin);
  const auto end = open == lower.npos ? open : lower.find("</title", open);
  if (end == lower.npos) return "";
  std::string title;
  for (const char c : core::trim(page.substr(open + 1, end - open - 1)))
    title += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  return core::printable(title, 80);
}

std::string page_text(std::string_view head) {
  const std::string lower = core::lower_case(head), title = title_of(head, lower);
  const bool quota = lower.find("quota") != lower.npos;
  const bool scan = lower.find("virus scan") != lower.npos;
  return str("a web page saved under that name", title.empty() ? "" : str(" ('", title, "')"), ": ",
             quota  ? "the host does not send the file now, because too many have fetched it (its download "
                      "quota is used up)"
             : scan ? "the host asks to confirm that it cannot scan a file so large, and sent that question"
                    : "the host sent a page in the place of the file, such as a login or a question",
             "; download it again", quota ? " in a day, or from another place" : " in a browser",
             ", and see that it is as large as it should be");
}

}  // namespace

std::string head_of(const std::filesystem::path& path, std::size_t most) {
  const core::Fd fd = core::open_for_reading(path, ErrorKind::data);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::string head(error ? 0 : std::min<std::uintmax_t>(size, most), '\0');
  core::read_exactly_at(fd.get(), head.data(), head.size(), 0, path, ErrorKind::data);
  return head;
}

// A browser or a host saved it in the place of a file.
static bool is_web_page(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const auto begin = head.find_first_not_of(" \t\r\n");
  if (begin == head.npos || head[begin] != '<') return false;
  const std::string lower = core::lower_case(head.substr(begin));
  for (const char* start : {"<!doctype", "<html", "<head", "<title", "<body", "<script", "<meta", "<!--"})
    if (lower.starts_with(start)) return true;
  return lower.starts_with("<?xml");  // an error of a storage service
}

std::string foreign_kind(std::string_view head) {
  if (is_web_page(head)) return page_text(head);
  for (const Kind& kind : kKinds)
    if (head.starts_with(kind.magic)) return str(kind.text, kUnpack);
  if (head.starts_with("PAR1")) return str("a parquet file, as Hugging Face has data sets; ", kParquetHint);
  if (head.starts_with("ARROW1"))
    return str("an Arrow file, as Hugging Face keeps data sets; ", kParquetHint);
  if (head.starts_with("\x89HDF\r\n\x1a\n"))
    return "an HDF5 file, which facegan does not read: write its pictures into a folder, and name that";
  if (head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
    return "a pickle of Python, which facegan does not read (it could run anything): write its pictures into "
           "a "
           "folder, and name that";
  return "";
}

void refuse_foreign(const std::filesystem::path& path, std::string_view head) {
  if (const std::string kind = foreign_kind(head); !kind.empty())
    throw Error(ErrorKind::data, str(core::printable(path.string()), " is ", kind));
}

}  // namespace facegan::data
