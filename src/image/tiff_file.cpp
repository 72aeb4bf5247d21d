#include "image/tiff_file.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "facegan/core/text.h"

namespace facegan::image {
namespace {

// libtiff reads every value of the directory, and keeps it, before anybody can ask how large the picture is.
// Together they cannot be larger than the file, unless they lie over one another.
void check_directory(Bytes encoded) {
  const auto number = [&](std::uint64_t at, std::size_t size) {
    if (at > encoded.size() || encoded.size() - at < size) fail_data("truncated TIFF");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value |= std::uint64_t{encoded[at + i]} << 8 * (encoded[0] == 'M' ? size - 1 - i : i);
    return value;
  };
  const bool is_big = number(2, 2) == 43;  // BigTIFF: offsets and counts of 8 bytes
  const std::size_t word = is_big ? 8 : 4, count_size = is_big ? 8 : 2;
  const std::uint64_t directory = number(is_big ? 8 : 4, word), entries = number(directory, count_size);
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < entries && bytes <= encoded.size(); ++i) {
    const std::uint64_t entry = directory + count_size + (4 + 2 * word) * i;  // tag, type, count, value
    const std::uint64_t type = number(entry + 2, 2);
    if (type > TIFF_IFD8) continue;  // of no size that libtiff knows: it passes over it
    // So that no sum wraps.
    bytes += std::min<std::uint64_t>(number(entry + 4, word), encoded.size() + 1) *
             static_cast<std::uint64_t>(TIFFDataWidth(static_cast<TIFFDataType>(type)));
  }
  if (bytes > encoded.size()) fail_data("damaged TIFF: a directory that is larger than the file");
}

}  // namespace

tmsize_t TiffFile::give(thandle_t handle, void* out, tmsize_t size) {
  TiffFile& reader = self(handle);
  const std::size_t left = reader.encoded_.size() - std::min(reader.at_, reader.encoded_.size());
  const std::size_t given = std::min(left, static_cast<std::size_t>(size));
  if (given > 0) std::memcpy(out, reader.encoded_.data() + reader.at_, given);
  reader.at_ += given;
  return static_cast<tmsize_t>(given);
}

toff_t TiffFile::seek(thandle_t handle, toff_t offset, int whence) {
  TiffFile& reader = self(handle);
  const std::size_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? reader.at_ : reader.encoded_.size();
  return reader.at_ = from + static_cast<std::size_t>(offset);
}

int TiffFile::on_error(TIFF*, void* handle, const char*, const char* format, std::va_list arguments) {
  TiffFile& reader = self(handle);
  if (!reader.message_[0]) std::vsnprintf(reader.message_, sizeof reader.message_, format, arguments);
  return 1;  // nobody else hears of it
}

// Codecs fill what is missing with grey or white and go on: for training that is no picture.
int TiffFile::on_warning(TIFF*, void* handle, const char*, const char* format, std::va_list arguments) {
  char text[160];
  std::vsnprintf(text, sizeof text, format, arguments);
  if (std::strstr(text, "remature ")) self(handle).truncated_ = true;
  return 1;
}

TiffFile::TiffFile(Bytes encoded, const DecodeLimits& limits) : encoded_(encoded) {
  check_directory(encoded);
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, this);
  // Tables of strips and codecs, and strips that libtiff makes RGBA of, which may be the whole picture.
  TIFFOpenOptionsSetMaxSingleMemAlloc(
      options.get(), static_cast<tmsize_t>((1u << 20) + 4 * limits.max_pixels + 4 * encoded.size()));
  // D: the tables of strips are read when they are needed.
  tiff_ = TIFFClientOpenExt(
      "", "rD", this, give, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, seek,
      [](thandle_t) { return 0; },
      [](thandle_t handle) { return static_cast<toff_t>(self(handle).encoded_.size()); },
      [](thandle_t handle, void** base, toff_t* size) {
        *base = const_cast<unsigned char*>(self(handle).encoded_.data());  // only read
        *size = self(handle).encoded_.size();
        return 1;
      },
      [](thandle_t, void*, toff_t) {}, options.get());
  if (!tiff_) fail();
  message_[0] = '\0';  // what it got over is not about the pixels
}

void TiffFile::fail() const {
  if (truncated_) fail_data("truncated TIFF");
  // What libtiff, or libjpeg inside of it, was not made for.
  for (const char* sign : {"nsupported", "not supported", "not configured"})
    if (std::strstr(message_, sign))
      fail_data(core::str("TIFF that cannot be read: ", core::printable(message_)));
  fail_data(core::str("truncated or damaged TIFF", message_[0] ? ": " : "", core::printable(message_)));
}

}  // namespace facegan::image
