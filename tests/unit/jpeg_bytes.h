#pragma once
// JPEG files of the kinds that cameras and programs write.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
// clang-format on
#include <cstdlib>
#include <string>

#include "facegan/image/image.h"

namespace jpeg_bytes {

struct JpegStyle {
  J_COLOR_SPACE stored = JCS_YCbCr;
  int across = 2, down = 2;  // sampling of the first component
  bool progressive = false;
  int orientation = 0;  // EXIF, 0 = none
  bool adobe = true;    // of CMYK
  int quality = 95;
  bool optimised = false;  // Huffman tables
};

inline std::string jpeg(const facegan::image::Image& image, const JpegStyle& style = {}) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &out, &size);
  info.image_width = image.width;
  info.image_height = image.height;
  info.input_components = image.channels;
  info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : image.channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, style.stored);
  jpeg_set_quality(&info, style.quality, TRUE);
  info.comp_info[0].h_samp_factor = style.across;
  info.comp_info[0].v_samp_factor = style.down;
  if (info.num_components == 4)
    info.comp_info[3] = info.comp_info[0], info.comp_info[3].component_index = 3,
    info.comp_info[3].component_id = 4;
  if (image.channels == 4) info.write_Adobe_marker = style.adobe;
  info.optimize_coding = style.optimised;
  if (style.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (style.orientation) {
    std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", 32);
    exif[25] = static_cast<char>(style.orientation);
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  }
  for (int y = 0; y < image.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(image.at(0, y));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  const std::string file(reinterpret_cast<char*>(out), size);
  jpeg_destroy_compress(&info);
  std::free(out);
  return file;
}

}  // namespace jpeg_bytes
