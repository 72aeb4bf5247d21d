#pragma once
// LibTorch's profiler around a piece of work. Free of LibTorch types.
#include <filesystem>
#include <functional>
#include <string>

namespace facegan::device {

// Does `work` and writes what this thread and its device did meanwhile to `trace`, as JSON that Chrome's
// tracing and Perfetto open: operators as cpu_op, on CUDA also the kernels of the device. Error(io).
void profile(const std::string& device, const std::filesystem::path& trace,
             const std::function<void()>& work);

}  // namespace facegan::device
