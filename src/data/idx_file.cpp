#include "data/idx_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/machine/memory.h"

namespace facegan::data {
namespace {

constexpr std::uint32_t kMagic = 0x00000803, kLabelsMagic = 0x00000801;
constexpr std::size_t kHeaderBytes = 16, kLabelsHeaderBytes = 8;
constexpr std::uint64_t kMaxGzipRatio = 1040;

std::uint32_t big_endian(const unsigned char* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

}  // namespace

IdxFile::IdxFile(const std::filesystem::path& path)
    : IdxFile(core::open_for_reading(path, ErrorKind::data), core::printable(path.string())) {}

IdxFile::IdxFile(const core::Fd& file, std::string name) : name_(std::move(name)) {
  struct stat info;
  if (::fstat(file.get(), &info) != 0) refuse("its size cannot be read");
  stored_ = static_cast<std::uint64_t>(info.st_size);
  // gzread gives plain files as they are.
  const int copy = ::fcntl(file.get(), F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) ::lseek(copy, 0, SEEK_SET);
  file_.reset(copy >= 0 ? ::gzdopen(copy, "rb") : nullptr);
  if (!file_) throw std::bad_alloc();
  ::gzbuffer(file_.get(), 1 << 17);
}

GreyRecords IdxFile::read() {
  unsigned char header[kHeaderBytes];
  if (fill(header, kHeaderBytes) != kHeaderBytes) refuse("it ends inside its header");
  if (big_endian(header) != kMagic) refuse("it does not begin as an idx file of pictures (00 00 08 03)");
  GreyRecords idx{big_endian(header + 4), big_endian(header + 8), big_endian(header + 12), {}};
  const std::string shape = idx.shape();
  if (idx.count == 0 || idx.rows == 0 || idx.columns == 0 || idx.rows > kMaxGreySide ||
      idx.columns > kMaxGreySide)
    refuse(core::str("its header claims ", shape));
  const std::uint64_t bytes = std::uint64_t{idx.count} * (std::uint64_t{idx.rows} * idx.columns);  // < 2^56
  const bool plain = ::gzdirect(file_.get());
  if (bytes > (plain ? stored_ - kHeaderBytes : stored_ * kMaxGzipRatio))
    refuse(
        core::str("its header claims ", shape, " (", bytes, " bytes), but the file has ", stored_, " bytes"));
  if (bytes > machine::usable_memory_bytes() / 2)
    refuse(core::str("its ", shape, " (", core::human_bytes(bytes),
                     ") would take more than half of the memory"));
  // By parts: memory follows what really comes out of a gzip file; what is reserved has no pages yet.
  idx.pixels.reserve(bytes);
  while (idx.pixels.size() < bytes) {
    const std::size_t have = idx.pixels.size();
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes - have, 16u << 20));
    idx.pixels.resize(have + part);
    const std::size_t got = fill(idx.pixels.data() + have, part);
    if (got != part)
      refuse(core::str("its header claims ", shape, ", but it ends after ", have + got, " bytes of them"));
  }
  unsigned char more;
  if (fill(&more, 1) != 0) refuse(core::str("it goes on after the ", shape, " of its header"));
  return idx;
}

std::vector<unsigned char> IdxFile::read_labels(std::size_t pictures) {
  unsigned char header[kLabelsHeaderBytes];
  if (fill(header, kLabelsHeaderBytes) != kLabelsHeaderBytes) refuse("it ends inside its header");
  if (big_endian(header) != kLabelsMagic) refuse("it does not begin as an idx file of labels (00 00 08 01)");
  if (big_endian(header + 4) != pictures)
    refuse(core::str("its header claims ", big_endian(header + 4), " labels for ", pictures, " pictures"));
  std::vector<unsigned char> labels(pictures + 1);
  if (fill(labels.data(), labels.size()) != pictures)
    refuse(core::str("it has another number of labels than the ", pictures, " of its header"));
  labels.pop_back();
  return labels;
}

std::size_t IdxFile::fill(unsigned char* out, std::size_t size) {
  const int got = ::gzread(file_.get(), out, static_cast<unsigned>(size));
  int code = Z_OK;
  const char* text = ::gzerror(file_.get(), &code);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
    refuse(code == Z_BUF_ERROR ? "its compressed data ends too early"
                               : core::printable(text ? text : "damaged"));
  return static_cast<std::size_t>(got);
}

void IdxFile::refuse(const std::string& reason) const {
  throw Error(ErrorKind::data, core::str("cannot use ", name_, ": ", reason));
}

}  // namespace facegan::data
