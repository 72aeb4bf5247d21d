// Pictures of a .tar, plain or packed. A plain one is read in place. A packed one can only be read from front
// to back, so opening it copies the pictures into a file without a name, from which any of them is read at
// any time. Only the tar format of libarchive is switched on, and of its filters the one that the file begins
// as, once: gzip in gzip has no end where a file unfolds to itself.
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <optional>

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
constexpr std::size_t kMaxNameBytes = 4096, kMaxNamesBytes = 2u << 30;

// Where the bytes of a picture lie: in the archive, or in the copy of those that do not lie in it as they
// are.
struct Span {
  std::uint64_t copied : 1 = 0, offset : 63 = 0;
  std::uint64_t size = 0;
};
constexpr std::uint64_t kNone = UINT64_MAX;  // size of a link to what is not there

class TarSource : public Source {
 public:
  TarSource(const std::filesystem::path& path, std::shared_ptr<Spool> spool)
      : file_(path), spool_(spool ? std::move(spool) : std::make_shared<Spool>()) {
    archive_stamp_ = file_.stamp();
    const core::Fd fd = file_.open_again();
    // Where an entry does not lie as its header says, all are copied.
    if (filter_of(fd.get()) || !read_entries(fd.get(), true)) {
      spans_.clear(), left_out_ = {};
      if (::lseek(fd.get(), 0, SEEK_SET) != 0) damaged("it cannot be read anew");
      read_entries(fd.get(), false);
    }
  }

  std::string read(std::size_t i) const override {
    const Span& span = spans_[listing_.given(i)];
    if (span.size > kMaxPictureBytes)
      throw Error(ErrorKind::data, core::str("it claims ", core::human_bytes(span.size), ", more than the ",
                                             core::human_bytes(kMaxPictureBytes), " allowed"));
    std::string bytes(span.size, '\0');
    if (span.copied)
      core::read_exactly_at(spool_->file.fd.get(), bytes.data(), bytes.size(), span.offset,
                            spool_->file.folder, ErrorKind::data);
    else
      file_.read(bytes.data(), bytes.size(), span.offset);
    return bytes;
  }
  std::uint64_t stored_size(std::size_t i) const override { return spans_[listing_.given(i)].size; }

 private:
  using Archive = std::unique_ptr<archive, int (*)(archive*)>;
  struct Found;  // names and links on the way

  Archive opened(int fd) const;
  bool read_entries(int fd, bool in_place);
  void take(archive* in, archive_entry* entry, bool in_place, Found& found);
  void settle(Found& found);
  void warn_if_cut() const;
  Span span_of(archive* in, archive_entry* entry, std::uint64_t claimed, bool in_place);
  Span copy_entry(archive* in, std::uint64_t claimed);
  [[noreturn]] void damaged(const std::string& reason) const {
    throw Error(ErrorKind::data,
                core::str("cannot read ", core::printable(file_.path().string()),
                          " as a zip or tar (.gz, .bz2, .xz, .zst): ", core::printable(reason)));
  }
  // A packed file can unfold to a thousand times its size and more, and so can a tar of files with holes.
  // Pictures do not.
  void check_ratio(std::uint64_t passed) const {
    const std::uint64_t most = std::max(kMinUnfolded, file_.size() * kMaxRatio);
    if (passed > most)
      throw Error(ErrorKind::data,
                  core::str(core::printable(file_.path().string()), " has ", core::human_bytes(file_.size()),
                            " and unfolds to more than ", core::human_bytes(most), ": that are no pictures"));
  }
  // Whether so many bytes may be copied, all in all.
  void check_room(std::uint64_t bytes) const {
    if (bytes > spool_->file.free_bytes / 2)
      throw Error(ErrorKind::data,
                  core::str(core::printable(file_.path().string()), " unfolds to more than half of the ",
                            core::human_bytes(spool_->file.free_bytes), " that are free in ",
                            core::printable(spool_->file.folder.string())));
  }

  StoredFile file_;
  std::shared_ptr<Spool> spool_;
  std::vector<char> block_;
  std::vector<Span> spans_;
};

std::string reason(archive* in) {
  const char* const text = ::archive_error_string(in);
  return text ? text : "it is damaged";
}

// NameList as the archive's bytes, whatever the locale: libarchive converts only one of the two forms.
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

TarSource::Archive TarSource::opened(int fd) const {
  Archive in(::archive_read_new(), ::archive_read_free);
  if (!in) throw std::bad_alloc();
  ::archive_read_support_format_tar(in.get());
  const Filter* const filter = filter_of(fd);
  if (filter) {
    // Only asked: appending one that is not built in would start another program at once.
    const Archive probe(::archive_read_new(), ::archive_read_free);
    if (!probe || filter->support(probe.get()) != ARCHIVE_OK)
      damaged(core::str("this build does not unpack ", filter->name, "; unpack it into a .tar or a folder"));
    ::archive_read_append_filter(in.get(), filter->code);
  }
  // Of a plain one only the headers are read: small blocks, between which it passes over what is larger.
  const std::size_t block = filter ? 1 << 18 : 1 << 13;
  if (::archive_read_open_fd(in.get(), fd, block) != ARCHIVE_OK) damaged(reason(in.get()));
  return in;
}

struct TarSource::Found {
  NameList names;                    // of pictures, also of those in hidden folders
  std::vector<bool> counts;          // which are none of those
  NameList targets;                  // of links ...
  std::vector<std::uint32_t> links;  // ... which are these of the names
  std::uint64_t entries = 0, passed = 0, name_bytes = 0, copied_before = 0;
};

// False when `in_place` and the bytes of a picture lie elsewhere than they should.
bool TarSource::read_entries(int fd, bool in_place) {
  const Archive in = opened(fd);
  if (!in_place) spool_->open();
  block_.resize(1 << 18);
  Found found;
  found.copied_before = spool_->written;
  std::uint64_t expected = 0;  // where the next entry begins, 0 = anywhere
  for (archive_entry* entry = nullptr;;) {
    const int result = ::archive_read_next_header(in.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    // ARCHIVE_RETRY too: it passes over a header whose checksum is wrong.
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) damaged(reason(in.get()));
    if (expected > 0 && static_cast<std::uint64_t>(::archive_read_header_position(in.get())) != expected)
      return false;
    if (++found.entries > kMaxPictures)
      damaged(core::str("it has more than ", core::with_thousands(kMaxPictures), " entries"));
    const std::size_t before = spans_.size();
    take(in.get(), entry, in_place, found);
    const bool lies_here = spans_.size() > before && !spans_.back().copied && spans_.back().offset > 0;
    expected = in_place && lies_here ? (spans_.back().offset + spans_.back().size + 511) / 512 * 512 : 0;
  }
  if (::archive_filter_code(in.get(), 0) == ARCHIVE_FILTER_NONE) warn_if_cut();
  settle(found);
  block_ = {};
  return true;
}

void TarSource::take(archive* in, archive_entry* entry, bool in_place, Found& found) {
  const auto claimed = static_cast<std::uint64_t>(std::max<la_int64_t>(0, ::archive_entry_size(entry)));
  found.passed = claimed > UINT64_MAX - found.passed ? UINT64_MAX : found.passed + claimed;
  // Headers and long names count too.
  const auto passed = std::max(found.passed, static_cast<std::uint64_t>(::archive_filter_bytes(in, 0)));
  check_ratio(passed);
  if (!in_place) check_room(found.copied_before + passed);
  const std::string name = entry_name(entry);
  const bool counts = is_picture_name(name);
  const bool is_file = ::archive_entry_filetype(entry) == AE_IFREG;
  const std::string target = link_target(entry);
  if (!counts) {
    if (is_file) left_out_.add(name);
    // One in a hidden folder may have other names, which come as links to this one.
    if (!has_picture_suffix(name)) return;
  }
  if (name.size() > kMaxNameBytes || (found.name_bytes += name.size() + target.size()) > kMaxNamesBytes)
    damaged(core::str("a name of ", name.size(), " bytes, or too many of them"));
  if (target.empty() && !is_file) return;
  if (!target.empty()) {
    found.links.push_back(static_cast<std::uint32_t>(found.names.size()));
    found.targets.add(tidy(target));
  }
  spans_.push_back(target.empty() ? span_of(in, entry, claimed, in_place) : Span{0, 0, kNone});
  found.names.add(tidy(name));
  found.counts.push_back(counts);
}

// Links get the bytes of what they are another name of: of several before them the last. Those of nothing,
// and names in hidden folders, go.
void TarSource::settle(Found& found) {
  if (!found.links.empty()) {
    std::vector<std::uint32_t> order(found.names.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto is_before = [&](std::string_view a, std::uint32_t i, std::string_view b, std::uint32_t j) {
      return a != b ? a < b : i < j;
    };
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return is_before(found.names[a], a, found.names[b], b);
    });
    for (std::size_t k = 0; k < found.links.size(); ++k) {
      const std::uint32_t link = found.links[k];
      const std::string_view target = found.targets[k];
      auto at = std::lower_bound(order.begin(), order.end(), link, [&](std::uint32_t i, std::uint32_t) {
        return is_before(found.names[i], i, target, link);
      });
      while (at != order.begin() && found.names[*--at] == target) {
        spans_[link] = spans_[*at];
        if (spans_[link].size != kNone) break;
      }
    }
  }
  bool all = true;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].size == kNone) found.counts[i] = false;
    all = all && found.counts[i];
  }
  listing_ = make_listing(std::move(found.names), all ? std::vector<bool>{} : found.counts);
}

// A tar that was cut between two entries reads well; only its end, blocks of zeros, is not there.
void TarSource::warn_if_cut() const {
  char end[512];
  if (file_.size() < sizeof end) return;
  file_.read(end, sizeof end, file_.size() - sizeof end);
  if (std::any_of(std::begin(end), std::end(end), [](char c) { return c != 0; }))
    core::log_warning(core::printable(file_.path().string()), " has no end mark: it may have been cut off");
}

Span TarSource::span_of(archive* in, archive_entry* entry, std::uint64_t claimed, bool in_place) {
  if (claimed > kMaxPictureBytes) return {0, 0, claimed};  // read() refuses it
  if (in_place && ::archive_entry_sparse_count(entry) == 0) {
    const auto at = static_cast<std::uint64_t>(::archive_filter_bytes(in, 0));
    if (at > file_.size() || claimed > file_.size() - at) damaged("it ends too early");
    return {0, at, claimed};
  }
  spool_->open();
  check_room(spool_->written + claimed);
  return copy_entry(in, claimed);
}

Span TarSource::copy_entry(archive* in, std::uint64_t claimed) {
  const Span span{1, spool_->written, claimed};
  std::uint64_t got = 0;  // by blocks as they come: a claimed size alone makes nobody ask for memory
  for (;;) {
    const la_ssize_t n = ::archive_read_data(in, block_.data(), block_.size());
    if (n < 0) damaged(reason(in));
    if (n == 0) break;
    got += static_cast<std::uint64_t>(n);
    if (got > claimed) damaged("an entry is longer than it says");
    core::write_all(spool_->file.fd.get(), block_.data(), static_cast<std::size_t>(n), spool_->file.folder);
    spool_->written += static_cast<std::uint64_t>(n);
  }
  if (got != claimed) damaged("it ends too early");
  return span;
}

}  // namespace

std::unique_ptr<Source> open_tar_source(const std::filesystem::path& path, std::shared_ptr<Spool> spool) {
  return std::make_unique<TarSource>(path, std::move(spool));
}

}  // namespace facegan::data
