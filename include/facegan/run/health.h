#pragma once
// What a run's numbers and files say that a person should know, in plain words: for whoever shows it.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "facegan/run/record.h"

namespace facegan::run {

struct Warning {
  std::string what, meaning, advice;  // plain text; a sentence each
};

// What the rules look at.
struct Evidence {
  std::span<const Metrics> lines;          // steps ascending
  const config::Config* config = nullptr;  // nullptr: not known, as below
  const Info* info = nullptr;
  bool live = false;  // a process trains
  // Standard deviations (0..255) of the newest grid's pictures and of the real ones; < 0: not known.
  double generated_spread = -1, real_spread = -1;
  std::int64_t damaged_lines = 0;           // of metrics.jsonl
  std::string metrics_fault, config_fault;  // why they were not read, or not as a whole; or ""
};
// What a folder says of itself; refers to the record.
Evidence evidence_of(const Record& record);

std::vector<Warning> warnings_of(const Evidence& evidence);

}  // namespace facegan::run
