#include "app/train/findings.h"

#include <algorithm>

#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using core::human_bytes, core::str;
using MaybeFinding = std::optional<Finding>;

std::string plural(std::int64_t count, const std::string& one) {
  return str(count, ' ', one, count == 1 ? "" : "s");
}

// "NAME=VALUE" of the first that is set, and neither empty nor false; "" = none.
std::string first_set(const Observations& o, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto found = o.environment.find(name);
        found != o.environment.end() && !found->second.empty() && core::lower_case(found->second) != "false")
      return str(name, '=', core::shell_quoted(core::printable(found->second)));
  return "";
}

std::string name_of(const std::string& setting) {
  return setting.substr(0, setting.find('='));
}

MaybeFinding refusal(const Observations& o) {
  const bool told_by_gpu = o.wants_gpu() && !o.cuda.usable;
  if (o.refusal.empty() || told_by_gpu) return {};
  return Finding{true, str("Settings are refused: ", o.refusal),
                 "mend or unset what is named; env | grep FACEGAN_ lists what the environment sets"};
}

MaybeFinding open_files(const Observations& o) {
  // The run's lock, log, numbers and events, a file being written and its folder; where pictures are read,
  // the data set or its cache, the packed file, one to spare, and one for each worker. CUDA's own are a
  // guess.
  const std::uint64_t least = o.handles.open + 6 + (o.on_gpu() ? 64 : 0);
  const std::uint64_t needed = least + 3 + static_cast<std::uint64_t>(o.config.workers);
  constexpr std::uint64_t kPlenty = 4096, kFew = 128;
  if (o.handles.limit >= std::max(kFew, needed)) return {};
  const std::uint64_t here = o.config.dataset == "faces" ? least : needed;
  const bool too_few = o.handles.limit < here;
  const std::uint64_t enough = std::min(o.handles.hard_limit, kPlenty);
  return Finding{too_few,
                 str("Only ", o.handles.limit, " files may be open at once: ",
                     too_few ? str("a training here needs about ", here)
                     : o.handles.limit < needed
                         ? str("a training on pictures of a folder or an archive needs about ", needed)
                         : str("enough for a training (", needed, "), not for many --workers")),
                 enough >= std::max(kFew, needed)
                     ? str("call 'ulimit -n ", enough, "' before, in the same shell")
                     : str("raise the hard limit, now ", o.handles.hard_limit,
                           ": nofile in /etc/security/limits.conf, docker run --ulimit nofile=", kPlenty)};
}

MaybeFinding address_space(const Observations& o) {
  // LibTorch takes half a GiB of it, the default training 0.6 GiB.
  constexpr std::uint64_t kLeast = 1152 << 20, kPlenty = std::uint64_t{3} << 30;
  if (o.address_space_bytes == 0 || o.address_space_bytes >= kPlenty) return {};
  return Finding{o.address_space_bytes < kLeast,
                 str("The address space of a process is limited to ", human_bytes(o.address_space_bytes),
                     " (ulimit -v): the default training takes ", human_bytes(kLeast)),
                 "call 'ulimit -v unlimited' before, in the same shell"};
}

MaybeFinding missing_data(const Observations& o) {
  if (o.missing_data.empty()) return {};
  return Finding{
      true, str("The data set ", o.config.dataset, " is not at ", o.missing_data),
      "name its place with --data or FACEGAN_DATA, or unset FACEGAN_DATASET: faces are drawn then"};
}

MaybeFinding threads(const Observations& o) {
  if (o.threads_started >= o.threads_wanted) return {};
  return Finding{true,
                 str("Only ", o.threads_started, " of the ", plural(o.threads_wanted, "thread"),
                     " that a training has could be started"),
                 "raise 'ulimit -u', or the limit of the container (docker run --pids-limit), or take fewer: "
                 "--threads N --workers N"};
}

MaybeFinding run_folder(const Observations& o) {
  if (o.runs.failure.empty()) return {};
  return Finding{true, str("No run folder can be made: ", o.runs.failure),
                 "call facegan in a folder where you may write, or name one with --out"};
}

MaybeFinding disk_space(const Observations& o) {
  if (!o.runs.failure.empty() || o.runs.free_bytes >= o.run_bytes) return {};
  return Finding{true,
                 str("The disk is too full: ", human_bytes(o.runs.free_bytes),
                     " free, a training by default takes ", human_bytes(o.run_bytes)),
                 "make room, name another disk with --out, or keep less: --keep 1"};
}

// One that takes longer to write a checkpoint than many an epoch takes.
bool is_slow(const Observations& o, const Place& place) {
  constexpr double kLong = 10;
  return place.failure.empty() && place.bytes_per_s > 0 &&
         static_cast<double>(o.checkpoint_bytes) > kLong * place.bytes_per_s;
}

std::string rate(const Place& place) {
  const std::string& system = place.file_system.name;
  return str(human_bytes(static_cast<std::uint64_t>(place.bytes_per_s)), "/s", system.empty() ? "" : " to ",
             system);
}

MaybeFinding slow_disk(const Observations& o) {
  if (!is_slow(o, o.runs)) return {};
  return Finding{
      false,
      str("The disk here is slow (", rate(o.runs), "): a checkpoint of ", human_bytes(o.checkpoint_bytes),
          " takes ", core::human_seconds(static_cast<double>(o.checkpoint_bytes) / o.runs.bytes_per_s)),
      "name another disk with --out, or save less often: --checkpoint-every 30m"};
}

MaybeFinding cache_folder(const Observations& o) {
  const std::string way_out = "set FACEGAN_CACHE to a folder on a fast disk with room";
  if (!o.cache.failure.empty())
    return Finding{
        false,
        str("Decoded pictures that do not fit in memory cannot be kept, each epoch decodes them again: ",
            o.cache.failure),
        way_out};
  if (!is_slow(o, o.cache) || is_slow(o, o.runs)) return {};  // told once
  return Finding{false,
                 str("The disk of the cache folder is slow (", rate(o.cache),
                     "): decoded pictures go there that do not fit in memory"),
                 way_out};
}

// Peaks on two threads: the default training 0.6 GiB, quickstart 0.28 GiB.
constexpr std::uint64_t kLeastMemory = 640 << 20, kEnoughMemory = 1536 << 20;

MaybeFinding little_memory(const Observations& o) {
  if (o.memory_bytes >= kEnoughMemory) return {};
  return Finding{
      o.memory_bytes < kLeastMemory,
      str("There is little memory (", human_bytes(o.memory_bytes), "): the default training takes ",
          human_bytes(kLeastMemory), " or more"),
      str("take less: --batch 32 --width 32 (about 300 MiB)",
          o.memory_bytes < o.machine_memory_bytes ? "; or raise the limit: docker run --memory" : "")};
}

MaybeFinding memory_limit(const Observations& o) {
  if (o.memory_bytes >= o.machine_memory_bytes || o.memory_bytes < kEnoughMemory) return {};
  return Finding{false,
                 str("A control group allows ", human_bytes(o.memory_bytes), " of the machine's ",
                     human_bytes(o.machine_memory_bytes), " of memory: facegan keeps up to ",
                     human_bytes(o.memory_bytes / 4),
                     " of decoded pictures in it, more of them in a file in the cache folder"),
                 "if that is too little: docker run --memory, MemoryMax= of systemd, the memory of the job"};
}

std::string computes_with(const Observations& o) {
  return str("; a training computes with ", plural(o.config.threads, "thread"));
}

MaybeFinding bound_threads(const Observations& o) {
  const std::string bound = first_set(o, {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY"});
  if (o.affinity_cores >= o.machine_cores) return {};
  const std::string where = str(o.affinity_cores, " of ", plural(o.machine_cores, "core"), computes_with(o));
  if (!bound.empty())
    return Finding{false, str(bound, " binds facegan to ", where), str("unset ", name_of(bound))};
  return Finding{false, str("An affinity mask leaves facegan ", where),
                 "if that is not meant: taskset, docker run --cpuset-cpus, the cores of the job"};
}

MaybeFinding cpu_quota(const Observations& o) {
  if (o.cpu_quota <= 0 || o.cpu_quota >= o.affinity_cores) return {};
  return Finding{false,
                 str("A control group allows the time of ", core::number_text(o.cpu_quota), " of ",
                     plural(o.machine_cores, "core"), computes_with(o)),
                 "if that is too little: docker run --cpus, CPUQuota= of systemd, the cores of the job"};
}

MaybeFinding too_many_threads(const Observations& o) {
  if (o.config.threads <= o.cores) return {};
  return Finding{false,
                 str("FACEGAN_THREADS=", o.config.threads, " is more than the ", plural(o.cores, "core"),
                     " there are for it: threads wait for each other"),
                 "unset FACEGAN_THREADS"};
}

MaybeFinding waiting_threads(const Observations& o) {
  const std::string setting = first_set(o, {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"});
  if (setting.empty() || setting == "GOMP_SPINCOUNT=20000") return {};  // facegan's own
  return Finding{
      false,
      str(setting, " decides how threads wait for each other, in place of facegan's own setting: up to ",
          "2.5 times slower beside other programs"),
      str("unset ", name_of(setting))};
}

MaybeFinding old_cpu(const Observations& o) {
  if (!o.instructions.starts_with("DEFAULT") && !o.instructions.starts_with("NO AVX")) return {};
  const std::string set = first_set(o, {"ATEN_CPU_CAPABILITY"});
  return Finding{false,
                 str(set.empty() ? "This CPU has no AVX2" : str(set, " turns AVX2 off"),
                     ": a training on it is several times slower"),
                 set.empty() ? "facegan bench measures how slow; another machine is the remedy"
                             : "unset ATEN_CPU_CAPABILITY"};
}

constexpr MaybeFinding (*kChecks[])(const Observations&) = {
    refusal,          gpu_finding,     run_folder,    disk_space,   missing_data, address_space,
    open_files,       threads,         little_memory, memory_limit, cpu_quota,    bound_threads,
    too_many_threads, waiting_threads, old_cpu,       slow_disk,    cache_folder};

}  // namespace

std::vector<Finding> findings_of(const Observations& o) {
  std::vector<Finding> out;
  for (const auto check : kChecks)
    if (auto finding = check(o)) out.push_back(std::move(*finding));
  std::stable_partition(out.begin(), out.end(), [](const Finding& f) { return f.problem; });
  return out;
}

}  // namespace facegan::app
