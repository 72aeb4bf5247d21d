#pragma once
// What a run's condition says of its pictures.
#include <ATen/core/Tensor.h>

#include "facegan/data/dataset.h"
#include "facegan/run/folder.h"

namespace facegan::train {

// Of a training set; nothing without a condition. The number of folders goes into the configuration; a run
// that goes on must find as many as it began with. Error(usage), Error(data).
data::ConditionTable conditions_of(config::Config& config, const data::Dataset& dataset, bool goes_on);

// Error(checkpoint) unless its networks were told the same names.
void check_conditions(const run::Loaded& from, const data::ConditionTable& conditions);

// [pictures, names] bytes; undefined: none. On a CPU it shares the table's memory.
at::Tensor on_device(const data::ConditionTable& conditions, at::Device device);
// [infer::Conditions::kRows, names] bytes: of some of the pictures, by the seed.
at::Tensor real_rows(const data::ConditionTable& conditions, std::uint64_t seed);

}  // namespace facegan::train
