// The lock of a run folder, and a look at it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "error_of.h"
#include "facegan/core/text.h"
#include "facegan/run/lock.h"
#include "temporary_folder.h"

namespace facegan::run {
namespace {

TEST(RunLock, NamesItsHolderWhileItIsHeld) {
  const TemporaryFolder folder;
  EXPECT_FALSE(lock_holder(folder.path()));
  EXPECT_FALSE(std::filesystem::exists(folder / ".lock")) << "a look makes no file";
  {
    const RunLock lock(folder.path());
    const auto holder = lock_holder(folder.path());
    ASSERT_TRUE(holder);
    EXPECT_TRUE(holder->starts_with(core::str("process ", ::getpid(), " on host "))) << *holder;
    EXPECT_EQ(error_of([&] { RunLock second(folder.path()); }).kind(), ErrorKind::usage);
  }
  EXPECT_FALSE(lock_holder(folder.path()));
  std::ofstream(folder / ".lock") << "process 1 on host gone\n";
  EXPECT_FALSE(lock_holder(folder.path())) << "the file alone holds nothing";
}

// A look holds the lock for a moment.
TEST(RunLock, IsNotRefusedForALook) {
  const TemporaryFolder folder;
  std::ofstream(folder / ".lock") << "";
  std::atomic<bool> stop{false};
  std::atomic<int> looks{0};
  std::thread looker([&] {
    for (; !stop; ++looks) lock_holder(folder.path());
  });
  while (looks == 0) {
  }
  for (int i = 0; i < 300; ++i) {
    EXPECT_NO_THROW(RunLock lock(folder.path()));
    std::ofstream(folder / ".lock") << "";  // it was removed, and a look needs one
  }
  stop = true;
  looker.join();
}

}  // namespace
}  // namespace facegan::run
