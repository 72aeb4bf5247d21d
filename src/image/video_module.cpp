// The video module: MP4 by OpenCV's VideoWriter on FFmpeg.
#include "image/video_module.h"

#include <functional>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

namespace {

using facegan::image::Image;

// BGR, both sides even: the colours of H.264 have half the resolution.
cv::Mat as_video(const Image& frame) {
  const cv::Mat pixels(frame.height, frame.width, CV_8UC(frame.channels),
                       const_cast<unsigned char*>(frame.pixels.data()));  // only read
  cv::Mat bgr;
  cv::cvtColor(pixels, bgr, frame.channels == 1 ? cv::COLOR_GRAY2BGR : cv::COLOR_RGB2BGR);
  cv::copyMakeBorder(bgr, bgr, 0, frame.height % 2, 0, frame.width % 2, cv::BORDER_REPLICATE);
  return bgr;
}

bool done(const std::function<void()>& by_opencv) {
  try {
    by_opencv();
    return true;
  } catch (const cv::Exception&) {
    return false;
  }
}

bool write_mp4(const char* path, double frames_per_s, const facegan::image::Frames& frames,
               const std::vector<int>& shown) {
  cv::VideoWriter writer;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Image frame = frames[i];  // what making it throws is not the encoder's
    const bool written = done([&] {
      const cv::Mat picture = as_video(frame);
      for (const char* codec : {"avc1", "mp4v"})
        if (!writer.isOpened())
          writer.open(path, cv::CAP_FFMPEG, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]),
                      frames_per_s, picture.size());
      for (int k = 0; writer.isOpened() && k < shown[i]; ++k) writer.write(picture);
    });
    if (!written || !writer.isOpened()) return false;
  }
  return done([&] { writer.release(); });
}

}  // namespace

const FaceganVideo* facegan_video() {
  static const FaceganVideo video{kFaceganVideoVersion, write_mp4};
  return &video;
}
