#pragma once
// What a run's numbers and files say that a person should know, in plain words: for whoever shows it.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "facegan/run/record.h"
#include "facegan/run/signs.h"

namespace facegan::run {

// What the rules look at.
struct Evidence {
  std::span<const Metrics> lines;          // steps ascending
  const config::Config* config = nullptr;  // nullptr: not known, as below
  const Info* info = nullptr;
  bool live = false;                        // a process trains
  std::int64_t damaged_lines = 0;           // of metrics.jsonl
  std::string metrics_fault, config_fault;  // why they were not read, or not as a whole; or ""
};
// What a folder says of itself; refers to the record.
Evidence evidence_of(const Record& record);

std::vector<Warning> warnings_of(const Evidence& evidence);

}  // namespace facegan::run
