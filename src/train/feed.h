#pragma once
// Brings batches to the device. On CUDA the bytes of a set that fits stay there after its first epoch, and
// later batches are gathered there; a larger set is copied beside the steps, one batch ahead.
#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "facegan/data/loader.h"

namespace facegan::train {

struct PictureShape {
  core::Size size;
  std::int64_t channels;
};

class Feed {
 public:
  // Batches before room_bytes is called: by then the steps have taken what memory they need, but for rare
  // ones (penalties every so many steps), for which room_bytes must leave some.
  static constexpr std::int64_t kSettled = 8;

  // room_bytes: what kept pictures may take of the device's memory; 0 = none are kept. Called once.
  // conditions: [pictures, numbers] bytes on the device, or undefined.
  Feed(data::Loader& loader, std::int64_t batch, PictureShape shape, at::Device device,
       std::function<std::uint64_t()> room_bytes, at::Tensor conditions = {});

  // As those of the loader.
  void start(std::int64_t epoch, std::int64_t position);
  // [N, C, H, W] in [-1, 1]: x / 127.5 - 1, channels-last.
  at::Tensor next();
  // [N, numbers]: the conditions of what next() gave last; undefined: there are none.
  const at::Tensor& labels() const { return labels_; }

  bool keeps_all() const { return all_kept_; }

 private:
  at::Tensor upload(const data::Batch& batch);
  at::Tensor items_of(const data::Batch& batch) const;
  void note_labels(const data::Batch& batch);
  at::Tensor mirrored(const at::Tensor& pictures, const data::Batch& batch) const;
  void make_room();
  void keep(const data::Batch& batch, const at::Tensor& pictures);
  void keep_rest();

  data::Loader& loader_;
  std::int64_t batch_;
  PictureShape shape_;
  at::Device device_;
  std::function<std::uint64_t()> room_bytes_;
  at::Tensor conditions_, labels_;
  std::optional<c10::Stream> copies_;  // on CUDA, beside the one that computes
  std::optional<c10::Event> arrived_;
  at::Tensor kept_;  // [pictures, H, W, C] bytes on the device; undefined: none
  std::vector<bool> is_kept_;
  std::int64_t missing_ = 0;
  bool all_kept_ = false;
  std::int64_t given_ = 0;                 // batches
  std::int64_t epoch_ = 0, position_ = 0;  // of the next batch
};

}  // namespace facegan::train
