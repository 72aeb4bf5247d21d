// JPEG files for pages that have to stay small.
// clang-format off
#include <cstddef>  // jpeglib.h needs both
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <csetjmp>
#include <utility>

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
  jpeg_destination_mgr to{};
  std::string out;
  JOCTET block[8192];  // on its way there

  JpegWriter() {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) {
      auto& writer = *static_cast<JpegWriter*>(common->client_data);
      common->err->format_message(common, writer.message);
      std::longjmp(writer.jump, 1);
    };
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
    to.init_destination = [](j_compress_ptr common) { self(common).empty_block(); };
    to.empty_output_buffer = [](j_compress_ptr common) -> boolean {
      self(common).out.append(reinterpret_cast<char*>(self(common).block), sizeof block);
      self(common).empty_block();
      return TRUE;
    };
    to.term_destination = [](j_compress_ptr common) {
      JpegWriter& writer = self(common);
      writer.out.append(reinterpret_cast<char*>(writer.block), sizeof block - writer.to.free_in_buffer);
    };
  }
  JpegWriter(const JpegWriter&) = delete;
  ~JpegWriter() { jpeg_destroy_compress(&info); }

  static JpegWriter& self(j_compress_ptr common) { return *static_cast<JpegWriter*>(common->client_data); }
  void empty_block() { to.next_output_byte = block, to.free_in_buffer = sizeof block; }

  void write(const Image& image, int quality) {
    if (setjmp(jump)) throw Error(ErrorKind::internal, core::str("JPEG encoder: ", message));
    jpeg_create_compress(&info);
    info.dest = &to;
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
  return std::move(writer.out);
}

}  // namespace facegan::image
