#pragma once
// Weights that another program has written: safetensors, or a .pth of torch.save. Free of LibTorch.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "facegan/spec/network.h"

namespace facegan::exchange {

struct ForeignTensor {
  std::string name;   // as the file has it; of dicts in a .pth their keys joined by dots
  std::string dtype;  // "F32"
  spec::Shape shape;  // empty = one number
};

class WeightsFile {
 public:
  // By its first bytes, whatever it is called. Error(checkpoint) when it is neither, or damaged.
  explicit WeightsFile(const std::filesystem::path& path);
  ~WeightsFile();
  WeightsFile(WeightsFile&&) noexcept;

  const std::filesystem::path& path() const;
  const std::vector<ForeignTensor>& tensors() const;
  // The numbers of tensor i, row-major, as floats: of F32, F16, BF16 and F64, which is_float() knows.
  // Error(checkpoint) when one of them is not finite, or no float.
  std::vector<float> values(std::size_t i) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

bool is_float(const std::string& dtype);

}  // namespace facegan::exchange
