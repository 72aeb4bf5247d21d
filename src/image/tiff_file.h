#pragma once
// A TIFF in memory, opened by libtiff, whose errors and warnings stay with it.
#include <tiffio.h>

#include <cstdarg>

#include "image/codecs.h"

namespace facegan::image {

class TiffFile {
 public:
  TiffFile(Bytes encoded, const DecodeLimits& limits);
  TiffFile(const TiffFile&) = delete;
  ~TiffFile() { TIFFClose(tiff_); }

  TIFF* get() const { return tiff_; }
  // 0 when it is not there and has no default.
  template <class T>
  T field(std::uint32_t tag) const {
    T value = 0;
    TIFFGetFieldDefaulted(tiff_, tag, &value);
    return value;
  }
  std::size_t size() const { return encoded_.size(); }
  // After some errors, as in a table of strips, libtiff goes on with what it has.
  bool failed() const { return truncated_ || message_[0]; }
  [[noreturn]] void fail() const;

 private:
  static TiffFile& self(thandle_t handle) { return *static_cast<TiffFile*>(handle); }
  static tmsize_t give(thandle_t handle, void* out, tmsize_t size);
  static toff_t seek(thandle_t handle, toff_t offset, int whence);
  static int on_error(TIFF*, void* handle, const char* module, const char* format, std::va_list arguments);
  static int on_warning(TIFF*, void* handle, const char* module, const char* format, std::va_list arguments);

  Bytes encoded_;
  std::size_t at_ = 0;
  TIFF* tiff_ = nullptr;
  char message_[160] = "";
  bool truncated_ = false;
};

}  // namespace facegan::image
