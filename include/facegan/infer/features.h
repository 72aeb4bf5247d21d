#pragma once
// What a network that tells pictures apart makes of them: numbers in which sets of pictures are compared.
// Free of LibTorch types.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "facegan/run/folder.h"

namespace facegan::infer {

// The same count of numbers of each picture.
struct Features {
  std::int64_t width = 0;
  std::vector<float> values;  // picture by picture

  std::size_t count() const { return width == 0 ? 0 : values.size() / static_cast<std::size_t>(width); }
};

// Pictures of height x width x channels bytes, as image::Image has them.
struct PictureSource {
  std::size_t count = 0;
  core::Size size;
  std::int64_t channels = 0;
  std::function<std::span<const unsigned char>(std::size_t)> get;  // called from several threads
};

// How pictures become as large as a network wants them.
enum class Resize {
  clean,  // Pillow's bicubic, antialiased, each channel by itself in single precision, cut to 0..255
  legacy  // not at all: the network does it
};

// The weights of lite0 where scripts/features puts them. Error(data) with its call when they are not there.
std::filesystem::path lite0_weights();

class FeatureNetwork {
 public:
  // EfficientNet-lite0 (github.com/tensorflow/tpu, ImageNet): 1,280 pooled features. Pictures are resized to
  // 224 pixels (clean) and become (x - 127) / 128; grey ones are repeated. weights: safetensors with the
  // names of the package efficientnet-lite-pytorch; scripts/features makes it. Error(data) when there is no
  // such file, Error(checkpoint) when it holds something else.
  static FeatureNetwork lite0(const std::filesystem::path& weights, const std::string& device);
  // A file that the user names: such a safetensors file, or TorchScript, whose forward makes [N, D] of
  // pictures [N, 3, H, W] (docs/evaluate.md). TorchScript is code, which runs with all that this process may:
  // Error(usage) for a file that is not known and not trusted.
  static FeatureNetwork file(const std::filesystem::path& path, Resize resize, bool trust_script,
                             const std::string& device);
  // What the discriminator of a checkpoint gives to its last layer, means over the picture. Of another run
  // they are other features.
  static FeatureNetwork discriminator(const run::Loaded& loaded, const std::string& device);
  ~FeatureNetwork();
  FeatureNetwork(FeatureNetwork&&) noexcept;

  const std::string& name() const;          // "lite0", "d", else the file's name
  const std::string& label() const;         // the same for people, with what it is not
  const std::string& weights_hash() const;  // SHA-256 of the file; of d the checkpoint's checksum
  const std::string& resize() const;        // "clean", "legacy" or, of d, "none"
  const std::string& device() const;
  bool has_logits() const;  // of the classes that it was trained for

  struct Output {
    Features features, logits;  // logits: without the output's bias; only where they were asked for
  };
  // On the CPU by all cores, in chunks: the features of a picture depend on it alone, but for rounding.
  // Error(checkpoint) when the network cannot take these pictures, or gives something else than finite
  // numbers. progress gets the number of pictures done, one call at a time.
  Output of(const PictureSource& pictures, bool logits,
            const std::function<void(std::size_t)>& progress = {}) const;

 private:
  struct State;
  explicit FeatureNetwork(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace facegan::infer
