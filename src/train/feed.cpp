#include "train/feed.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/where.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "nn/pixels.h"
#include "train/step.h"

namespace facegan::train {

using at::Tensor;

Feed::Feed(data::Loader& loader, std::int64_t batch, PictureShape shape, at::Device device,
           std::function<std::uint64_t()> room_bytes, Tensor conditions)
    : loader_(loader),
      batch_(batch),
      shape_(shape),
      device_(device),
      room_bytes_(std::move(room_bytes)),
      conditions_(std::move(conditions)) {
  if (!device_.is_cuda()) return;
  copies_ = c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_);
  arrived_.emplace(device_.type());
}

void Feed::start(std::int64_t epoch, std::int64_t position) {
  epoch_ = epoch, position_ = position;
  if (!all_kept_) loader_.start(epoch, position);
}

Tensor Feed::next() {
  if (given_++ == kSettled) make_room();
  // An epoch leaves out less than a batch, and the first batches came before there was room.
  if (kept_.defined() && !all_kept_ && missing_ <= (kSettled + 1) * batch_) keep_rest();
  Tensor pictures;  // [N, H, W, C]
  if (all_kept_) {
    const data::Batch& batch = loader_.describe(epoch_, position_);
    pictures = mirrored(kept_.index_select(0, items_of(batch)), batch);
    note_labels(batch);
  } else {
    const data::Batch& batch = loader_.next();
    pictures = upload(batch);
    note_labels(batch);
    if (kept_.defined()) keep(batch, pictures);
  }
  if (++position_ == loader_.steps_per_epoch()) ++epoch_, position_ = 0;
  return nn::to_floats(pictures);
}

Tensor Feed::upload(const data::Batch& batch) {
  const Tensor bytes =
      at::from_blob(const_cast<unsigned char*>(batch.pixels.data()),
                    {batch_, shape_.size.height, shape_.size.width, shape_.channels}, at::kByte);
  if (!device_.is_cuda()) return bytes;
  // The step before still computes; its stream waits for the copy, the host for neither.
  const Tensor pinned = bytes.pin_memory();
  Tensor arriving;
  {
    const c10::StreamGuard guard(*copies_);
    arriving = pinned.to(device_, /*non_blocking=*/true);
    arrived_->record(*copies_);
  }
  const c10::Stream computes = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  arrived_->block(computes);
  arriving.record_stream(computes);
  return arriving;
}

Tensor Feed::items_of(const data::Batch& batch) const {
  Tensor items = at::empty({batch_}, at::kLong);
  std::copy(batch.items.begin(), batch.items.end(), items.mutable_data_ptr<std::int64_t>());
  return train::upload(items, device_);
}

void Feed::note_labels(const data::Batch& batch) {
  if (!conditions_.defined()) return;
  Tensor shown = at::empty({batch_}, at::kLong);
  std::transform(batch.items.begin(), batch.items.end(), shown.mutable_data_ptr<std::int64_t>(),
                 [&](std::uint32_t item) { return loader_.shown(item); });
  labels_ = conditions_.index_select(0, train::upload(shown, device_)).to(at::kFloat);
}

// Mirroring twice gives the picture itself.
Tensor Feed::mirrored(const Tensor& pictures, const data::Batch& batch) const {
  if (batch.flips.empty()) return pictures;
  Tensor flips = at::empty({batch_, 1, 1, 1}, at::kBool);
  std::copy(batch.flips.begin(), batch.flips.end(), flips.mutable_data_ptr<bool>());
  return at::where(train::upload(flips, device_), pictures.flip({2}), pictures);
}

void Feed::make_room() {
  const auto pictures = static_cast<std::int64_t>(loader_.pictures());
  const auto bytes = static_cast<std::uint64_t>(pictures * shape_.size.pixels() * shape_.channels);
  if (bytes > room_bytes_()) return;
  try {
    kept_ = at::empty({pictures, shape_.size.height, shape_.size.width, shape_.channels},
                      at::TensorOptions(at::kByte).device(device_));
  } catch (const c10::OutOfMemoryError&) {
    return;  // others have taken it since
  }
  is_kept_.resize(loader_.pictures());
  missing_ = pictures;
}

void Feed::keep(const data::Batch& batch, const Tensor& pictures) {
  kept_.index_copy_(0, items_of(batch), mirrored(pictures, batch));
  for (const std::uint32_t item : batch.items) {
    if (!is_kept_[item]) --missing_;
    is_kept_[item] = true;
  }
}

void Feed::keep_rest() {
  loader_.stop();
  Tensor picture = at::empty({shape_.size.height, shape_.size.width, shape_.channels}, at::kByte);
  for (std::uint32_t item = 0; item < is_kept_.size(); ++item) {
    if (is_kept_[item]) continue;
    loader_.picture(item, picture.mutable_data_ptr<unsigned char>());
    kept_[item].copy_(picture);
  }
  all_kept_ = true;
  is_kept_ = {};
  core::log_debug("all ", core::with_thousands(static_cast<std::int64_t>(kept_.size(0))),
                  " pictures are on the device now");
}

}  // namespace facegan::train
