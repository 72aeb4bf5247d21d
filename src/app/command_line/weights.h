#pragma once
// --weights of the commands that make pictures.
#include "app/command_line/cli.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/sampler.h"

namespace facegan::app {

// Error(usage) for what is neither.
inline infer::Weights weights_of(const Invocation& invocation) {
  const std::string text = invocation.text("weights", "mean");
  if (text != "mean" && text != "raw")
    throw Error(ErrorKind::usage, core::str("--weights is mean or raw, not '", core::printable(text), "'"));
  return text == "mean" ? infer::Weights::mean : infer::Weights::raw;
}

// Error(usage) when the mean ones are asked for by name and those of this checkpoint are not.
inline void check_weights(const Invocation& invocation, const std::string& checkpoint,
                          infer::Weights weights) {
  if (invocation.text("weights", "") == "mean" && weights == infer::Weights::raw)
    throw Error(ErrorKind::usage,
                core::str("--weights mean: ", core::printable(checkpoint),
                          " has no mean generator, for its run had no --ema; leave --weights out, or train "
                          "with --ema 10000"));
}

inline void check_weights(const Invocation& invocation, const infer::Sampler& sampler) {
  check_weights(invocation, sampler.checkpoint_path(), sampler.weights());
}

}  // namespace facegan::app
