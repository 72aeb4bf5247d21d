#pragma once
// What a model can be told to show, and rows of real pictures, of which its pictures take theirs where
// nothing else is asked for. Free of LibTorch.
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/infer/latents.h"
#include "facegan/run/folder.h"
#include "facegan/spec/condition.h"

namespace facegan::infer {

class Conditions {
 public:
  // Rows that a checkpoint keeps.
  static constexpr std::size_t kRows = 1024;
  static constexpr const char* kTensor = "condition.rows";  // [rows, names], I8

  Conditions() = default;  // of a model without
  // rows: [rows, names], at least one.
  Conditions(spec::Condition condition, std::vector<signed char> rows);
  // Of a checkpoint. Error(checkpoint) when it should have some and they cannot be used.
  explicit Conditions(const run::Loaded& loaded);

  bool any() const { return condition_.any(); }
  const spec::Condition& condition() const { return condition_; }
  const std::vector<signed char>& rows() const { return rows_; }  // [rows, names]
  // Of picture `index` of a seed: that of a real picture that has what is wanted, any where none has; with
  // the numbers that are wanted. Empty for a model without.
  spec::ConditionRow row(std::uint64_t seed, std::uint64_t index, const spec::WantedRow& wanted = {}) const;
  // For the columns of a grid, at most so many: the classes, or the combinations of attributes that are most
  // frequent.
  std::vector<spec::ConditionRow> shown(std::size_t most) const;

 private:
  spec::ConditionRow real(std::size_t i) const;

  spec::Condition condition_;
  std::vector<signed char> rows_;
};

// What a generator takes: the latent, then the condition.
Latent told(Latent z, const spec::ConditionRow& row);

}  // namespace facegan::infer
