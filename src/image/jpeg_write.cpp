// JPEG files for pages that have to stay small.
// clang-format off
#include <cstddef>  // jpeglib.h needs both
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <csetjmp>
#include <cstdlib>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

// Everything that libjpeg's longjmp may jump over lies here or in the caller.
struct JpegWriter {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = "";
  unsigned char* out = nullptr;
  unsigned long size = 0;

  JpegWriter() {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) {
      auto& writer = *static_cast<JpegWriter*>(common->client_data);
      common->err->format_message(common, writer.message);
      std::longjmp(writer.jump, 1);
    };
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
  }
  JpegWriter(const JpegWriter&) = delete;
  ~JpegWriter() {
    jpeg_destroy_compress(&info);
    std::free(out);
  }

  void write(const Image& image, int quality) {
    if (setjmp(jump)) throw Error(ErrorKind::internal, core::str("JPEG encoder: ", message));
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &out, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = image.channels;
    info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);  // chroma at half the width and height
    jpeg_set_quality(&info, quality, TRUE);
    info.optimize_coding = TRUE;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      // Only read.
      JSAMPROW row = const_cast<JSAMPROW>(image.at(0, static_cast<int>(info.next_scanline)));
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
  }
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3))
    throw Error(ErrorKind::internal,
                core::str("encode_jpeg: ", image.width, "x", image.height, "x", image.channels));
  JpegWriter writer;
  writer.write(image, quality);
  return {reinterpret_cast<const char*>(writer.out), writer.size};
}

}  // namespace facegan::image
