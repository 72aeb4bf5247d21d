#include "data/pack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;

constexpr char kMagic[8] = {'f', 'g', 'p', 'a', 'c', 'k', '0', '1'};
constexpr std::uint64_t kBlock = 64;     // pictures that share a sum
constexpr std::uint64_t kDataAt = 4096;  // the data begins at a multiple of this

struct Header {
  char magic[8];
  std::uint64_t key, count, picture_bytes;
  std::uint64_t table_sum;  // over the four above and the table
};

std::uint64_t blocks_of(const PackId& id) {
  return (id.count + kBlock - 1) / kBlock;
}

// Where the pixels begin: behind header, a byte for each picture, and a sum for each block.
std::uint64_t data_at(const PackId& id) {
  const std::uint64_t table = sizeof(Header) + id.count + 8 * blocks_of(id);
  return (table + kDataAt - 1) / kDataAt * kDataAt;
}

std::uint64_t table_sum(const Header& header, const std::vector<unsigned char>& usable,
                        const std::vector<std::uint64_t>& sums) {
  core::Xxh64 hash;
  hash.update(&header, offsetof(Header, table_sum));
  hash.update(usable.data(), usable.size());
  hash.update(sums.data(), 8 * sums.size());
  return hash.digest();
}

Header header_of(const PackId& id) {
  Header header{{}, id.key, id.count, id.picture_bytes, 0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  return header;
}

// A file that goes away again unless it is kept.
class Temporary {
 public:
  explicit Temporary(const fs::path& target)
      : path_(target.parent_path() / str(".", target.filename().string(), ".", ::getpid(), ".tmp")),
        fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (!fd_.valid()) fail(errno);
  }
  Temporary(const Temporary&) = delete;
  ~Temporary() {
    if (!kept_) ::unlink(path_.c_str());
  }

  [[noreturn]] void fail(int error) const {
    throw Error(ErrorKind::io, str("cannot write ", printable(path_.string()), ": ", std::strerror(error)));
  }
  void write(const void* bytes, std::size_t size) { core::write_all(fd_.get(), bytes, size, path_); }
  void seek(std::uint64_t offset) {
    if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) fail(errno);
  }
  void keep_as(const fs::path& target) {
    if (::fsync(fd_.get()) != 0) fail(errno);
    if (::rename(path_.c_str(), target.c_str()) != 0) fail(errno);
    kept_ = true;
  }

 private:
  fs::path path_;
  core::Fd fd_;
  bool kept_ = false;
};

}  // namespace

std::optional<Pack> Pack::open(const fs::path& file, const PackId& id) {
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  try {
    Pack pack;
    pack.path_ = file, pack.id_ = id, pack.data_at_ = data_at(id);
    pack.fd_ = core::open_for_reading(file, ErrorKind::data);
    struct stat info;
    // All numbers are those that are expected: nothing is allocated by what the file says.
    Header header;
    core::read_exactly_at(pack.fd_.get(), &header, sizeof header, 0, file, ErrorKind::data);
    if (::fstat(pack.fd_.get(), &info) != 0 || std::memcmp(&header, kMagic, sizeof kMagic) != 0 ||
        header.key != id.key || header.count != id.count || header.picture_bytes != id.picture_bytes ||
        static_cast<std::uint64_t>(info.st_size) != pack.data_at_ + id.count * id.picture_bytes)
      throw Error(ErrorKind::data, str(printable(file.string()), " is not what its name says"));
    pack.usable_.resize(id.count);
    pack.sums_.resize(blocks_of(id));
    core::read_exactly_at(pack.fd_.get(), pack.usable_.data(), id.count, sizeof header, file,
                          ErrorKind::data);
    core::read_exactly_at(pack.fd_.get(), pack.sums_.data(), 8 * pack.sums_.size(), sizeof header + id.count,
                          file, ErrorKind::data);
    if (header.table_sum != table_sum(header, pack.usable_, pack.sums_))
      throw Error(ErrorKind::data, str(printable(file.string()), " is damaged"));
    pack.checked_ = std::vector<std::atomic<std::uint8_t>>(pack.sums_.size());
    return pack;
  } catch (const Error& refused) {
    core::log_warning(refused.what(), "; the pictures are decoded again ('facegan data prune' removes it)");
    return {};
  }
}

bool Pack::check(std::size_t block) const {
  const std::uint64_t first = block * kBlock, count = std::min(kBlock, id_.count - first);
  std::vector<unsigned char> bytes(count * id_.picture_bytes);
  bool whole = false;
  try {
    core::read_exactly_at(fd_.get(), bytes.data(), bytes.size(), data_at_ + first * id_.picture_bytes, path_,
                          ErrorKind::data);
    whole = core::xxh64(bytes.data(), bytes.size()) == sums_[block];
  } catch (const Error&) {  // a disk that does not read: damaged
  }
  if (checked_[block].exchange(whole ? 1 : 2) == 0 && !whole)
    core::log_warning(printable(path_.string()), " is damaged: the pictures of block ", block,
                      " are decoded again ('facegan data prune' removes the file)");
  return whole;
}

bool Pack::read(std::size_t i, unsigned char* out) const {
  const std::size_t block = i / kBlock;
  const std::uint8_t state = checked_[block].load(std::memory_order_relaxed);
  if (state == 2 || (state == 0 && !check(block))) return false;
  try {
    core::read_exactly_at(fd_.get(), out, id_.picture_bytes, data_at_ + i * id_.picture_bytes, path_,
                          ErrorKind::data);
  } catch (const Error&) {
    return false;
  }
  return true;
}

bool write_pack(const fs::path& file, const PackId& id,
                const std::function<bool(std::size_t i, unsigned char* out)>& get,
                const std::atomic<bool>& stop) {
  core::make_folder(file.parent_path());
  core::remove_leftovers(file.parent_path());
  const std::uint64_t needed = data_at(id) + id.count * id.picture_bytes;
  if (core::free_disk_bytes(file.parent_path()) / 10 * 9 < needed)
    throw Error(ErrorKind::io, str("not enough space for ", printable(file.string()), ": ",
                                   core::human_bytes(needed), " needed"));
  Temporary out(file);
  out.seek(data_at(id));
  std::vector<unsigned char> usable(id.count), block;
  std::vector<std::uint64_t> sums;
  for (std::uint64_t first = 0; first < id.count; first += kBlock) {
    const std::uint64_t count = std::min(kBlock, id.count - first);
    block.assign(count * id.picture_bytes, 0);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (stop) return false;
      unsigned char* pixels = block.data() + i * id.picture_bytes;
      usable[first + i] = get(first + i, pixels);
      if (!usable[first + i]) std::memset(pixels, 0, id.picture_bytes);
    }
    sums.push_back(core::xxh64(block.data(), block.size()));
    out.write(block.data(), block.size());
  }
  Header header = header_of(id);
  header.table_sum = table_sum(header, usable, sums);
  out.seek(0);
  out.write(&header, sizeof header);
  out.write(usable.data(), usable.size());
  out.write(sums.data(), 8 * sums.size());
  out.keep_as(file);
  return true;
}

}  // namespace facegan::data
