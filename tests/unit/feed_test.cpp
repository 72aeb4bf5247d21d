// Batches on the device: the same whether its pictures are streamed or kept there.
#include "train/feed.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <set>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/data/dataset.h"

namespace facegan::train {
namespace {

constexpr PictureShape kShape{6, 3};
constexpr std::int64_t kBatch = 2, kPictures = 50, kSteps = 25;

// Noise, another one in each picture; some cannot be used.
class Noise : public data::Dataset {
 public:
  std::size_t size() const override { return kPictures; }
  std::string name(std::size_t i) const override { return "n" + std::to_string(i); }
  image::Image get(std::size_t i) const override {
    if (i == 3 || i == 4 || i == kPictures - 1) throw Error(ErrorKind::data, name(i) + ": torn");
    image::Image picture(kShape.size.width, kShape.size.height, kShape.channels);
    core::Random random(5, core::Purpose::faces, i);
    for (auto& value : picture.pixels) value = static_cast<unsigned char>(random.next_u32());
    return picture;
  }
  std::string encoded(std::size_t) const override { return ""; }
};

struct Fed {
  data::Loader loader;
  Feed feed;
  Fed(bool flip, std::uint64_t room)
      : loader(std::make_shared<Noise>(), kShape.size, kShape.channels,
               {.batch = kBatch, .seed = 7, .workers = 2, .flip = flip}),
        feed(loader, kBatch, kShape, at::kCPU, [room] { return room; }) {}
};
constexpr std::uint64_t kRoom = kPictures * 6 * 6 * 3;

TEST(Feed, ScalesBytes) {
  Fed fed(false, 0);
  fed.feed.start(0, 0);
  const at::Tensor real = fed.feed.next();
  EXPECT_EQ(real.sizes(), (at::IntArrayRef{kBatch, 3, 6, 6}));
  EXPECT_TRUE(real.is_contiguous(at::MemoryFormat::ChannelsLast));
  fed.loader.start(0, 0);
  const auto& pixels = fed.loader.next().pixels;
  for (const int i : {0, 1, 50, 107})  // [0, y, x, c]
    EXPECT_FLOAT_EQ(real[0][i % 3][i / 3 / 6][i / 3 % 6].item<float>(), pixels[i] / 127.5f - 1) << i;
}

TEST(Feed, KeptPicturesGiveTheSameBatches) {
  for (const bool flip : {false, true}) {
    Fed streamed(flip, 0), kept(flip, kRoom);
    streamed.feed.start(0, 0), kept.feed.start(0, 0);
    for (int step = 0; step < 4 * kSteps; ++step) {
      const bool all = kept.feed.keeps_all();
      EXPECT_TRUE(!all || step > Feed::kSettled) << step;
      EXPECT_TRUE(all || step < kSteps) << step;  // the rest come at the epoch's end
      ASSERT_TRUE(at::equal(streamed.feed.next(), kept.feed.next())) << step << ' ' << flip;
    }
    EXPECT_FALSE(streamed.feed.keeps_all());
  }
}

TEST(Feed, StartsAnywhere) {
  for (const std::int64_t epoch : {0, 2}) {
    Fed streamed(true, 0), kept(true, kRoom);
    streamed.feed.start(epoch, 2), kept.feed.start(epoch, 2);
    for (int step = 0; step < 4 * kSteps; ++step)
      ASSERT_TRUE(at::equal(streamed.feed.next(), kept.feed.next())) << step;
    ASSERT_TRUE(kept.feed.keeps_all());
    streamed.feed.start(epoch, 1), kept.feed.start(epoch, 1);  // as after a rollback
    for (int step = 0; step < kSteps; ++step)
      ASSERT_TRUE(at::equal(streamed.feed.next(), kept.feed.next())) << step;
  }
}

// What steps need is known once some have run.
TEST(Feed, AsksForRoomOnceAfterTheFirstBatches) {
  Fed fed(false, 0);
  int asked = 0;
  Feed feed(fed.loader, kBatch, kShape, at::kCPU, [&] { return ++asked, kRoom - 1; });
  feed.start(0, 0);
  for (std::int64_t step = 0; step < 4 * kSteps; ++step) {
    EXPECT_EQ(asked, step > Feed::kSettled) << step;
    feed.next();
  }
  EXPECT_FALSE(feed.keeps_all());  // a byte is missing
}

}  // namespace
}  // namespace facegan::train
