// facegan doctor: what this machine gives to a run, and what is missing.
#include <filesystem>

#include "app/command_line/commands.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/image/animation.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/processor.h"
#include "facegan/spec/catalogue.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::str;

void row(const std::string& name, const std::string& value) {
  core::print(str(name, std::string(name.size() < 14 ? 14 - name.size() : 1, ' '), value));
}

std::string animation(const std::string& name, image::AnimationFormat format) {
  const std::string missing = image::missing_encoder(format);
  return missing.empty() ? ", " + name : ", no " + missing;
}

}  // namespace

int run_doctor(const Invocation&) {
  const auto& cuda = device::cuda_status();
  row("facegan", kVersion);
  row("LibTorch", device::libtorch_version());
  row("CPU", str(machine::cpu_name(), ", ",
                 device::cpu_capability({.precision = machine::cpu_has_bf16() ? "bf16" : "fp32"})));
  row("cores",
      str(machine::available_cores(), " (compute threads of a run, unless --threads says otherwise)"));
  row("memory", core::human_bytes(machine::usable_memory_bytes()));
  for (std::size_t i = 0; i < cuda.devices.size(); ++i) row(str("GPU cuda:", i), cuda.devices[i]);
  if (!cuda.usable) row("GPU", str("none is used: ", cuda.why_not));
  row("device", cuda.usable ? "cuda (--device auto)" : "cpu (--device auto)");
  row("disk here", core::human_bytes(core::free_disk_bytes(".")) + " free");
  row("cache", str(core::cache_folder().string(), ", ",
                   core::human_bytes(core::free_disk_bytes(core::cache_folder())), " free"));
  row("animations", "GIF" + animation("WebP", image::AnimationFormat::webp) +
                        animation("MP4", image::AnimationFormat::mp4));
  for (const auto& dataset : spec::datasets()) {
    if (!dataset.has_usual_place) continue;
    const auto path = std::filesystem::path("data") / dataset.name;
    row(dataset.name, std::filesystem::exists(path)
                          ? path.string() + " is there"
                          : str("nothing in ", path.string(), ", name another place with --data"));
  }
  if (!cuda.devices.empty() && !cuda.usable)
    core::print(
        "This machine has a GPU that is not used; 'scripts/facegan --cuda doctor' installs what it needs.");
  return 0;
}

}  // namespace facegan::app
