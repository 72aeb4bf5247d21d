#include "facegan/device/profile.h"

#include <torch/csrc/autograd/profiler_kineto.h>

#include <cstdlib>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"

namespace facegan::device {

void profile(const std::string& device, const std::filesystem::path& trace,
             const std::function<void()>& work) {
  namespace profiler = torch::autograd::profiler;
  std::set<profiler::ActivityType> activities = {profiler::ActivityType::CPU};
  if (device.starts_with("cuda"))
    activities.insert(profiler::ActivityType::CUDA);
  else
    setenv("KINETO_LOG_LEVEL", "5", /*overwrite=*/0);  // it would complain that there is no GPU
  const profiler::ProfilerConfig config(profiler::ProfilerState::KINETO);
  std::error_code ignored;
  std::filesystem::remove(trace, ignored);  // the profiler says nothing when it cannot write
  synchronize(device);
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities, {at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE});
  try {
    work();
    synchronize(device);
  } catch (...) {
    profiler::disableProfiler();
    throw;
  }
  profiler::disableProfiler()->save(trace.string());
  if (!std::filesystem::exists(trace, ignored))
    throw Error(ErrorKind::io, core::str("cannot write the profile ", core::printable(trace.string())));
}

}  // namespace facegan::device
