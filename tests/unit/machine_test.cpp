// Limits of the machine, in a made file system where they are files.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "error_of.h"
#include "facegan/machine/disk.h"
#include "facegan/machine/limits.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/nvidia.h"
#include "facegan/machine/processor.h"
#include "temporary_folder.h"

namespace facegan::machine {
namespace {

class Machine : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  TemporaryFolder folder_;
};

TEST_F(Machine, MemoryIsWhatTheTightestControlGroupAllows) {
  write("proc/meminfo", "MemTotal:       8000 kB\nMemFree: 5 kB\n");
  EXPECT_EQ(usable_memory_bytes(folder_.path()), 8192000u);
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/memory.max", "5000000\n");
  EXPECT_EQ(usable_memory_bytes(folder_.path()), 5000000u);
  EXPECT_EQ(machine_memory_bytes(folder_.path()), 8192000u);
  write("proc/self/cgroup", "9:cpu,memory:/x\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "4000000\n");
  EXPECT_EQ(usable_memory_bytes(folder_.path()), 4000000u);
}

TEST_F(Machine, QuotaIsTheSmallestOfTheControlGroups) {
  EXPECT_EQ(cpu_quota(folder_.path()), 0);
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/cpu.max", "400000 100000\n");
  write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cpu_quota(folder_.path()), 1.5);
  // Named as the host sees it: only the mount is there.
  write("proc/self/cgroup", "0::/elsewhere\n");
  EXPECT_EQ(cpu_quota(folder_.path()), 4);
  write("proc/self/cgroup", "4:cpu,cpuacct:/x\n");
  write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(folder_.path()), 0);
  write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "50000\n");
  EXPECT_EQ(cpu_quota(folder_.path()), 0.5);
}

TEST_F(Machine, HandlesAndThreads) {
  const FileHandles before = file_handles();
  std::uint64_t open = 0;
  for (int fd = 0; fd < 1024; ++fd) open += ::fcntl(fd, F_GETFD) >= 0;
  EXPECT_EQ(before.open, open);
  EXPECT_GE(before.limit, before.open);
  const std::ifstream one("/proc/self/status");
  EXPECT_EQ(file_handles().open, before.open + 1);
  EXPECT_EQ(threads_to_be_had(5), 5);
  EXPECT_GE(machine_cores(), affinity_cores());
  EXPECT_GE(affinity_cores(), available_cores());
}

TEST_F(Machine, DiskIsMeasuredAndLeftAsItWas) {
  EXPECT_GT(write_rate(folder_.path()), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  const Error error = error_of([&] { write_rate(folder_ / "none"); });
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_EQ(std::string(error.what()),
            "no file can be written in " + (folder_ / "none").string() + ": No such file or directory");
}

TEST_F(Machine, TracesOfNvidia) {
  const NvidiaTraces none = nvidia_traces(folder_.path());
  EXPECT_EQ(none.cards, 0);
  EXPECT_EQ(none.kernel_driver, "");
  EXPECT_FALSE(none.device_files);
  write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  write("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
  write("sys/bus/pci/devices/0000:01:00.1/vendor", "0x10de\n");  // the sound of a card
  write("sys/bus/pci/devices/0000:01:00.1/class", "0x040300\n");
  write("sys/bus/pci/devices/0000:02:00.0/vendor", "0x8086\n");
  write("sys/bus/pci/devices/0000:02:00.0/class", "0x030000\n");
  write("proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\nGCC version: "
        "12.2.0\n");
  write("dev/nvidiactl", "");
  const NvidiaTraces found = nvidia_traces(folder_.path());
  EXPECT_EQ(found.cards, 1);
  EXPECT_EQ(found.kernel_driver, "580.65.06");
  EXPECT_TRUE(found.device_files);
}

}  // namespace
}  // namespace facegan::machine
