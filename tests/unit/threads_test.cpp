// LibTorch's threads, lent to loops of this program.
#include "facegan/device/threads.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace facegan {
namespace {

// As many threads as a test asks for, whatever the machine has.
class Threads : public testing::Test {
 protected:
  void SetUp() override { at::set_num_threads(3); }
  void TearDown() override { at::set_num_threads(before_); }
  const int before_ = at::get_num_threads();
};

TEST_F(Threads, ShareALoop) {
  std::vector<int> times(100);
  std::mutex mutex;
  std::set<std::thread::id> who;
  device::parallel_for(100, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++times[static_cast<std::size_t>(i)];
    const std::lock_guard lock(mutex);
    who.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(times, std::vector<int>(100, 1));
  EXPECT_EQ(who.size(), 3u);
}

TEST_F(Threads, LeaveOutThoseThatHaveNothingToDo) {
  std::atomic<int> calls = 0, sum = 0;
  device::parallel_for(2, [&](std::int64_t begin, std::int64_t end) {
    ++calls;
    for (std::int64_t i = begin; i < end; ++i) sum += static_cast<int>(i) + 1;
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(sum, 3);
  device::parallel_for(0, [&](std::int64_t, std::int64_t) { ADD_FAILURE() << "there is nothing to do"; });
}

TEST_F(Threads, ComputeAloneWithinALoop) {
  std::atomic<int> calls = 0;
  device::parallel_for(3, [&](std::int64_t, std::int64_t) {
    device::parallel_for(10, [&](std::int64_t begin, std::int64_t end) {
      ++calls;
      EXPECT_EQ(end - begin, 10);
    });
  });
  EXPECT_EQ(calls, 3);
}

TEST_F(Threads, HandAFailureOn) {
  EXPECT_THROW(device::parallel_for(3,
                                    [](std::int64_t begin, std::int64_t) {
                                      if (begin == 2) throw std::runtime_error("the last one");
                                    }),
               std::runtime_error);
}

TEST_F(Threads, OneThatComputesAloneSharesNothing) {
  std::atomic<int> calls = 0;
  std::thread([&] {
    device::compute_alone();
    device::parallel_for(10, [&](std::int64_t, std::int64_t) { ++calls; });
  }).join();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace facegan
