// What doctor makes of machines that the tests do not have.
#include <gtest/gtest.h>

#include "app/train/findings.h"

namespace facegan::app {
namespace {

using device::CudaState;
constexpr std::uint64_t kMiB = 1 << 20;

// One that lacks nothing but a GPU.
Observations good_machine() {
  Observations o;
  o.config.device = "cpu", o.asked_device = "auto";
  o.config.threads = 8, o.config.workers = 4;
  o.checkpoint_bytes = 76 * kMiB, o.run_bytes = 350 * kMiB;
  o.libtorch = o.built_with_libtorch = "2.11.0", o.libtorch_cuda = 13000;
  o.instructions = "AVX512 BF16";
  o.cores = o.affinity_cores = o.machine_cores = 8;
  o.memory_bytes = o.machine_memory_bytes = 16384 * kMiB;
  o.handles = {.limit = 1024, .hard_limit = 524288, .open = 3};
  o.threads_wanted = o.threads_started = 20;
  o.runs = o.cache = {.path = "here", .free_bytes = 1 << 30, .bytes_per_s = 100e6};
  return o;
}

Observations with_gpus(std::vector<std::string> names, int driver, CudaState state) {
  Observations o = good_machine();
  o.nvidia = {.cards = static_cast<int>(names.size()), .kernel_driver = "580.65.06", .device_files = true};
  o.cuda.capabilities.assign(names.size(), 90);
  o.cuda.devices = std::move(names), o.cuda.driver = driver, o.cuda.state = state;
  o.cuda.usable = state == CudaState::usable;
  o.cuda.why_not = o.cuda.usable ? "" : "WHY";
  if (o.cuda.usable) o.config.device = "cuda", o.gpu_free_bytes = std::uint64_t{70} << 30;
  return o;
}

// "problem: WHAT" or "note: WHAT" of the only finding; "" = none.
std::string told(const Observations& o) {
  const auto findings = findings_of(o);
  EXPECT_LE(findings.size(), 1u) << findings.back().what;
  if (findings.empty()) return "";
  EXPECT_FALSE(findings[0].what_to_do.empty());
  for (const std::string* text : {&findings[0].what, &findings[0].what_to_do})
    EXPECT_TRUE(!text->ends_with('.') && text->find('\n') == std::string::npos) << *text;
  return (findings[0].problem ? "problem: " : "note: ") + findings[0].what;
}
std::string to_do(const Observations& o) {
  return findings_of(o).at(0).what_to_do;
}

TEST(DoctorFindings, NothingToSay) {
  EXPECT_EQ(told(good_machine()), "");
  EXPECT_EQ(told(with_gpus({"H100"}, 13000, CudaState::usable)), "");
}

TEST(DoctorFindings, NoDriver) {
  Observations o = good_machine();  // no hardware: nobody is nagged, unless a GPU is asked for
  o.asked_device = "cuda";
  EXPECT_EQ(told(o), "problem: There is no NVIDIA GPU and no driver for one");
  o = good_machine();
  o.nvidia.cards = 2;
  EXPECT_EQ(told(o), "note: This machine has 2 NVIDIA GPUs, but no driver for it; a training uses the CPU");
  EXPECT_NE(to_do(o).find("R580 or newer"), std::string::npos);
  o.libtorch_cuda = 12060;
  EXPECT_NE(to_do(o).find("R525 or newer"), std::string::npos);
  o.nvidia.kernel_driver = "580.65.06";
  EXPECT_EQ(
      told(o),
      "note: The NVIDIA driver 580.65.06 runs, but its library libcuda.so.1 is not here; a training uses the "
      "CPU");
  EXPECT_NE(to_do(o).find("--gpus all"), std::string::npos);
  o.asked_device = "cpu";
  EXPECT_EQ(told(o), "");
}

TEST(DoctorFindings, DriverWithoutGpu) {
  Observations o = with_gpus({}, 13000, CudaState::no_gpu);
  EXPECT_EQ(told(o), "note: The NVIDIA driver finds no GPU; a training uses the CPU");
  o.nvidia.device_files = false;
  EXPECT_NE(to_do(o).find("--gpus all"), std::string::npos);
  o.cuda.driver_error = 802;
  EXPECT_NE(to_do(o).find("fabric manager"), std::string::npos);
  o.environment["CUDA_VISIBLE_DEVICES"] = "";
  EXPECT_EQ(told(o),
            "note: CUDA_VISIBLE_DEVICES='' leaves no GPU that facegan may use; a training uses the CPU");
  o.nvidia = {};  // a machine without a GPU that has a driver's library
  EXPECT_EQ(told(o), "");
}

TEST(DoctorFindings, GpuThatCannotBeUsed) {
  Observations o = with_gpus({"H100"}, 12040, CudaState::old_driver);
  EXPECT_EQ(told(o), "note: The GPU cannot be used: WHY; a training uses the CPU");
  EXPECT_EQ(to_do(o),
            "update the driver to R580 or newer, or take a LibTorch for CUDA 12: set FACEGAN_LIBTORCH to the "
            "folder "
            "'torch' of such a wheel");
  o.asked_device = "cuda";
  o.refusal = "no device 'cuda': WHY; use --device cpu";  // not told twice
  EXPECT_EQ(told(o), "problem: The GPU cannot be used: WHY");
  const std::pair<CudaState, const char*> others[] = {{CudaState::cpu_build, "pip install torch==2.11.*"},
                                                      {CudaState::no_libraries, "scripts/facegan --cuda"},
                                                      {CudaState::no_module, "libfacegan_cuda.so"},
                                                      {CudaState::other_module, "one and the same build"},
                                                      {CudaState::refused, "nvidia-smi"}};
  for (const auto& [state, words] : others)
    EXPECT_NE(to_do(with_gpus({"H100"}, 13000, state)).find(words), std::string::npos) << words;
}

TEST(DoctorFindings, GpuThatIsUsedButShouldNotBe) {
  Observations o = with_gpus({"H100", "P100"}, 13000, CudaState::usable);
  o.asked_device = o.config.device = "cuda:1";
  o.cuda.capabilities[1] = 60;
  EXPECT_EQ(told(o),
            "problem: P100 is too old (compute capability 6.0): CUDA 13.0 computes on 7.5 and newer");
  o.libtorch_cuda = 12060;
  EXPECT_EQ(told(o), "");
  o.gpu_free_bytes = 100 * kMiB;
  EXPECT_EQ(told(o), "note: Only 100.0 MiB of the memory of cuda:1 are free: other programs use it");
  o.gpu_failure = "CUDA error: out of memory";
  EXPECT_EQ(told(o), "problem: The GPU cannot be used: CUDA error: out of memory");
  o = with_gpus({"H100"}, 13000, CudaState::usable);
  o.asked_device = "cuda:3", o.config.device = "cpu";
  o.refusal = "no device 'cuda:3': this machine has 1 (cuda:0 ...)";
  EXPECT_EQ(told(o), "problem: Settings are refused: no device 'cuda:3': this machine has 1 (cuda:0 ...)");
}

TEST(DoctorFindings, LimitsOfTheProcess) {
  Observations o = good_machine();
  o.handles.limit = 15;
  EXPECT_EQ(told(o),
            "note: Only 15 files may be open at once: a training on pictures of a folder or an archive needs "
            "about 16");
  EXPECT_EQ(to_do(o), "call 'ulimit -n 4096' before, in the same shell");
  o.config.dataset = "lfw";
  EXPECT_EQ(told(o).substr(0, 9), "problem: ");
  o.config.dataset = "faces", o.handles.limit = 8;
  EXPECT_EQ(told(o).substr(0, 9), "problem: ");
  o.handles.limit = 16;
  EXPECT_EQ(told(o),
            "note: Only 16 files may be open at once: enough for a training (16), not for many --workers");
  o.handles.hard_limit = 1024;
  EXPECT_EQ(to_do(o), "call 'ulimit -n 1024' before, in the same shell");
  o.handles.hard_limit = 64;
  EXPECT_NE(to_do(o).find("raise the hard limit, now 64"), std::string::npos);
  o.handles.limit = 128;
  EXPECT_EQ(told(o), "");
  o.threads_started = 7;
  EXPECT_EQ(told(o), "problem: Only 7 of the 20 threads that a training has could be started");
}

TEST(DoctorFindings, AddressSpaceAndData) {
  Observations o = good_machine();
  o.address_space_bytes = 2048 * kMiB;
  EXPECT_EQ(
      told(o),
      "note: The address space of a process is limited to 2.0 GiB (ulimit -v): the default training takes "
      "1.1 GiB");
  o.address_space_bytes = 700 * kMiB;
  EXPECT_EQ(told(o).substr(0, 9), "problem: ");
  o.address_space_bytes = 0, o.config.dataset = "lfw", o.missing_data = "data/lfw";
  EXPECT_EQ(told(o), "problem: The data set lfw is not at data/lfw");
}

TEST(DoctorFindings, ControlGroups) {
  Observations o = good_machine();
  o.memory_bytes = 4096 * kMiB;
  EXPECT_EQ(told(o),
            "note: A control group allows 4.0 GiB of the machine's 16.0 GiB of memory: facegan keeps up to "
            "1.0 GiB of "
            "decoded pictures in it, more of them in a file in the cache folder");
  o.memory_bytes = 1024 * kMiB;
  EXPECT_EQ(told(o), "note: There is little memory (1.0 GiB): the default training takes 640.0 MiB or more");
  EXPECT_NE(to_do(o).find("docker run --memory"), std::string::npos);
  o.memory_bytes = 512 * kMiB;
  EXPECT_EQ(told(o).substr(0, 9), "problem: ");
  o = good_machine();
  o.cpu_quota = 2.5, o.cores = 3, o.config.threads = 3;
  EXPECT_EQ(told(o),
            "note: A control group allows the time of 2.5 of 8 cores; a training computes with 3 threads");
}

TEST(DoctorFindings, Threads) {
  Observations o = good_machine();
  o.affinity_cores = o.cores = 1, o.config.threads = 1;
  EXPECT_EQ(told(o), "note: An affinity mask leaves facegan 1 of 8 cores; a training computes with 1 thread");
  o.environment["OMP_PROC_BIND"] = "close";
  EXPECT_EQ(told(o),
            "note: OMP_PROC_BIND=close binds facegan to 1 of 8 cores; a training computes with 1 thread");
  o = good_machine();
  o.environment = {{"OMP_PROC_BIND", "false"}};
  EXPECT_EQ(told(o), "");
  o = good_machine();
  o.config.threads = 9;
  EXPECT_EQ(told(o).substr(0, 23), "note: FACEGAN_THREADS=9");
  o = good_machine();
  o.instructions = "DEFAULT";
  EXPECT_EQ(told(o), "note: This CPU has no AVX2: a training on it is several times slower");
}

TEST(DoctorFindings, Disks) {
  Observations o = good_machine();
  o.runs.bytes_per_s = 2 * kMiB, o.runs.file_system.name = "NFS";
  EXPECT_EQ(told(o), "note: The disk here is slow (2.0 MiB/s to NFS): a checkpoint of 76.0 MiB takes 38.0s");
  o.cache.bytes_per_s = 1 * kMiB;  // is told once
  EXPECT_EQ(told(o).substr(0, 25), "note: The disk here is sl");
  o.runs.bytes_per_s = 100 * kMiB;
  EXPECT_EQ(told(o).substr(0, 34), "note: The disk of the cache folder");
  o = good_machine();
  o.runs.free_bytes = 100 * kMiB;
  EXPECT_EQ(told(o), "problem: The disk is too full: 100.0 MiB free, a training by default takes 350.0 MiB");
  o = good_machine();
  o.runs.failure = "no file can be written in /a: Read-only file system";
  EXPECT_EQ(told(o), "problem: No run folder can be made: " + o.runs.failure);
}

TEST(DoctorFindings, ProblemsComeFirst) {
  Observations o = good_machine();
  o.instructions = "DEFAULT", o.threads_started = 1;
  o.runs.bytes_per_s = 1;
  const auto findings = findings_of(o);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_TRUE(findings[0].problem);
  EXPECT_FALSE(findings[1].problem);
}

}  // namespace
}  // namespace facegan::app
