#pragma once
// facegan as a library: find_package(facegan), link facegan::facegan. This header is all that is public. It needs
// neither LibTorch nor OpenCV; what it has stays in all versions that find_package takes for the one asked for.
// Everything else below facegan/ is the program's own.
//
// Errors are std::runtime_error with one line that says what, where and what to do, and std::bad_alloc.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#define FACEGAN_API __attribute__((visibility("default")))

namespace facegan {

// Rows from top to bottom, pixels from left to right, channels interleaved (1: grey, 3: RGB), 0..255.
struct Picture {
  int width = 0, height = 0, channels = 0;
  std::vector<unsigned char> pixels;  // height * width * channels
};

// The generator of a trained run. A picture is, to the last byte, that of `facegan sample` on the same
// machine. Threads may share one; its functions change nothing.
class FACEGAN_API Generator {
 public:
  // A run folder, RUN@STEP, RUN@best or a checkpoint file. device: "cpu", "cuda", "cuda:N", or "auto". The
  // mean of the weights over the training, where the run has one.
  explicit Generator(const std::string& run_or_checkpoint, const std::string& device = "auto");
  ~Generator();
  Generator(Generator&& other) noexcept;
  Generator& operator=(Generator&& other) noexcept;

  int width() const;     // of its pictures, pixels
  int height() const;    // likewise
  int channels() const;  // 1 or 3
  int latent_size() const;
  // What it can be told to show: classes or attributes; empty for a model without a condition.
  std::vector<std::string> conditions() const;

  // What picture() takes: the latent of picture `index` of a seed, standard normal, latent_size() numbers,
  // and behind it those of its condition, one for each of conditions(). with: as --with, "7" or
  // "Smiling=1,Male=0"; what it leaves open is as a real picture had it.
  std::vector<float> latent(std::uint64_t seed, std::uint64_t index = 0, const std::string& with = "") const;
  Picture picture(const std::vector<float>& latent) const;
  // Several at once, on all cores.
  std::vector<Picture> pictures(const std::vector<std::vector<float>>& latents) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

FACEGAN_API const char* library_version();  // "0.2.0"

}  // namespace facegan
