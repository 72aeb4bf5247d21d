#pragma once
// The tensors that a pickle of torch.save describes (protocols 2 to 5). A pickle is a program; this machine
// knows the few of its instructions that build numbers, text, tuples, lists, dicts and tensors, calls
// nothing, and refuses any other by its name. What it takes of memory is bounded before it is taken.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::data {

inline constexpr std::uint64_t kMaxPickleBytes = 16u << 20;

// A view of a storage, which is a list of numbers elsewhere. Nothing here has been compared with its bytes.
struct PickledTensor {
  std::string name;          // keys of the dicts that it is in, joined by dots: "netG.main.0.weight"
  std::string storage;       // the key of the storage
  std::string dtype;         // as in safetensors: "F32"
  std::int64_t numbers = 0;  // that the storage is said to have
  std::int64_t offset = 0;   // of the first number in it
  std::vector<std::int64_t> shape, strides;
};

// Tensors in the dict that the pickle makes, and in dicts in it, up to four deep; all else is passed over.
// Error(checkpoint) with the reason only.
std::vector<PickledTensor> unpickle_tensors(std::string_view pickle);

}  // namespace facegan::data
