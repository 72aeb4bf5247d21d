#include "data/pack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/machine/workers.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;

constexpr char kMagic[8] = {'f', 'g', 'p', 'a', 'c', 'k', '0', '1'};
constexpr std::uint64_t kDataAt = 4096;          // the data begins at a multiple of this
constexpr std::uint64_t kSyncEvery = 64u << 20;  // bytes: the end of a run must not wait for all of them

// Pictures that share a sum: about a MiB of them.
std::uint64_t block_of(const PackId& id) {
  return std::max<std::uint64_t>(1, (1u << 20) / id.picture_bytes);
}

struct Header {
  char magic[8];
  std::uint64_t key, count, picture_bytes;
  std::uint64_t table_sum;  // over the four above and the table
};

std::uint64_t blocks_of(const PackId& id) {
  return (id.count + block_of(id) - 1) / block_of(id);
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

std::string random_text() {
  std::uint64_t random = 0;
  while (::getrandom(&random, sizeof random, 0) != sizeof random && errno == EINTR) {
  }
  return core::hex64(random);
}

// A file that goes away again unless it is kept; locked, so that others see that it is alive.
class Temporary {
 public:
  explicit Temporary(const fs::path& target)
      : path_((target.parent_path() / ("." + target.filename().string() + "." + random_text())).string()),
        fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)) {
    if (!fd_.valid()) fail(errno);
    ::flock(fd_.get(), LOCK_EX | LOCK_NB);
  }
  Temporary(const Temporary&) = delete;
  ~Temporary() {
    if (!kept_) ::unlink(path_.c_str());
  }

  [[noreturn]] void fail(int error) const {
    throw Error(ErrorKind::io, str("cannot write ", printable(path_), ": ", std::strerror(error)));
  }
  void write_at(const void* bytes, std::size_t size, std::uint64_t offset) const {
    const auto* p = static_cast<const char*>(bytes);
    while (size > 0) {
      const ssize_t n = ::pwrite(fd_.get(), p, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail(n == 0 ? ENOSPC : errno);
      p += n, size -= static_cast<std::size_t>(n), offset += static_cast<std::uint64_t>(n);
    }
  }
  void sync() const {
    if (::fdatasync(fd_.get()) != 0) fail(errno);
  }
  void keep_as(const fs::path& target) {
    if (::fsync(fd_.get()) != 0) fail(errno);
    if (::rename(path_.c_str(), target.c_str()) != 0) fail(errno);
    kept_ = true;
  }

 private:
  std::string path_;
  core::Fd fd_;
  bool kept_ = false;
};

std::int64_t written_ns(const struct stat& info) {
  return info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
}

}  // namespace

std::uint64_t pack_bytes(const PackId& id) {
  return data_at(id) + id.count * id.picture_bytes;
}

void remove_unfinished_packs(const fs::path& folder) {
  std::error_code ignored;  // one that stays costs its room, no more
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') || name.find(".pack.") == std::string::npos) continue;
    const core::Fd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) fs::remove(entry.path(), ignored);
  }
}

std::optional<PackLock> PackLock::take(const fs::path& file, bool wait) {
  core::make_folder(file.parent_path());
  PackLock lock;
  lock.path_ = file.parent_path() / ("." + file.filename().string() + ".lock");
  for (;;) {
    lock.fd_ = core::Fd(::open(lock.path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!lock.fd_.valid())
      throw Error(ErrorKind::io,
                  str("cannot write ", printable(lock.path_.string()), ": ", std::strerror(errno)));
    int error = 0;
    while (::flock(lock.fd_.get(), wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 && (error = errno) == EINTR) {
    }
    if (error == EWOULDBLOCK) {
      lock.path_.clear();
      return {};
    }
    // The one before takes the file away with it: then it is another one's, or nobody's.
    struct stat held, there;
    if (::fstat(lock.fd_.get(), &held) == 0 && ::lstat(lock.path_.c_str(), &there) == 0 &&
        held.st_dev == there.st_dev && held.st_ino == there.st_ino)
      return lock;
  }
}

PackLock::~PackLock() {
  if (fd_.valid() && !path_.empty()) ::unlink(path_.c_str());
}

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
        static_cast<std::uint64_t>(info.st_size) != pack_bytes(id))
      throw Error(ErrorKind::data, str(printable(file.string()), " is not what its name says"));
    pack.written_ns_ = written_ns(info);
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
  const std::uint64_t first = block * block_of(id_), count = std::min(block_of(id_), id_.count - first);
  bool whole = false;
  try {
    std::vector<unsigned char> bytes(count * id_.picture_bytes);
    core::read_exactly_at(fd_.get(), bytes.data(), bytes.size(), data_at_ + first * id_.picture_bytes, path_,
                          ErrorKind::data);
    whole = core::xxh64(bytes.data(), bytes.size()) == sums_[block];
  } catch (const std::exception&) {  // a disk that does not read, no memory: decoded again
  }
  if (checked_[block].exchange(whole ? 1 : 2) == 0 && !whole)
    core::log_warning(printable(path_.string()), " is damaged: the pictures of block ", block,
                      " are decoded again ('facegan data prune' removes the file)");
  return whole;
}

bool Pack::read(std::size_t i, unsigned char* out) const {
  const std::size_t block = i / block_of(id_);
  const std::uint8_t state = checked_[block].load(std::memory_order_relaxed);
  if (state == 2 || (state == 0 && !check(block))) return false;
  try {
    core::read_exactly_at(fd_.get(), out, id_.picture_bytes, data_at_ + i * id_.picture_bytes, path_,
                          ErrorKind::data);
  } catch (const Error&) {
    return false;
  }
  return is_as_opened();
}

// Asked after a picture was read.
bool Pack::is_as_opened() const {
  struct stat info;
  if (::fstat(fd_.get(), &info) == 0 && written_ns(info) == written_ns_) return true;
  if (!told_->exchange(true))
    core::log_warning(printable(path_.string()),
                      " was written to while it was in use: the pictures are decoded from here on");
  return false;
}

bool write_pack(const fs::path& file, const PackId& id, int workers,
                const std::function<bool(std::size_t i, unsigned char* out)>& get,
                const std::atomic<bool>& stop) {
  core::make_folder(file.parent_path());
  remove_unfinished_packs(file.parent_path());
  Temporary out(file);
  std::vector<unsigned char> usable(id.count);
  std::vector<std::uint64_t> sums(blocks_of(id));
  std::atomic<std::uint64_t> not_synced{0};
  machine::for_each_index(sums.size(), workers, [&](std::size_t block) {
    const std::uint64_t first = block * block_of(id), count = std::min(block_of(id), id.count - first);
    std::vector<unsigned char> pixels(count * id.picture_bytes);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (stop) return false;
      unsigned char* picture = pixels.data() + i * id.picture_bytes;
      usable[first + i] = get(first + i, picture);
      if (!usable[first + i]) std::memset(picture, 0, id.picture_bytes);
    }
    sums[block] = core::xxh64(pixels.data(), pixels.size());
    out.write_at(pixels.data(), pixels.size(), data_at(id) + first * id.picture_bytes);
    if ((not_synced += pixels.size()) >= kSyncEvery) {
      not_synced = 0;
      out.sync();
    }
    return true;
  });
  if (stop) return false;
  Header header = header_of(id);
  header.table_sum = table_sum(header, usable, sums);
  out.write_at(&header, sizeof header, 0);
  out.write_at(usable.data(), usable.size(), sizeof header);
  out.write_at(sums.data(), 8 * sums.size(), sizeof header + usable.size());
  out.keep_as(file);
  return true;
}

}  // namespace facegan::data
