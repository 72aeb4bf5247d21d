#include "facegan/data/loader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <set>
#include <thread>

#include "data/cache.h"
#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

constexpr int kSize = 4, kChannels = 3;
constexpr std::size_t kBytes = kSize * kSize * kChannels;

// Picture i is filled with values that only i gives; get() calls are counted.
class Numbers : public Dataset {
 public:
  explicit Numbers(std::size_t count, std::set<std::size_t> bad = {}) : count_(count), bad_(std::move(bad)) {}
  std::size_t size() const override { return count_; }
  std::string name(std::size_t i) const override { return "n" + std::to_string(i); }
  image::Image get(std::size_t i) const override {
    ++calls;
    if (on_get) on_get(i);
    if (bad_.count(i)) throw Error(ErrorKind::data, name(i) + ": torn");
    image::Image picture(kSize, kSize, kChannels, static_cast<unsigned char>(i));
    picture.pixels[0] = static_cast<unsigned char>(i >> 8);
    return picture;
  }
  std::string encoded(std::size_t) const override { return ""; }
  std::uint64_t fingerprint() const override { return 0; }

  mutable std::atomic<int> calls{0};
  std::function<void(std::size_t)> on_get;

 private:
  std::size_t count_;
  std::set<std::size_t> bad_;
};

std::size_t number_of(const unsigned char* picture) {
  return picture[0] * 256u + picture[kBytes - 1];
}

std::vector<std::size_t> numbers_in(const Batch& batch) {
  std::vector<std::size_t> numbers;
  for (std::size_t at = 0; at < batch.pixels.size(); at += kBytes)
    numbers.push_back(number_of(&batch.pixels[at]));
  return numbers;
}

LoaderOptions options_of(std::int64_t batch, int workers, int prefetch = 3) {
  LoaderOptions options;
  options.batch = batch, options.workers = workers, options.prefetch = prefetch, options.seed = 7;
  return options;
}

class LoaderTest : public testing::Test {
 protected:
  LoaderTest() { ::setenv("FACEGAN_CACHE", folder_.path().c_str(), 1); }
  ~LoaderTest() override { ::unsetenv("FACEGAN_CACHE"); }
  TemporaryFolder folder_;
};

TEST_F(LoaderTest, BatchesAreThePermutationWhateverTheWorkersAndTheStart) {
  constexpr std::size_t kCount = 1003, kBatch = 50, kSteps = kCount / kBatch;
  for (const int workers : {1, 2, 5})
    for (const std::size_t start : {std::size_t{0}, std::size_t{7}, kSteps - 1}) {
      Loader loader(std::make_shared<Numbers>(kCount), kSize, kChannels, options_of(kBatch, workers));
      EXPECT_EQ(loader.steps_per_epoch(), static_cast<std::int64_t>(kSteps));
      loader.start(2, static_cast<std::int64_t>(start));
      for (std::size_t k = 0; k < 45; ++k) {
        const std::size_t epoch = 2 + (start + k) / kSteps, position = (start + k) % kSteps;
        const Batch& batch = loader.next();
        ASSERT_EQ(batch.epoch, static_cast<std::int64_t>(epoch));
        ASSERT_EQ(batch.position, static_cast<std::int64_t>(position));
        const auto order = core::permutation(7, epoch, kCount);
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(position * kBatch);
        ASSERT_EQ(numbers_in(batch), std::vector<std::size_t>(begin, begin + kBatch));
      }
    }
}

TEST_F(LoaderTest, GivesOfEachBatchTheRowsThatAreAskedFor) {
  const auto set = std::make_shared<Numbers>(23);
  LoaderOptions all = options_of(6, 2), some = options_of(6, 3);
  all.flip = some.flip = true;
  some.rows = {4, 5, 1};
  Loader whole(set, kSize, kChannels, all), part(set, kSize, kChannels, some);
  EXPECT_EQ(part.steps_per_epoch(), whole.steps_per_epoch());
  whole.start(1, 2), part.start(1, 2);
  for (int i = 0; i < 5; ++i) {
    const Batch& of_all = whole.next();
    const Batch& of_part = part.next();
    ASSERT_EQ(of_part.items.size(), 3u);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto row = static_cast<std::size_t>(some.rows[k]);
      EXPECT_EQ(of_part.items[k], of_all.items[row]);
      EXPECT_EQ(of_part.flips[k], of_all.flips[row]);
    }
    const auto numbers = numbers_in(of_all), expected = std::vector{numbers[4], numbers[5], numbers[1]};
    EXPECT_EQ(numbers_in(of_part), expected);
  }
}

TEST_F(LoaderTest, LaterEpochsDecodeNothing) {
  for (const std::uint64_t memory_limit : {0, 1}) {  // 1: in a file
    auto set = std::make_shared<Numbers>(300);
    LoaderOptions options = options_of(100, 3);
    options.memory_limit = memory_limit;
    Loader loader(set, kSize, kChannels, options);
    loader.start(0, 0);
    std::vector<std::size_t> first;
    for (int k = 0; k < 12; ++k) {
      const auto numbers = numbers_in(loader.next());
      const auto order = core::permutation(7, static_cast<std::uint64_t>(k / 3), 300);
      ASSERT_EQ(numbers,
                std::vector<std::size_t>(order.begin() + k % 3 * 100, order.begin() + k % 3 * 100 + 100));
    }
    EXPECT_EQ(set->calls, 300) << memory_limit;
    loader.start(0, 0);  // from the beginning again, still with what is known
    loader.next();
    EXPECT_EQ(set->calls, 300) << memory_limit;
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  }
}

TEST_F(LoaderTest, UnusablePicturesAreReplacedByTheNextUsableOne) {
  const std::set<std::size_t> bad = {0, 5, 6, 7, 98, 99};
  const auto stand_in = [&](std::size_t i) {
    while (bad.count(i)) i = (i + 1) % 100;
    return i;
  };
  for (const int workers : {1, 2, 5}) {
    auto set = std::make_shared<Numbers>(100, bad);
    Loader loader(set, kSize, kChannels, options_of(20, workers));
    loader.start(0, 0);
    for (std::size_t k = 0; k < 10; ++k) {
      const auto order = core::permutation(7, k / 5, 100);
      const auto numbers = numbers_in(loader.next());
      for (std::size_t i = 0; i < 20; ++i) ASSERT_EQ(numbers[i], stand_in(order[k % 5 * 20 + i]));
    }
    EXPECT_EQ(loader.unusable(), (std::vector<std::string>{"n0: torn", "n5: torn", "n6: torn", "n7: torn",
                                                           "n98: torn", "n99: torn"}));
    EXPECT_EQ(set->calls, 100);
  }
}

TEST_F(LoaderTest, ThreadsThatNeedOnePictureAtOnceDecodeItOnce) {
  for (int round = 0; round < 50; ++round) {
    auto set = std::make_shared<Numbers>(3, std::set<std::size_t>{1});
    set->on_get = [](std::size_t) {
      for (int i = 0; i < 100; ++i) std::this_thread::yield();  // lets the others arrive meanwhile
    };
    Cache cache(set, kSize, kChannels, 0, false);
    const std::atomic<bool> never{false};
    std::vector<std::future<std::size_t>> found;
    for (int i = 0; i < 4; ++i)
      found.push_back(std::async(std::launch::async, [&] {
        unsigned char picture[kBytes];
        cache.fetch(1, picture, never);
        return number_of(picture);
      }));
    for (auto& number : found) EXPECT_EQ(number.get(), 2u);
    EXPECT_EQ(set->calls, 2);
  }
}

// A disk that hangs for a moment takes no picture from the set.
TEST_F(LoaderTest, WhatCannotBeReadNowIsReadLater) {
  auto set = std::make_shared<Numbers>(3);
  int failures = 2;
  set->on_get = [&](std::size_t) {
    if (failures-- > 0) throw Error(ErrorKind::io, "cannot read n0: Input/output error");
  };
  Cache cache(set, kSize, kChannels, 0, false);
  unsigned char picture[kBytes];
  const std::atomic<bool> never{false};
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(cache.fetch(0, picture, never));
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(number_of(picture), 0u);
  EXPECT_EQ(set->calls, 3);
  EXPECT_TRUE(cache.unusable().empty());
  EXPECT_NE(said.find("n0: Input/output error; trying again"), std::string::npos) << said;
  EXPECT_EQ(said.find("trying again"), said.rfind("trying again"));
  // One who is to stop does not wait for it.
  failures = 1'000'000;
  const std::atomic<bool> stop{true};
  EXPECT_THROW(cache.get(1, picture, stop), Error);
}

template <class Call>
std::string message_of(const Call& call, ErrorKind kind) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

TEST_F(LoaderTest, ErrorsArriveAtTheBatchThatTheyBelongTo) {
  const auto order = core::permutation(7, 0, 100);
  LoaderOptions options = options_of(10, 4);
  options.fail_on_bad_image = true;
  for (int round = 0; round < 20; ++round) {
    Loader loader(std::make_shared<Numbers>(100, std::set<std::size_t>{order[33], order[38], order[52]}),
                  kSize, kChannels, options);
    loader.start(0, 0);
    for (int k = 0; k < 3; ++k) loader.next();
    for (int again = 0; again < 2; ++again)
      EXPECT_EQ(message_of([&] { loader.next(); }, ErrorKind::data),
                "n" + std::to_string(order[33]) + ": torn");
  }
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < 100; ++i) all.insert(i);
  Loader none(std::make_shared<Numbers>(100, all), kSize, kChannels, options_of(10, 4));
  none.start(0, 0);
  EXPECT_NE(message_of([&] { none.next(); }, ErrorKind::data).find("none of the 100 pictures"),
            std::string::npos);

  auto failing = std::make_shared<Numbers>(100);
  failing->on_get = [](std::size_t i) {
    if (i % 2) throw std::bad_alloc();
  };
  Loader other(failing, kSize, kChannels, options_of(50, 2));
  other.start(0, 0);
  EXPECT_THROW(other.next(), std::bad_alloc);
  Loader wrong_size(std::make_shared<Numbers>(100), kSize * 2, kChannels, options_of(10, 2));
  wrong_size.start(0, 0);
  message_of([&] { wrong_size.next(); }, ErrorKind::internal);
}

// Pictures that no mirror leaves as they are, of an odd width.
class Slopes : public Numbers {
 public:
  static constexpr int kWidth = 5;
  using Numbers::Numbers;
  image::Image get(std::size_t i) const override {
    ++calls;
    image::Image picture(kWidth, kWidth, kChannels);
    for (std::size_t k = 0; k < picture.pixels.size(); ++k)
      picture.pixels[k] = static_cast<unsigned char>(i * 5 + k * 7);
    return picture;
  }
};

image::Image mirrored(const image::Image& picture) {
  image::Image out = picture;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      for (int c = 0; c < picture.channels; ++c) out.at(x, y)[c] = picture.at(picture.width - 1 - x, y)[c];
  return out;
}

// The next `count` batches of a loader over 60 pictures, 3 batches an epoch.
std::vector<std::vector<unsigned char>> flipped_batches(int workers, std::int64_t epoch,
                                                        std::int64_t position, int count, bool flip = true,
                                                        std::uint64_t memory_limit = 0) {
  LoaderOptions options = options_of(20, workers);
  options.flip = flip, options.memory_limit = memory_limit;
  auto set = std::make_shared<Slopes>(60);
  Loader loader(set, Slopes::kWidth, kChannels, options);
  loader.start(epoch, position);
  std::vector<std::vector<unsigned char>> batches;
  for (int k = 0; k < count; ++k) batches.push_back(loader.next().pixels);
  EXPECT_LE(set->calls, 60);
  return batches;
}

TEST_F(LoaderTest, FlipMirrorsHalfOfThePicturesAsSeedStepAndSlotSay) {
  const auto straight = flipped_batches(1, 0, 0, 30);
  const Slopes set(60);
  int mirrors = 0;
  for (std::size_t step = 0; step < straight.size(); ++step) {
    const auto order = core::permutation(7, step / 3, 60);
    core::Random random(7, core::Purpose::flip, step);
    for (std::size_t i = 0; i < 20; ++i) {
      const bool flip = random.next_u32() >= 0x80000000u;
      const image::Image original = set.get(order[step % 3 * 20 + i]),
                         wanted = flip ? mirrored(original) : original;
      const auto begin = straight[step].begin() + static_cast<std::ptrdiff_t>(i * wanted.pixels.size());
      ASSERT_TRUE(std::equal(wanted.pixels.begin(), wanted.pixels.end(), begin)) << step << ' ' << i;
      mirrors += flip;
    }
  }
  EXPECT_NEAR(mirrors, 300, 50);  // of 600; four standard deviations
}

TEST_F(LoaderTest, FlipsDoNotDependOnTheWorkersTheStartOrTheCache) {
  const auto straight = flipped_batches(1, 0, 0, 30), none = flipped_batches(2, 0, 0, 30, false);
  EXPECT_NE(straight, none);
  for (const int workers : {1, 3, 5}) EXPECT_EQ(flipped_batches(workers, 0, 0, 30), straight) << workers;
  EXPECT_EQ(flipped_batches(3, 0, 0, 30, true, 1), straight);  // kept in a file
  for (const std::int64_t step : {1, 5, 12})
    EXPECT_EQ(flipped_batches(3, step / 3, step % 3, 6),
              (std::vector(straight.begin() + step, straight.begin() + step + 6)));
}

TEST_F(LoaderTest, WorkersGoOnlySoFarAheadAndStopWhatTheyAreDoing) {
  auto set = std::make_shared<Numbers>(1000);
  std::promise<void> ahead;
  set->on_get = [&, reached = std::make_shared<std::atomic<int>>(0)](std::size_t) {
    if (++*reached == 50) ahead.set_value();
  };
  {
    Loader loader(set, kSize, kChannels, options_of(10, 3, 4));
    loader.start(0, 0);
    const Batch& batch = loader.next();
    const auto before = numbers_in(batch);
    ahead.get_future().wait();  // one batch in our hands, four ahead: then the workers wait
    EXPECT_EQ(numbers_in(batch), before);
  }
  EXPECT_EQ(set->calls, 50);

  // In the middle of a picture: the loader's end waits for that one picture only.
  auto slow = std::make_shared<Numbers>(1000);
  std::promise<void> entered, go_on;
  auto gate = go_on.get_future().share();
  std::atomic<bool> first{true};
  slow->on_get = [&](std::size_t) {
    if (first.exchange(false)) entered.set_value();
    gate.wait();
  };
  auto loader = std::make_unique<Loader>(slow, kSize, kChannels, options_of(100, 2));
  loader->start(0, 0);
  entered.get_future().wait();
  auto end = std::async(std::launch::async, [&] { loader.reset(); });
  go_on.set_value();
  end.wait();
  Loader never_started(slow, kSize, kChannels, options_of(100, 2));
}

// A search for a usable picture goes through a whole set when there is none; the end does not wait for it.
TEST_F(LoaderTest, EndsInTheMiddleOfASearchForAUsablePicture) {
  constexpr std::size_t kCount = 100'000;
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < kCount; ++i) all.insert(i);
  auto set = std::make_shared<Numbers>(kCount, all);
  std::promise<void> searching, go_on;
  auto gate = go_on.get_future().share();
  set->on_get = [&, at = std::make_shared<std::atomic<int>>(0)](std::size_t) {
    const int call = ++*at;
    if (call == 100) searching.set_value();
    if (call >= 100) gate.wait();
  };
  auto loader = std::make_unique<Loader>(set, kSize, kChannels, options_of(10, 3));
  loader->start(0, 0);
  searching.get_future().wait();
  auto end = std::async(std::launch::async, [&] { loader.reset(); });
  go_on.set_value();
  end.wait();
  EXPECT_LT(set->calls, static_cast<int>(kCount));
}

// Whatever a training loop dies of, its loader ends with it: before the first batch, with batches ready,
// with an error waiting, in a second start.
TEST_F(LoaderTest, EndsWithTheLoopThatUsesIt) {
  const std::set<std::size_t> bad = {1, 2, 3, 50, 51, 99};
  for (int round = 0; round < 40; ++round) {
    LoaderOptions options = options_of(7, 1 + round % 4, 2 + round % 3);
    options.fail_on_bad_image = round % 2;
    options.memory_limit = round % 5 == 0;
    auto set = std::make_shared<Numbers>(100, bad);
    if (round % 8 == 7)
      set->on_get = [](std::size_t i) {
        if (i == 60) throw std::bad_alloc();
      };
    try {
      Loader loader(set, kSize, kChannels, options);
      loader.start(0, 0);
      for (int k = 0; k < round; ++k) {
        if (k % 11 == 10) loader.start(k, k % 14);
        loader.next();
      }
      throw std::runtime_error("the loop's own");
    } catch (const std::exception&) {
    }
    EXPECT_EQ(set.use_count(), 1);
  }
}

}  // namespace
}  // namespace facegan::data
