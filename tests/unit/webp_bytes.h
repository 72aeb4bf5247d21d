#pragma once
// WebP files by libwebp's encoder, and their chunks.
#include <webp/encode.h>

#include <string>

#include "archive_bytes.h"
#include "facegan/image/image.h"

namespace webp_bytes {

using archive_bytes::little;

// Three or four channels; quality over 100: lossless, also where nothing is seen.
inline std::string webp(const facegan::image::Image& image, float quality) {
  WebPConfig config;
  WebPConfigInit(&config);
  config.quality = quality > 100 ? 100 : quality;
  config.lossless = config.exact = quality > 100;
  WebPPicture picture;
  WebPPictureInit(&picture);
  picture.use_argb = config.lossless;
  picture.width = image.width, picture.height = image.height;
  WebPMemoryWriter out;
  WebPMemoryWriterInit(&out);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &out;
  (image.channels == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB)(&picture, image.pixels.data(),
                                                                       image.width * image.channels);
  WebPEncode(&config, &picture);
  std::string file(reinterpret_cast<const char*>(out.mem), out.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&out);
  return file;
}

inline std::string chunk(const std::string& name, const std::string& data) {
  return name + little(data.size(), 4) + data + std::string(data.size() % 2, '\0');
}

inline std::string riff(const std::string& chunks) {
  return "RIFF" + little(chunks.size() + 4, 4) + "WEBP" + chunks;
}

// The header of the extended form. Flags: 2 animation, 8 EXIF, 16 alpha.
inline std::string extended(int flags, int width, int height) {
  return chunk("VP8X", little(flags, 4) + little(width - 1, 3) + little(height - 1, 3));
}

}  // namespace webp_bytes
