#include "app/make/picture_call.h"

#include <algorithm>

#include "app/command_line/weights.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/run/folder.h"
#include "facegan/run/imported.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;

const Command& command_named(const std::string& name) {
  for (const Command& command : commands())
    if (name == command.name) return command;
  throw Error(ErrorKind::internal, "no command " + name);
}

// Error(usage) for what is no checksum.
std::string wanted_hash(const Invocation& invocation) {
  const std::string hash = invocation.text("checkpoint-hash", "");
  if (invocation.has("checkpoint-hash") && !is_checksum(hash))
    throw Error(
        ErrorKind::usage,
        str("--checkpoint-hash is the checksum in a checkpoint, 16 hex digits in small letters, not '",
            core::printable(hash), "'"));
  return hash;
}

// In the order of the flags: what is refused should be so before a checkpoint is read, which takes its time.
infer::MakerOptions maker_options(const Invocation& invocation) {
  infer::MakerOptions options;
  options.checkpoint_hash = wanted_hash(invocation);
  options.truncation = invocation.real("truncation", 1, 0, 10);
  options.scale = invocation.integer("scale", 0, 1, 64);
  options.device = invocation.text("device", "auto");
  options.weights = weights_of(invocation);
  return options;
}

infer::PictureMaker make_maker(const Invocation& invocation, bool& imported) {
  const infer::MakerOptions options = maker_options(invocation);
  const run::Loaded loaded = run::load_from(invocation.text("from", ""));
  imported = run::is_imported(loaded);
  device::keep_memory();  // from now on: the bytes of the checkpoint go back
  return {loaded, options};
}

}  // namespace

PictureCall::PictureCall(const std::string& command, const Invocation& invocation)
    : call_{&command_named(command), {}}, maker_(make_maker(invocation, imported_)) {
  const infer::Sampler& sampler = maker_.sampler();
  check_weights(invocation, sampler);
  core::log_info(command, " from ", core::printable(sampler.checkpoint_path()));
  says("from", named_path(sampler.checkpoint_path()));
  says("checkpoint-hash", sampler.checkpoint_hash());
  says("device", maker_.config().device);
  if (invocation.has("weights")) says("weights", invocation.text("weights", ""));
  const double truncation = invocation.real("truncation", 1, 0, 10);
  if (truncation != 1) says("truncation", core::number_text(truncation));
  if (maker_.scale() != maker_.config().grid_scale) says("scale", str(maker_.scale()));
}

spec::WantedRow PictureCall::wanted(const Invocation& invocation) {
  const infer::Conditions& conditions = maker_.sampler().conditions();
  const std::string with = invocation.text("with", "");
  if (invocation.has("with") && with.empty())
    throw Error(ErrorKind::usage, "--with says what is shown, such as 7 or Smiling=1,Male=0");
  const spec::WantedRow row = conditions.condition().parse(with);
  if (!with.empty()) says("with", with);
  if (conditions.any()) shows(with.empty() ? "as real pictures have it" : with);
  return row;
}

void PictureCall::says_speed(const Invocation& invocation, int fps) {
  says("fps", core::number_text(invocation.real("fps", fps, 0.02, 60)));
  if (invocation.has("loop")) says("loop", str(invocation.integer("loop", 0, 0, 65535)));
}

image::TextFields PictureCall::fields(const std::string& kind, const image::TextFields& more,
                                      const std::map<std::string, std::string>& call) const {
  CallAgain again = call_;
  for (const auto& [flag, value] : call) again.own[flag] = value;
  image::TextFields all = more;
  const bool is_there = std::any_of(more.begin(), more.end(),
                                    [](const auto& field) { return field.first == run::kFieldCondition; });
  if (!condition_.empty() && !is_there) all.emplace_back(run::kFieldCondition, condition_);
  return maker_.fields(kind, all, text_of(again));
}

}  // namespace facegan::app
