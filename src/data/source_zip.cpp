// A zip read in place: its central directory once, then any entry from any thread.
// Format: PKWARE APPNOTE 6.3.10 (sections 4.3.7 - 4.3.16, 4.5.3); stored and deflated entries, zip64.
// Every number is checked against the file before it is used.
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>

#include "data/source.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                      kLocatorBytes = 20;
constexpr std::size_t kTailBytes = kEndBytes + 0xffff;  // an end with the longest comment
constexpr std::uint64_t kMaxDirectoryBytes = 1u << 30;
constexpr std::uint64_t kMaxDeflateRatio = 1040;  // the format itself cannot do better than 1032
constexpr unsigned kStored = 0, kDeflated = 8;

std::uint64_t little_endian(const char* p, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(p[i]);
  return value;
}
std::uint32_t u16(const char* p) {
  return static_cast<std::uint32_t>(little_endian(p, 2));
}
std::uint32_t u32(const char* p) {
  return static_cast<std::uint32_t>(little_endian(p, 4));
}
std::uint64_t u64(const char* p) {
  return little_endian(p, 8);
}

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

struct Entry {
  std::uint64_t offset = 0, packed = 0, size = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  bool encrypted = false;
};

struct Directory {
  std::uint64_t count = 0, size = 0, offset = 0;
  std::uint64_t shift = 0;  // bytes before the zip, which its own offsets do not count
};

class ZipSource : public Source {
 public:
  ZipSource(core::Fd file, const std::filesystem::path& path, bool (*wanted)(std::string_view),
            std::uint64_t most_bytes)
      : path_(path), wanted_(wanted), most_bytes_(most_bytes), fd_(std::move(file)) {
    struct stat info;
    if (::fstat(fd_.get(), &info) != 0) damaged("its size cannot be read");
    archive_stamp_ = stamp_of(info);
    file_size_ = static_cast<std::uint64_t>(info.st_size);
    read_directory(find_directory());
  }

  std::string read(std::size_t i) const override;
  std::uint64_t stored_size(std::size_t i) const override { return entry(i).size; }

 private:
  const Entry& entry(std::size_t i) const { return entries_[listing_.origin[i]]; }
  [[noreturn]] void damaged(const std::string& reason) const {
    refuse(core::str("the zip ", core::printable(path_.string()), " is damaged or incomplete: ", reason));
  }
  std::string bytes_at(std::uint64_t offset, std::uint64_t size) const {
    if (offset > file_size_ || size > file_size_ - offset) damaged("a part lies beyond its end");
    std::string bytes(size, '\0');
    core::read_exactly_at(fd_.get(), bytes.data(), size, offset, path_, ErrorKind::data);
    return bytes;
  }
  bool is_at(std::uint64_t offset, std::uint32_t signature) const {
    return offset <= file_size_ && file_size_ - offset >= 4 && u32(bytes_at(offset, 4).data()) == signature;
  }
  Directory find_directory() const;
  void read_directory(const Directory& directory);

  std::filesystem::path path_;
  bool (*wanted_)(std::string_view name);
  std::uint64_t most_bytes_;
  core::Fd fd_;
  std::uint64_t file_size_ = 0, data_end_ = 0;  // entries end where the directory begins
  std::vector<Entry> entries_;
};

Directory ZipSource::find_directory() const {
  const std::uint64_t tail_size = std::min<std::uint64_t>(file_size_, kTailBytes);
  const std::string tail = bytes_at(file_size_ - tail_size, tail_size);
  std::size_t at = find_end(tail, true);
  if (at == std::string::npos) at = find_end(tail, false);
  if (at == std::string::npos) damaged("it has no directory at its end");

  const char* end = &tail[at];
  const std::uint64_t end_offset = file_size_ - tail_size + at;
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

// The zip64 extra field holds those of size, packed, offset that did not fit, in this order.
void apply_zip64(Entry& entry, const char* extra, std::size_t extra_size) {
  for (std::size_t p = 0; p + 4 <= extra_size;) {
    const std::size_t field = u16(extra + p + 2);
    if (field > extra_size - p - 4) return;
    if (u16(extra + p) == 1) {
      std::size_t q = p + 4;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset})
        if (*value == 0xffffffff && q + 8 <= p + 4 + field) *value = u64(extra + q), q += 8;
      return;
    }
    p += 4 + field;
  }
}

void ZipSource::read_directory(const Directory& directory) {
  const std::string bytes = bytes_at(directory.offset, directory.size);
  data_end_ = directory.offset;
  std::vector<std::string> names;
  std::size_t p = 0;
  const auto more = [&] { return bytes.size() - p >= kCentralBytes && u32(&bytes[p]) == kCentral; };
  // Some programs write more than 65,535 entries without zip64: their count is the rest modulo 65,536.
  std::uint64_t i = 0;
  for (; i < directory.count || more(); ++i) {
    if (i >= kMaxPictures) damaged(core::str("its directory has more than ", kMaxPictures, " entries"));
    if (bytes.size() - p < kCentralBytes || u32(&bytes[p]) != kCentral)
      damaged(core::str("entry ", i, " of its directory is broken"));
    const char* record = &bytes[p];
    const std::size_t name_size = u16(record + 28), extra_size = u16(record + 30),
                      comment_size = u16(record + 32);
    if (bytes.size() - p - kCentralBytes < name_size + extra_size + comment_size)
      damaged(core::str("entry ", i, " of its directory is broken"));
    p += kCentralBytes + name_size + extra_size + comment_size;

    std::string name(record + kCentralBytes, name_size);
    const bool unix_link = u16(record + 4) >> 8 == 3 && S_ISLNK(u32(record + 38) >> 16);
    if (unix_link || !wanted_(name)) {
      if (!unix_link) left_out_.add(name);
      continue;
    }
    Entry entry;
    entry.encrypted = u16(record + 8) & 1;
    entry.method = static_cast<std::uint16_t>(u16(record + 10));
    entry.crc = u32(record + 16);
    entry.packed = u32(record + 20);
    entry.size = u32(record + 24);
    entry.offset = u32(record + 42);
    apply_zip64(entry, record + kCentralBytes + name_size, extra_size);
    entry.offset += directory.shift;  // one that wraps lies nowhere or at something else
    entries_.push_back(entry);
    names.push_back(std::move(name));
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
  const Entry& e = entry(i);
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
  return std::make_unique<ZipSource>(core::open_for_reading(path, ErrorKind::data), path, wanted, most_bytes);
}

std::unique_ptr<Source> open_zip_source(core::Fd file, const std::filesystem::path& name,
                                        bool (*wanted)(std::string_view name)) {
  return std::make_unique<ZipSource>(std::move(file), name, wanted, kMaxPictureBytes);
}

}  // namespace facegan::data
