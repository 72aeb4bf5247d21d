#include "facegan/run/best.h"

#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"

namespace facegan::run {
namespace {

constexpr const char* kMetric = "best.metric";
constexpr const char* kStep = "best.step";
constexpr const char* kValue = "best.value";
constexpr const char* kNoBetter = "best.no_better";
constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 30;

}  // namespace

bool Best::take(std::int64_t at_step, double figure) {
  const auto key = spec::find_metric(metric);
  if (!key || !spec::is_better(key->facts(), figure, value)) {
    ++no_better;
    return false;
  }
  step = at_step, value = figure, no_better = 0;
  return true;
}

void add_to(core::Metadata& metadata, const Best& best) {
  metadata[kMetric] = best.metric;
  metadata[kStep] = std::to_string(best.step);
  metadata[kValue] = core::number_text(best.value);
  metadata[kNoBetter] = std::to_string(best.no_better);
}

std::optional<Best> best_of(const Loaded& checkpoint) {
  const auto text = [&](const char* key) {
    const auto found = checkpoint.file.metadata.find(key);
    return found == checkpoint.file.metadata.end() ? std::string() : found->second;
  };
  Best best;
  best.metric = text(kMetric);
  const auto metric = spec::find_metric(best.metric);
  if (!metric || metric->facts().better == spec::Better::none ||
      !core::parse_integer(text(kStep), best.step) || best.step < 0 ||
      !core::parse_integer(text(kNoBetter), best.no_better) || best.no_better < 0 ||
      (best.step > 0 && !core::parse_real(text(kValue), best.value)))
    return {};
  return best;
}

core::Inside best_checkpoint(const fs::path& run) {
  return file_in(run, kCheckpoints) / "best.safetensors";
}

void keep_best(const fs::path& run, const core::Inside& checkpoint) {
  core::link_or_copy(checkpoint, best_checkpoint(run), kMaxBytes);
}

}  // namespace facegan::run
