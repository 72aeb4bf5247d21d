#pragma once
// What a checkpoint keeps of the pictures of its run, for a resume to tell whether they are the same.
#include <cstdint>
#include <string>

#include "facegan/data/dataset.h"
#include "facegan/run/folder.h"

namespace facegan::train {

class SetFacts {
 public:
  // conditions: what is said of the pictures, maybe nothing.
  SetFacts(const data::Dataset& dataset, const data::ConditionTable& conditions);

  void add_to(core::Metadata& metadata) const;
  // What is another in the set that `loaded` was trained on, in words; "" = nothing. dataset: the one of
  // these facts.
  std::string difference(const run::Loaded& loaded, const data::Dataset& dataset) const;

 private:
  std::size_t count_;
  std::string first_, last_;  // names, as they are shown
  std::uint64_t names_;       // a hash over the names alone
  std::uint64_t pictures_;    // likewise over all that tells pictures apart
  std::uint64_t whole_;       // likewise, with what is said of them
};

}  // namespace facegan::train
