// facegan doctor: what this machine gives to a run, what is wrong with it, and what to do.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/command_line/commands.h"
#include "app/train/findings.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/image/animation.h"
#include "facegan/spec/catalogue.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::human_bytes, core::str;
using Json = nlohmann::ordered_json;

void row(const std::string& name, const std::string& value) {
  core::print(str(name, std::string(name.size() < 14 ? 14 - name.size() : 1, ' '), value));
}

struct Encoder {
  const char* name;
  image::AnimationFormat format;
};
constexpr Encoder kEncoders[] = {{"WebP", image::AnimationFormat::webp},
                                 {"MP4", image::AnimationFormat::mp4}};

std::string libtorch(const Observations& o) {
  std::string text =
      str(o.libtorch, o.libtorch_cuda ? ", for CUDA " + device::cuda_version_text(o.libtorch_cuda)
                                      : std::string(", for the CPU alone"));
  if (o.libtorch != o.built_with_libtorch)
    text += str(" (facegan was built with ", o.built_with_libtorch, ")");
  return text;
}

std::string part_of(const std::string& used, const std::string& all) {
  return used == all ? used : str(used, " of ", all);
}

std::string disk(const Place& place) {
  if (!place.failure.empty()) return place.failure;
  std::string text = str(human_bytes(place.free_bytes), " free, ",
                         human_bytes(static_cast<std::uint64_t>(place.bytes_per_s)), "/s");
  if (const auto& system = place.file_system; !system.name.empty())
    text += str(", ", system.name, system.in_memory ? " (in memory: gone with the next restart)" : "");
  return text;
}

void print_gpus(const Observations& o) {
  const auto& gpus = o.cuda.devices;
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const bool ours = o.config.device == str("cuda:", i) || (i == 0 && o.config.device == "cuda");
    row(str("GPU cuda:", i), gpus[i] + (ours ? str(", ", human_bytes(o.gpu_free_bytes), " free") : ""));
  }
  if (!gpus.empty() && o.nvidia.cards > static_cast<int>(gpus.size()))
    row("GPUs", str(gpus.size(), " of ", o.nvidia.cards, " are visible",
                    o.environment.contains("CUDA_VISIBLE_DEVICES") ? " (CUDA_VISIBLE_DEVICES)" : ""));
  if (o.asked_device != "cpu" && !o.cuda.usable) row("GPU", str("none is used: ", o.cuda.why_not));
}

void print_facts(const Observations& o) {
  row("facegan", kVersion);
  row("LibTorch", libtorch(o));
  row("CPU", str(o.cpu, ", ", o.instructions));
  row("cores", str(part_of(str(o.cores), str(o.machine_cores)),
                   " (compute threads of a run: ", o.config.threads, ", unless --threads says otherwise)"));
  row("memory", part_of(human_bytes(o.memory_bytes), human_bytes(o.machine_memory_bytes)));
  print_gpus(o);
  row("device", str(o.config.device, " (--device ", o.asked_device, "), ", o.config.precision));
  row("disk here", disk(o.runs));
  row("cache", str(core::printable(o.cache.path.string()), ", ", disk(o.cache)));
  std::string animations = "GIF";
  for (const Encoder& encoder : kEncoders) {
    const std::string missing = image::missing_encoder(encoder.format);
    animations += missing.empty() ? str(", ", encoder.name) : ", no " + missing;
  }
  row("animations", animations);
  for (const auto& dataset : spec::datasets())
    if (dataset.has_usual_place)
      row(dataset.name, std::filesystem::exists(data::usual_place(dataset.name))
                            ? data::usual_place(dataset.name).string() + " is there"
                            : str("nothing in ", data::usual_place(dataset.name).string(),
                                  ", name another place with --data"));
}

Json place_json(const Place& place) {
  return {{"path", core::printable(place.path.string())},
          {"free_bytes", place.free_bytes},
          {"bytes_per_s", static_cast<std::uint64_t>(place.bytes_per_s)},
          {"file_system", place.file_system.name}};
}

Json facts_json(const Observations& o) {
  Json animations = {"GIF"}, datasets = Json::object();
  for (const Encoder& encoder : kEncoders)
    if (image::missing_encoder(encoder.format).empty()) animations.push_back(encoder.name);
  for (const auto& dataset : spec::datasets())
    if (dataset.has_usual_place)
      datasets[dataset.name] = std::filesystem::exists(data::usual_place(dataset.name));
  return {{"facegan", kVersion},
          {"libtorch", o.libtorch},
          {"libtorch_built_with", o.built_with_libtorch},
          {"libtorch_cuda", o.libtorch_cuda ? device::cuda_version_text(o.libtorch_cuda) : ""},
          {"cpu", o.cpu},
          {"instructions", o.instructions},
          {"cores", o.cores},
          {"machine_cores", o.machine_cores},
          {"threads", o.config.threads},
          {"workers", o.config.workers},
          {"memory_bytes", o.memory_bytes},
          {"machine_memory_bytes", o.machine_memory_bytes},
          {"open_files", o.handles.limit},
          {"gpus", o.cuda.devices},
          {"gpu_usable", o.cuda.usable},
          {"gpu_free_bytes", o.gpu_free_bytes},
          {"driver_cuda", o.cuda.driver ? device::cuda_version_text(o.cuda.driver) : ""},
          {"device", o.config.device},
          {"precision", o.config.precision},
          {"runs", place_json(o.runs)},
          {"cache", place_json(o.cache)},
          {"animations", animations},
          {"datasets", datasets}};
}

std::string verdict(const Observations& o, std::size_t problems) {
  if (problems == 1) return "A training would not start here: mend the problem above first.";
  if (problems > 1)
    return str("A training would not start here: mend the ", problems, " problems above first.");
  const std::string threads = str(o.config.threads, o.config.threads == 1 ? " thread" : " threads");
  return str("A training starts here, on ", o.on_gpu() ? o.config.device : str("the CPU with ", threads),
             ".");
}

}  // namespace

int run_doctor(const Invocation& invocation) {
  const Observations o = observe(invocation.text("device", ""));
  const auto findings = findings_of(o);
  std::size_t problems = 0;
  for (const Finding& finding : findings) problems += finding.problem;
  if (invocation.has("json")) {
    Json list = Json::array();
    for (const Finding& f : findings)
      list.push_back({{"kind", f.problem ? "problem" : "note"}, {"what", f.what}, {"do", f.what_to_do}});
    core::print(Json{{"facts", facts_json(o)}, {"findings", list}, {"starts", problems == 0}}.dump(2));
  } else {
    print_facts(o);
    core::print("");
    for (const Finding& f : findings) {
      row(f.problem ? "problem" : "note", f.what + ".");
      row("  what to do", f.what_to_do + ".");
    }
    if (!findings.empty()) core::print("");
    core::print(verdict(o, problems));
  }
  return problems == 0 ? 0 : 1;
}

}  // namespace facegan::app
