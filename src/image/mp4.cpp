// MP4 by the video module, in memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/module.h"
#include "facegan/core/text.h"
#include "image/animation_codecs.h"
#include "image/codecs.h"
#include "image/video_module.h"

namespace facegan::image {
namespace {

namespace fs = std::filesystem;

const FaceganVideo* video_module() {
  static const FaceganVideo* const video = [] {
    const auto entry = reinterpret_cast<decltype(&facegan_video)>(
        core::module_symbol("libfacegan_video.so", "facegan_video"));
    return entry && entry()->version == kFaceganVideoVersion ? entry() : nullptr;
  }();
  return video;
}

// Memory under a path that ends in .mp4, as the encoder wants one. On a disk it could meet the disk's end,
// of which VideoWriter says nothing.
class NamedMemory {
 public:
  NamedMemory() : fd_(memfd_create("facegan-mp4", MFD_CLOEXEC)) {
    std::error_code error;
    std::string folder = (fs::temp_directory_path(error) / "facegan-XXXXXX").string();
    if (!fd_.valid() || !mkdtemp(folder.data())) fail(folder, std::strerror(errno));
    path_ = folder + "/a.mp4";
    fs::create_symlink(core::str("/proc/self/fd/", fd_.get()), path_, error);
    if (!error) return;
    fs::remove(folder);
    fail(folder, error.message());
  }
  NamedMemory(const NamedMemory&) = delete;
  ~NamedMemory() {
    std::error_code ignored;
    fs::remove_all(path_.parent_path(), ignored);
  }

  const fs::path& path() const { return path_; }
  std::string bytes() const {
    struct stat status {};
    fstat(fd_.get(), &status);
    std::string all(static_cast<std::size_t>(status.st_size), '\0');
    core::read_exactly_at(fd_.get(), all.data(), all.size(), 0, path_, ErrorKind::io);
    return all;
  }

 private:
  [[noreturn]] static void fail(const std::string& folder, const std::string& reason) {
    throw Error(ErrorKind::io, core::str("cannot make a temporary file for the MP4 encoder in ",
                                         core::printable(folder), ": ", reason));
  }

  core::Fd fd_;
  fs::path path_;
};

// A box that players pass over (ISO/IEC 14496-12, 4.2): size, "uuid", which one, text.
std::string box_of(const std::string& text) {
  const std::string inside = "uuid" + std::string(kFieldsUuid, 16) + text;
  std::string size(4, '\0');
  for (int i = 0; i < 4; ++i) size[i] = static_cast<char>((inside.size() + 4) >> (24 - 8 * i));
  return size + inside;
}

}  // namespace

bool can_encode_mp4() {
  return video_module() != nullptr;
}

std::string encode_mp4(const Frames& frames, const AnimationStyle& style, const std::string& text) {
  prepare_opencv();
  // At least one picture a second: slower videos play badly, and repeated ones cost next to nothing.
  const int each = (style.frame_ms + 999) / 1000;
  const double frames_per_s = 1000.0 * each / style.frame_ms;
  std::vector<int> shown(frames.size(), each);
  shown.back() = std::max(1, static_cast<int>(std::lround(last_ms(style) * frames_per_s / 1000)));
  const NamedMemory file;
  if (!video_module()->write_mp4(file.path().c_str(), frames_per_s, frames, shown)) {
    const Image first = frames[0];
    throw Error(ErrorKind::usage,
                core::str("OpenCV's video writer cannot make an MP4 of ", first.width, "x", first.height,
                          " pixels (no H.264 or MPEG-4 encoder in it?): use .gif"));
  }
  return file.bytes() + (text.empty() ? "" : box_of(text));
}

}  // namespace facegan::image
