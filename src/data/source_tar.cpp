// Pictures of a .tar, plain or packed. Such a file can only be read from front to back, so opening it copies
// the pictures into a file without a name, from which any of them is read at any time.
// Only the tar format of libarchive is switched on, and of its filters the one that the file begins as, once:
// gzip in gzip has no end where a file unfolds to itself.
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "data/scratch.h"
#include "data/source.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

// gzip, bzip2, xz and Zstandard, by their first bytes (RFC 1952, bzip2's manual, the .xz file format, RFC
// 8878).
struct Filter {
  std::string_view magic;
  int code;
  int (*support)(archive*);
  const char* name;
};
constexpr Filter kFilters[] = {
    {"\x1F\x8B", ARCHIVE_FILTER_GZIP, ::archive_read_support_filter_gzip, "gzip"},
    {"BZh", ARCHIVE_FILTER_BZIP2, ::archive_read_support_filter_bzip2, "bzip2"},
    {"\xFD"
     "7zXZ",
     ARCHIVE_FILTER_XZ, ::archive_read_support_filter_xz, "xz"},
    {"\x28\xB5\x2F\xFD", ARCHIVE_FILTER_ZSTD, ::archive_read_support_filter_zstd, "zstd"}};

// The filter of a file that begins so; nullptr: none. "ustar" stands in a tar that is not packed, whose first
// name may be anything.
const Filter* filter_of(int fd) {
  char begin[8] = {}, form[5] = {};
  const ssize_t n = ::pread(fd, begin, sizeof begin, 0);
  if (::pread(fd, form, sizeof form, 257) == sizeof form && std::string_view(form, sizeof form) == "ustar")
    return nullptr;
  const std::string_view head(begin, static_cast<std::size_t>(std::max<ssize_t>(0, n)));
  for (const Filter& filter : kFilters)
    if (head.starts_with(filter.magic)) return &filter;
  return nullptr;
}

constexpr std::uint64_t kMinUnfolded = 1u << 30, kMaxRatio = 200;  // of what all unfolds to
constexpr std::size_t kMaxNameBytes = 4096, kMaxNamesBytes = 256u << 20;

struct Span {
  std::uint64_t offset = 0, size = 0;
};

class TarSource : public Source {
 public:
  explicit TarSource(const std::filesystem::path& path) : path_(path), scratch_(make_scratch()) {
    copy_pictures();
  }

  std::string read(std::size_t i) const override {
    const Span& span = spans_[listing_.origin[i]];
    if (span.size > kMaxPictureBytes)
      throw Error(ErrorKind::data, core::str("it claims ", core::human_bytes(span.size), ", more than the ",
                                             core::human_bytes(kMaxPictureBytes), " allowed"));
    std::string bytes(span.size, '\0');
    core::read_exactly_at(scratch_.fd.get(), bytes.data(), bytes.size(), span.offset, scratch_.folder,
                          ErrorKind::data);
    return bytes;
  }
  std::uint64_t stored_size(std::size_t i) const override { return spans_[listing_.origin[i]].size; }

 private:
  using Archive = std::unique_ptr<archive, int (*)(archive*)>;

  Archive opened(int fd);
  void copy_pictures();
  void warn_if_cut(int fd) const;
  Span copy_entry(archive* in, std::uint64_t claimed);
  [[noreturn]] void damaged(const std::string& reason) const {
    throw Error(ErrorKind::data,
                core::str("cannot read ", core::printable(path_.string()),
                          " as a zip or tar (.gz, .bz2, .xz, .zst): ", core::printable(reason)));
  }
  // A packed file can unfold to a thousand times its size and more, and so can a tar of files with holes.
  // Pictures do not.
  void check_room(std::uint64_t passed) const {
    if (passed > std::max(kMinUnfolded, stored_ * kMaxRatio))
      throw Error(ErrorKind::data, core::str(core::printable(path_.string()), " has ",
                                             core::human_bytes(stored_), " and unfolds to more than ",
                                             core::human_bytes(std::max(kMinUnfolded, stored_ * kMaxRatio)),
                                             ": that are no pictures"));
    if (passed > scratch_.free_bytes / 2)
      throw Error(ErrorKind::data,
                  core::str(core::printable(path_.string()), " unfolds to more than half of the ",
                            core::human_bytes(scratch_.free_bytes), " that are free in ",
                            core::printable(scratch_.folder.string())));
  }

  std::filesystem::path path_;
  std::uint64_t stored_ = 0;  // bytes of the file
  Scratch scratch_;
  std::uint64_t written_ = 0;
  std::vector<char> block_;
  std::vector<Span> spans_;
};

std::string reason(archive* in) {
  const char* const text = ::archive_error_string(in);
  return text ? text : "it is damaged";
}

// Names as the archive's bytes, whatever the locale: libarchive converts only one of the two forms.
std::string entry_name(archive_entry* entry) {
  const char* name = ::archive_entry_pathname_utf8(entry);
  if (!name) name = ::archive_entry_pathname(entry);
  return name ? name : "";
}

// What a hard link is another name of; "" = it is none.
std::string link_target(archive_entry* entry) {
  const char* name = ::archive_entry_hardlink_utf8(entry);
  if (!name) name = ::archive_entry_hardlink(entry);
  return name ? name : "";
}

TarSource::Archive TarSource::opened(int fd) {
  Archive in(::archive_read_new(), ::archive_read_free);
  if (!in) throw std::bad_alloc();
  ::archive_read_support_format_tar(in.get());
  if (const Filter* const filter = filter_of(fd)) {
    // Only asked: appending one that is not built in would start another program at once.
    const Archive probe(::archive_read_new(), ::archive_read_free);
    if (!probe || filter->support(probe.get()) != ARCHIVE_OK)
      damaged(core::str("this build does not unpack ", filter->name, "; unpack it into a .tar or a folder"));
    ::archive_read_append_filter(in.get(), filter->code);
  }
  if (::archive_read_open_fd(in.get(), fd, 1 << 18) != ARCHIVE_OK) damaged(reason(in.get()));

  struct stat info;
  if (::fstat(fd, &info) != 0) damaged("its size cannot be read");
  archive_stamp_ = stamp_of(info);
  stored_ = static_cast<std::uint64_t>(info.st_size);
  return in;
}

void TarSource::copy_pictures() {
  const core::Fd fd = core::open_for_reading(path_, ErrorKind::data);
  const Archive in = opened(fd.get());
  block_.resize(1 << 18);
  std::vector<std::string> names;
  std::unordered_map<std::string, Span> known;  // for hard links
  std::uint64_t passed = 0, entries = 0, name_bytes = 0;
  for (archive_entry* entry = nullptr;;) {
    const int result = ::archive_read_next_header(in.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    // ARCHIVE_RETRY too: it passes over a header whose checksum is wrong.
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(reason(in.get()));
    if (++entries > kMaxPictures)
      damaged(core::str("it has more than ", core::with_thousands(kMaxPictures), " entries"));
    const auto claimed = static_cast<std::uint64_t>(std::max<la_int64_t>(0, ::archive_entry_size(entry)));
    passed = claimed > UINT64_MAX - passed ? UINT64_MAX : passed + claimed;
    // Headers and long names count too.
    check_room(std::max(passed, static_cast<std::uint64_t>(::archive_filter_bytes(in.get(), 0))));
    std::string name = entry_name(entry);
    const bool counts = is_picture_name(name);
    if (!counts) {
      if (::archive_entry_filetype(entry) == AE_IFREG) left_out_.add(name);
      // One in a hidden folder may have other names, which come as links to this one.
      if (!has_picture_suffix(name)) continue;
    }
    if (name.size() > kMaxNameBytes || (name_bytes += name.size()) > kMaxNamesBytes)
      damaged(core::str("a name of ", name.size(), " bytes, or too many of them"));

    Span span;
    if (const std::string target = link_target(entry); !target.empty()) {
      const auto found = known.find(target);
      if (found == known.end()) continue;
      span = found->second;
    } else if (::archive_entry_filetype(entry) == AE_IFREG) {
      span = copy_entry(in.get(), claimed);
    } else {
      continue;
    }
    known[name] = span;
    if (!counts) continue;
    spans_.push_back(span);
    names.push_back(std::move(name));
  }
  if (::archive_filter_code(in.get(), 0) == ARCHIVE_FILTER_NONE) warn_if_cut(fd.get());
  listing_ = make_listing(std::move(names));
  block_ = {};
}

// A tar that was cut between two entries reads well; only its end, blocks of zeros, is not there.
void TarSource::warn_if_cut(int fd) const {
  char end[512];
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size < static_cast<off_t>(sizeof end)) return;
  core::read_exactly_at(fd, end, sizeof end, static_cast<std::uint64_t>(size) - sizeof end, path_,
                        ErrorKind::data);
  if (std::any_of(std::begin(end), std::end(end), [](char c) { return c != 0; }))
    core::log_warning(core::printable(path_.string()), " has no end mark: it may have been cut off");
}

Span TarSource::copy_entry(archive* in, std::uint64_t claimed) {
  if (claimed > kMaxPictureBytes) return {written_, claimed};  // read() refuses it
  const Span span{written_, claimed};
  std::uint64_t got = 0;  // by blocks as they come: a claimed size alone makes nobody ask for memory
  for (;;) {
    const la_ssize_t n = ::archive_read_data(in, block_.data(), block_.size());
    if (n < 0) damaged(reason(in));
    if (n == 0) break;
    got += static_cast<std::uint64_t>(n);
    if (got > claimed) damaged("an entry is longer than it says");
    core::write_all(scratch_.fd.get(), block_.data(), static_cast<std::size_t>(n), scratch_.folder);
  }
  if (got != claimed) damaged("it ends too early");
  written_ += got;
  return span;
}

}  // namespace

std::unique_ptr<Source> open_tar_source(const std::filesystem::path& path) {
  return std::make_unique<TarSource>(path);
}

}  // namespace facegan::data
