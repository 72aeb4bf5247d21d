#pragma once
// What the video module (libfacegan_video.so) offers to the program, which itself does without OpenCV's
// videoio: that brings two hundred libraries, and every start of the program would load them.
#include <vector>

#include "facegan/image/animation.h"

extern "C" {
struct FaceganVideo {
  int version;  // kFaceganVideoVersion
  // H.264 where there is an encoder for it, else MPEG-4. `shown` says for how many pictures of the video
  // each frame stays; odd sizes get their last row or column twice. False when nothing was written.
  bool (*write_mp4)(const char* path, double frames_per_s, const facegan::image::Frames& frames,
                    const std::vector<int>& shown);
};
// The one symbol that the program looks up.
const FaceganVideo* facegan_video();
}

inline constexpr int kFaceganVideoVersion = 2;
