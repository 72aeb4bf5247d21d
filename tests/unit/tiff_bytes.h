#pragma once
// TIFF files by libtiff, and directories made byte by byte.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "archive_bytes.h"
#include "facegan/image/image.h"

namespace tiff_bytes {

struct TiffStyle {
  int bits = 8;
  int photometric = PHOTOMETRIC_RGB;
  int compression = COMPRESSION_NONE;
  int orientation = 0;  // 0: the field is left out
  bool planes = false, tiles = false, big_endian = false, floating = false;
  bool big = false;                    // BigTIFF
  std::vector<std::uint16_t> extra;    // kinds of the samples that are no colour
  std::vector<std::uint16_t> palette;  // all of red, all of green, all of blue
  int pictures = 1;                    // of which all but the first are negatives
};

// libtiff's file in memory.
struct File {
  std::string bytes;
  std::size_t at = 0;

  static File& self(thandle_t handle) { return *static_cast<File*>(handle); }
  static tmsize_t read(thandle_t handle, void* out, tmsize_t size) {
    File& file = self(handle);
    const std::size_t given =
        std::min<std::size_t>(size, file.bytes.size() - std::min(file.at, file.bytes.size()));
    std::memcpy(out, file.bytes.data() + file.at, given);
    file.at += given;
    return static_cast<tmsize_t>(given);
  }
  static tmsize_t write(thandle_t handle, void* in, tmsize_t size) {
    File& file = self(handle);
    file.bytes.resize(std::max(file.bytes.size(), file.at + size));
    file.bytes.replace(file.at, size, static_cast<const char*>(in), size);
    file.at += size;
    return size;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    File& file = self(handle);
    return file.at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.at : file.bytes.size());
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return self(handle).bytes.size(); }
};

// As TIFF packs a row: from the highest bit on, two or four bytes in the order of the machine.
inline std::string packed(const std::vector<unsigned>& values, int bits) {
  std::string out((values.size() * bits + 7) / 8, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bits == 16) {
      const auto value = static_cast<std::uint16_t>(values[i]);
      std::memcpy(out.data() + 2 * i, &value, 2);
    } else if (bits == 32) {
      std::memcpy(out.data() + 4 * i, &values[i], 4);
    } else {
      for (int b = 0; b < bits; ++b)
        if (values[i] >> (bits - 1 - b) & 1) {
          const std::size_t bit = i * bits + b;
          out[bit / 8] |= static_cast<char>(0x80 >> bit % 8);
        }
    }
  }
  return out;
}

// samples: those of a pixel, pixel by pixel, each 0 to 2^bits - 1.
inline std::string tiff(int width, int height, int channels, const std::vector<unsigned>& samples,
                        const TiffStyle& style = {}) {
  constexpr int kTile = 16;
  File file;
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  // It warns of the older number of deflate.
  TIFFOpenOptionsSetWarningHandlerExtR(
      options, [](TIFF*, void*, const char*, const char*, std::va_list) { return 1; }, nullptr);
  TIFF* out = TIFFClientOpenExt("",
                                style.big          ? (style.big_endian ? "w8b" : "w8l")
                                : style.big_endian ? "wb"
                                                   : "wl",
                                &file, File::read, File::write, File::seek, File::close, File::size, nullptr,
                                nullptr, options);
  TIFFOpenOptionsFree(options);
  for (int picture = 0; picture < style.pictures; ++picture) {
    TIFFSetField(out, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(out, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(out, TIFFTAG_BITSPERSAMPLE, style.bits);
    TIFFSetField(out, TIFFTAG_SAMPLESPERPIXEL, channels);
    TIFFSetField(out, TIFFTAG_PHOTOMETRIC, style.photometric);
    TIFFSetField(out, TIFFTAG_COMPRESSION, style.compression);
    TIFFSetField(out, TIFFTAG_PLANARCONFIG, style.planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (style.orientation) TIFFSetField(out, TIFFTAG_ORIENTATION, style.orientation);
    if (style.floating) TIFFSetField(out, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    if (!style.extra.empty())
      TIFFSetField(out, TIFFTAG_EXTRASAMPLES, static_cast<int>(style.extra.size()), style.extra.data());
    if (!style.palette.empty()) {
      std::uint16_t* colors = const_cast<std::uint16_t*>(style.palette.data());
      TIFFSetField(out, TIFFTAG_COLORMAP, colors, colors + (1 << style.bits), colors + (2 << style.bits));
    }
    if (style.compression == COMPRESSION_JPEG && style.photometric == PHOTOMETRIC_YCBCR)
      TIFFSetField(out, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (style.tiles) {
      TIFFSetField(out, TIFFTAG_TILEWIDTH, kTile);
      TIFFSetField(out, TIFFTAG_TILELENGTH, kTile);
    } else {
      TIFFSetField(out, TIFFTAG_ROWSPERSTRIP, style.compression == COMPRESSION_JPEG ? 16 : 3);
    }
    const unsigned flip = picture == 0 ? 0 : static_cast<unsigned>((std::uint64_t{1} << style.bits) - 1);
    const int block_width = style.tiles ? kTile : width, block_height = style.tiles ? kTile : 1;
    for (int plane = 0; plane < (style.planes ? channels : 1); ++plane)
      for (int top = 0; top < height; top += block_height)
        for (int left = 0; left < width; left += block_width) {
          std::string block;
          for (int y = top; y < top + block_height; ++y) {
            std::vector<unsigned> row;
            for (int x = left; x < left + block_width; ++x)
              for (int c = 0; c < channels; ++c)
                if (!style.planes || c == plane) {
                  const int at = std::min(y, height - 1) * width + std::min(x, width - 1);
                  row.push_back(samples[at * channels + c] ^ flip);
                }
            block += packed(row, style.bits);
          }
          if (style.tiles)
            TIFFWriteTile(out, block.data(), left, top, 0, plane);
          else
            TIFFWriteScanline(out, block.data(), top, plane);
        }
    TIFFWriteDirectory(out);
  }
  TIFFClose(out);
  return file.bytes;
}

inline std::string tiff(const facegan::image::Image& image, TiffStyle style = {}) {
  if (image.channels == 1) style.photometric = PHOTOMETRIC_MINISBLACK;
  if (image.channels == 4 && style.extra.empty()) style.extra = {EXTRASAMPLE_UNASSALPHA};
  std::vector<unsigned> samples(image.pixels.begin(), image.pixels.end());
  if (style.bits == 16)
    for (unsigned& value : samples) value *= 257;
  return tiff(image.width, image.height, image.channels, samples, style);
}

using Tags = std::vector<std::array<std::uint32_t, 4>>;  // tag, type, count, value

// A TIFF of one directory, with `data` behind it.
inline std::string directory(const Tags& tags, const std::string& data) {
  using archive_bytes::little;
  std::string out = std::string("II*\0", 4) + little(8, 4) + little(tags.size(), 2);
  for (const auto& [tag, type, count, value] : tags)
    out += little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4);
  return out + little(0, 4) + data;
}

}  // namespace tiff_bytes
