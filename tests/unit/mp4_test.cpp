// MP4 files as OpenCV's reader sees them.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <opencv2/videoio.hpp>

#include "error_of.h"
#include "facegan/image/animation.h"
#include "temporary_folder.h"
#include "waves.h"

namespace facegan::image {
namespace {

std::string encode(const std::vector<Image>& frames, const AnimationStyle& style) {
  return encode_animation(AnimationFormat::mp4, frames, style);
}

struct Video {
  int width, height;
  double frames_per_s;
  std::vector<cv::Mat> pictures;  // BGR

  explicit Video(const std::string& bytes) {
    const TemporaryFolder folder;
    std::ofstream(folder / "a.mp4", std::ios::binary) << bytes;
    cv::VideoCapture capture((folder / "a.mp4").string(), cv::CAP_FFMPEG);
    width = static_cast<int>(capture.get(cv::CAP_PROP_FRAME_WIDTH));
    height = static_cast<int>(capture.get(cv::CAP_PROP_FRAME_HEIGHT));
    frames_per_s = capture.get(cv::CAP_PROP_FPS);
    for (cv::Mat picture; capture.read(picture);) pictures.push_back(picture.clone());
  }
};

TEST(ImageMp4, HoldsFramesAndTheirTimes) {
  const std::vector<Image> frames = {waves(32, 48, 3, 0), waves(32, 48, 3, 1), waves(32, 48, 3, 2)};
  const std::string file = encode(frames, {.frame_ms = 80, .last_ms = 1000});
  EXPECT_EQ(file, encode(frames, {.frame_ms = 80, .last_ms = 1000}));
  const Video video(file);
  EXPECT_EQ(video.width, 32);
  EXPECT_EQ(video.height, 48);
  EXPECT_NEAR(video.frames_per_s, 12.5, 0.01);
  EXPECT_EQ(video.pictures.size(), 2u + 13);  // 1000 / 80, rounded
  // One picture a second at least: 2 s = 2, 3 s = 3.
  const Video slow(encode(frames, {.frame_ms = 2000, .last_ms = 3000}));
  EXPECT_NEAR(slow.frames_per_s, 1, 0.01);
  EXPECT_EQ(slow.pictures.size(), 2u + 2 + 3);
}

TEST(ImageMp4, CarriesTextFields) {
  const std::vector<Image> frames = {waves(32, 48, 3, 0), waves(32, 48, 3, 1)};
  const TextFields fields = {{"facegan:kind", "walk"}, {"facegan:seed", "1,2"}};
  const std::string file = encode_animation(AnimationFormat::mp4, frames, {}, fields);
  const FileText text = read_text_fields(as_bytes(file));
  EXPECT_STREQ(text.ending, ".mp4");
  EXPECT_EQ(text.fields, fields);
  EXPECT_EQ(Video(file).pictures.size(), Video(encode(frames, {})).pictures.size());
  // Boxes that are longer than the file, or shorter than their heads.
  const auto refused = [](const std::string& boxes) {
    const std::string bytes = std::string(
                                  "\0\0\0\x08"
                                  "ftyp",
                                  8) +
                              boxes;
    return std::string(error_of([&] { read_text_fields(as_bytes(bytes)); }).what());
  };
  EXPECT_EQ(refused(std::string("\xff\xff\xff\xff"
                                "uuid",
                                8)),
            "truncated MP4");
  EXPECT_EQ(refused(std::string("\0\0\0\1"
                                "uuid\xff\xff\xff\xff\xff\xff\xff\xff",
                                16)),
            "truncated MP4");
  EXPECT_EQ(refused(std::string("\0\0\0\7"
                                "uuid",
                                8)),
            "damaged MP4");
}

TEST(ImageMp4, KeepsColorsAndPadsOddSides) {
  for (const int channels : {1, 3}) {
    const Image frame = waves(65, 33, channels);
    const Video video(encode({frame, frame}, {}));
    EXPECT_EQ(video.width, 66);
    EXPECT_EQ(video.height, 34);
    ASSERT_FALSE(video.pictures.empty());
    const cv::Mat& seen = video.pictures.back();
    double squares = 0;
    for (int y = 0; y < video.height; ++y)
      for (int x = 0; x < video.width; ++x)
        for (int c = 0; c < 3; ++c) {
          const int wanted = frame.at(std::min(x, 64), std::min(y, 32))[channels == 3 ? c : 0];
          squares += std::pow(seen.at<cv::Vec3b>(y, x)[2 - c] - wanted, 2);
        }
    EXPECT_LT(squares / (video.width * video.height * 3), 40);  // 32 dB
  }
}

}  // namespace
}  // namespace facegan::image
