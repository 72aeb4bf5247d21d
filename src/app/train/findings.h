#pragma once
// What doctor makes of its observations, in words.
#include <optional>
#include <string>
#include <vector>

#include "app/train/observations.h"

namespace facegan::app {

struct Finding {
  bool problem = false;  // a training would not start, or break soon; else it is slower, or without a GPU
  std::string what;      // one sentence each, without a full stop
  std::string what_to_do;
};

// Problems first.
std::vector<Finding> findings_of(const Observations& o);

// Of the GPU alone, in gpu_findings.cpp.
std::optional<Finding> gpu_finding(const Observations& o);

}  // namespace facegan::app
