// JPEG files for pages that have to stay small.
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {

std::string encode_jpeg(const Image& image, int quality) {
  if (image.width < 1 || image.height < 1 || (image.channels != 1 && image.channels != 3))
    throw Error(ErrorKind::internal,
                core::str("encode_jpeg: ", image.width, "x", image.height, "x", image.channels));
  prepare_opencv();
  const cv::Mat pixels(image.height, image.width, CV_8UC(image.channels),
                       const_cast<unsigned char*>(image.pixels.data()));  // only read
  cv::Mat bgr;  // not a view of the pixels: cvtColor would write into them
  if (image.channels == 3) cv::cvtColor(pixels, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".jpg", image.channels == 3 ? bgr : pixels, bytes,
                    {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, 1}))
    throw Error(ErrorKind::internal, "encode_jpeg: OpenCV has no JPEG encoder");
  return {bytes.begin(), bytes.end()};
}

}  // namespace facegan::image
