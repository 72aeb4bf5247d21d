// A zip read in place: its central directory once, then any entry from any thread.
// Format: PKWARE APPNOTE 6.3.10 (sections 4.3.7 - 4.3.16, 4.5.3); stored and deflated entries, zip64.
// Every number is checked against the file before it is used.
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>

#include "data/source.h"
#include "data/zip_entry.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

constexpr std::size_t kTailBytes = kEndBytes + 0xffff;                // an end with the longest comment
constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{4} << 30;  // read piece by piece
constexpr std::uint64_t kMaxDeflateRatio = 1040;  // the format itself cannot do better than 1032
constexpr unsigned kStored = 0, kDeflated = 8;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::data, reason);
}

// Where the end record begins in the last kTailBytes of a file: its comment reaches to the file's end, or
// unless `is_last` there may be something behind it. npos: there is none.
std::size_t find_end(const std::string& tail, bool is_last) {
  for (std::size_t p = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; p-- > 0;) {
    if (u32(&tail[p]) != kEnd) continue;
    const std::size_t after = p + kEndBytes + u16(&tail[p + 20]);
    if (after == tail.size() || (!is_last && after < tail.size())) return p;
  }
  return std::string::npos;
}

struct Directory {
  std::uint64_t count = 0, size = 0, offset = 0;
  std::uint64_t shift = 0;  // bytes before the zip, which its own offsets do not count
};

class ZipSource : public Source {
 public:
  // file: what a StoredFile is made of.
  template <class... File>
  ZipSource(bool (*wanted)(std::string_view), std::uint64_t most_bytes, File&&... file)
      : file_(std::forward<File>(file)...), wanted_(wanted), most_bytes_(most_bytes) {
    archive_stamp_ = file_.stamp();
    read_directory(find_directory());
  }

  std::string read(std::size_t i) const override;
  std::uint64_t stored_size(std::size_t i) const override { return entries_[listing_.given(i)].size(); }

 private:
  [[noreturn]] void damaged(const std::string& reason) const {
    refuse(
        core::str("the zip ", core::printable(file_.path().string()), " is damaged or incomplete: ", reason));
  }
  std::string bytes_at(std::uint64_t offset, std::uint64_t size) const {
    if (offset > file_.size() || size > file_.size() - offset) damaged("a part lies beyond its end");
    std::string bytes(size, '\0');
    file_.read(bytes.data(), size, offset);
    return bytes;
  }
  bool is_at(std::uint64_t offset, std::uint32_t signature) const {
    return offset <= file_.size() && file_.size() - offset >= 4 &&
           u32(bytes_at(offset, 4).data()) == signature;
  }
  Directory find_directory() const;
  void read_directory(const Directory& directory);

  StoredFile file_;
  bool (*wanted_)(std::string_view name);
  std::uint64_t most_bytes_;
  std::uint64_t data_end_ = 0;  // entries end where the directory begins
  std::vector<KeptEntry> entries_;
};

// A directory, front to back, a piece at a time.
class Records {
 public:
  Records(const StoredFile& file, const Directory& directory)
      : file_(file), next_(directory.offset), end_(directory.offset + directory.size) {}
  // The next `size` bytes, which stay in front until they are passed(); nullptr: there are not as many.
  const char* peek(std::size_t size) {
    if (piece_.size() - at_ < size) {
      piece_.erase(0, at_), at_ = 0;
      const std::size_t more = static_cast<std::size_t>(
                            std::min<std::uint64_t>(std::max(kPiece, size), end_ - next_)),
                        had = piece_.size();
      piece_.resize(had + more);
      file_.read(piece_.data() + had, more, next_);
      next_ += more;
    }
    return piece_.size() - at_ < size ? nullptr : piece_.data() + at_;
  }
  void passed(std::size_t size) { at_ += size; }
  bool has_record() {
    const char* record = peek(kCentralBytes);
    return record && u32(record) == kCentral;
  }

 private:
  static constexpr std::size_t kPiece = 1u << 20;
  const StoredFile& file_;
  std::uint64_t next_, end_;  // in the file: of what is still to be read
  std::string piece_;
  std::size_t at_ = 0;
};

Directory ZipSource::find_directory() const {
  const std::uint64_t tail_size = std::min<std::uint64_t>(file_.size(), kTailBytes);
  const std::string tail = bytes_at(file_.size() - tail_size, tail_size);
  std::size_t at = find_end(tail, true);
  if (at == std::string::npos) at = find_end(tail, false);
  if (at == std::string::npos) damaged("it has no directory at its end");

  const char* end = &tail[at];
  const std::uint64_t end_offset = file_.size() - tail_size + at;
  Directory directory{u16(end + 10), u32(end + 12), u32(end + 16)};
  std::uint64_t limit = end_offset;
  if (directory.count == 0xffff || directory.size == 0xffffffff || directory.offset == 0xffffffff) {
    if (end_offset < kLocatorBytes) damaged("it has no zip64 directory");
    const std::string locator = bytes_at(end_offset - kLocatorBytes, kLocatorBytes);
    if (u32(locator.data()) == kEnd64Locator) {
      limit = u64(&locator[8]);
      if (!is_at(limit, kEnd64))
        limit = end_offset - std::min<std::uint64_t>(end_offset, kLocatorBytes + kEnd64Bytes);
      const std::string end64 = bytes_at(limit, kEnd64Bytes);
      if (u32(end64.data()) != kEnd64) damaged("it has no zip64 directory");
      directory = {u64(&end64[32]), u64(&end64[40]), u64(&end64[48])};
    }  // else these really are the numbers
  }
  if (directory.offset > limit || directory.size > limit - directory.offset)
    damaged("its directory lies beyond its end");
  // Something before it: then the directory is not where it says, but right before its end.
  if (directory.count > 0 && !is_at(directory.offset, kCentral) && is_at(limit - directory.size, kCentral)) {
    directory.shift = limit - directory.size - directory.offset;
    directory.offset += directory.shift;
  }
  if (directory.size > kMaxDirectoryBytes || directory.count > kMaxPictures)
    damaged(core::str("its directory claims ", directory.count, " entries in ",
                      core::human_bytes(directory.size)));
  if (directory.count > directory.size / kCentralBytes)
    damaged(core::str("its directory is too small for ", directory.count, " entries"));
  return directory;
}

void ZipSource::read_directory(const Directory& directory) {
  Records records(file_, directory);
  data_end_ = directory.offset;
  NameList names;
  // The directory is as large as so many entries need: find_directory() has seen to it.
  entries_.reserve(directory.count), names.reserve(directory.count);
  // Some programs write more than 65,535 entries without zip64: their count is the rest modulo 65,536.
  std::uint64_t i = 0;
  for (; i < directory.count || records.has_record(); ++i) {
    if (i >= kMaxPictures)
      damaged(core::str("its directory has more than ", core::with_thousands(kMaxPictures), " entries"));
    const auto broken = [&] { damaged(core::str("entry ", i, " of its directory is broken")); };
    if (!records.has_record()) broken();
    const char* record = records.peek(kCentralBytes);
    const std::size_t name_size = u16(record + 28),
                      whole = kCentralBytes + name_size + u16(record + 30) + u16(record + 32);
    record = records.peek(whole);
    if (!record) broken();
    records.passed(whole);

    const std::string_view name(record + kCentralBytes, name_size);
    const bool unix_link = u16(record + 4) >> 8 == 3 && S_ISLNK(u32(record + 38) >> 16);
    if (unix_link || !wanted_(name)) {
      if (!unix_link) left_out_.add(name);
      continue;
    }
    ZipEntry entry = entry_of(record);
    entry.offset += directory.shift;  // one that wraps lies nowhere or at something else
    entries_.emplace_back(entry);
    names.add(tidy(name));
  }
  if ((i ^ directory.count) & 0xffff)
    damaged(core::str("its directory has ", i, " entries, but its end says ", directory.count));
  listing_ = make_listing(std::move(names));
}

std::string inflate_exactly(const std::string& packed, std::uint64_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  if (::inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();  // raw deflate
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = ::inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.total_out == size;
  ::inflateEnd(&stream);
  if (!whole) refuse("its compressed data is damaged");
  return out;
}

std::string ZipSource::read(std::size_t i) const {
  const ZipEntry e = entries_[listing_.given(i)].entry();
  if (e.encrypted) refuse("it is encrypted");
  if (e.method != kStored && e.method != kDeflated)
    refuse(core::str("it is compressed by method ", e.method, "; only stored and deflated entries are read"));
  if (e.size > most_bytes_ || e.packed > most_bytes_)
    refuse(core::str("it claims ", core::human_bytes(std::max(e.size, e.packed)), ", more than the ",
                     core::human_bytes(most_bytes_), " allowed"));
  // Deflate adds five bytes to 16 KiB at the most.
  if (e.method == kStored
          ? e.size != e.packed
          : e.size > (e.packed + 1) * kMaxDeflateRatio || e.packed > e.size + e.size / 100 + 1024)
    refuse(core::str("its sizes cannot be true (", e.packed, " bytes stored, ", e.size, " claimed)"));
  // Sums cannot overflow: packed is bounded, the offset is checked by bytes_at first.
  if (e.offset > data_end_ || data_end_ - e.offset < kLocalBytes) refuse("it lies outside the archive");
  const std::string local = bytes_at(e.offset, kLocalBytes);
  if (u32(local.data()) != kLocal) refuse("the archive has no entry where its directory says");
  const std::uint64_t begin = e.offset + kLocalBytes + u16(&local[26]) + u16(&local[28]);
  if (begin > data_end_ || e.packed > data_end_ - begin) refuse("it reaches beyond the end of the archive");

  std::string bytes = bytes_at(begin, e.packed);
  if (e.method == kDeflated) bytes = inflate_exactly(bytes, e.size);
  const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  if (crc != e.crc) refuse("its checksum is wrong");
  return bytes;
}

}  // namespace

bool is_zip(const std::filesystem::path& path) {
  const core::Fd fd = core::open_for_reading(path, ErrorKind::data);
  struct stat info;
  char begin[2];
  if (::fstat(fd.get(), &info) != 0 || info.st_size < static_cast<off_t>(sizeof begin)) return false;
  core::read_exactly_at(fd.get(), begin, sizeof begin, 0, path, ErrorKind::data);
  if (begin[0] == 'P' && begin[1] == 'K') return true;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string tail(std::min<std::uint64_t>(size, kTailBytes), '\0');
  core::read_exactly_at(fd.get(), tail.data(), tail.size(), size - tail.size(), path, ErrorKind::data);
  return find_end(tail, true) != std::string::npos;
}

std::unique_ptr<Source> open_zip_source(const std::filesystem::path& path,
                                        bool (*wanted)(std::string_view name), std::uint64_t most_bytes) {
  return std::make_unique<ZipSource>(wanted, most_bytes, path);
}

std::unique_ptr<Source> open_zip_source(core::Fd file, const std::filesystem::path& name,
                                        bool (*wanted)(std::string_view name)) {
  return std::make_unique<ZipSource>(wanted, kMaxPictureBytes, std::move(file), name);
}

}  // namespace facegan::data
