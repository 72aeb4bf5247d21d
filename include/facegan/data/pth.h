#pragma once
// Tensors of a .pth or .pt file as torch.save writes it since PyTorch 1.6: a zip with a pickle and a file of
// bytes for each storage. The pickle is read, not run (src/data/pickle.h).
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::data {

struct PthTensor {
  std::string name;                 // keys of the dicts that it is in: "main.0.weight", "netG.main.0.weight"
  std::string dtype;                // as in safetensors: "F32", "F16", "BF16", "F64", "I64", ...
  std::vector<std::int64_t> shape;  // empty = one number
};

class PthFile {
 public:
  // Reads what there is, and none of the numbers. Error(checkpoint) names the file and what is wrong: no zip
  // of torch.save, anything in it that is no tensor, sizes that cannot be; of the files of before 1.6 and of
  // TorchScript also how to convert them.
  explicit PthFile(const std::filesystem::path& path);
  ~PthFile();

  const std::vector<PthTensor>& tensors() const;
  // The numbers of tensor i, packed, row-major, little-endian. Error(checkpoint) when the bytes are damaged.
  std::string bytes(std::size_t i) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a file that begins so is a zip, or a pickle without one: of torch.save, at least not of
// safetensors.
bool looks_like_pth(std::string_view first_bytes);

}  // namespace facegan::data
