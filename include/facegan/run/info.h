#pragma once
// RUN/run.json: what neither config.yaml nor metrics.jsonl says of a run.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "facegan/run/metrics.h"

namespace facegan::run {

inline constexpr const char* kNoBetter = "no better";  // the state of a run that --stop-when-worse has ended

struct Info {
  std::string state = "running";          // running, finished, stopped, no better, diverged, failed, imported
  std::string error;                      // what ended it
  std::string version, libtorch;          // of facegan and of LibTorch; "" = not known, as below
  std::string device_name, instructions;  // "Intel ...", "AVX2"
  std::int64_t pictures = 0;              // of the data set; 0 = not known, as below
  std::int64_t steps_per_epoch = 0, total_steps = 0;
  std::int64_t generator_parameters = 0, discriminator_parameters = 0;
  std::int64_t unusable = 0;   // pictures
  std::string imported_from;   // files of weights that the run was made of, instead of a training
  std::int64_t rollbacks = 0;  // to earlier checkpoints, after divergence
  // At the end of a run: means of the steps after the last line of metrics.jsonl, when there are such.
  std::optional<Metrics> rest;
};
std::string info_json(const Info& info);
// Its state where no process trains in the folder: a run that did not say how it ended was "broken off". ""
// for a state that is none.
std::string state_at_rest(const Info& info);
// Nothing when it is damaged.
std::optional<Info> parse_info(std::string_view json);
// Likewise, or when the file is missing.
std::optional<Info> read_info(const std::filesystem::path& run);

}  // namespace facegan::run
