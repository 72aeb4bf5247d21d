// What pictures are read by: part of the key of packed files. Without libheif, which is loaded to be asked.
#include <cstdio>  // jpeglib.h needs it first
// clang-format off
#include <jpeglib.h>
// clang-format on
#include <gif_lib.h>
#include <png.h>
#include <tiffio.h>
#include <webp/decode.h>

#include <opencv2/core/utility.hpp>
#include <string_view>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {

std::string decoder_versions() {
  // "LIBTIFF, Version 4.5.0\nCopyright ..."
  const std::string_view tiff = TIFFGetVersion();
  return core::str("OpenCV ", cv::getVersionString(), " libjpeg ", JPEG_LIB_VERSION, ' ',
                   LIBJPEG_TURBO_VERSION_NUMBER, " libpng ", png_get_libpng_ver(nullptr), " libwebp ",
                   WebPGetDecoderVersion(), " giflib ", GIFLIB_MAJOR, '.', GIFLIB_MINOR, '.', GIFLIB_RELEASE,
                   ' ', tiff.substr(0, tiff.find('\n')));
}

}  // namespace facegan::image
