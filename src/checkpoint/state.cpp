#include "checkpoint/state.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <set>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/network.h"

namespace facegan::checkpoint {
namespace {

std::string dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "F32";
    case at::kDouble:
      return "F64";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    default:
      throw Error(ErrorKind::internal, core::str("dtype ", toString(type), " cannot be stored"));
  }
}

// Row-major in host memory; shares memory with the tensor where it already is.
at::Tensor packed(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU).contiguous();
}

}  // namespace

std::string serialise(const std::vector<StateTensor>& state, const core::Metadata& metadata) {
  std::vector<at::Tensor> keep;
  std::vector<core::TensorBytes> tensors;
  for (const auto& [name, tensor] : state) {
    keep.push_back(packed(tensor));
    tensors.push_back(
        {name, dtype_name(tensor.scalar_type()), tensor.sizes().vec(), keep.back().const_data_ptr()});
  }
  return core::safetensors_bytes(tensors, metadata);
}

void restore(const core::SafetensorsFile& file, const std::string& file_name,
             const std::vector<StateTensor>& state, bool exact) {
  auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::checkpoint,
                core::str(core::printable(file_name), " does not fit this network: ", why));
  };
  std::set<std::string> wanted;
  for (const auto& [name, tensor] : state) {
    wanted.insert(name);
    const auto* info = file.find(name);
    if (!info) refuse(core::str("tensor '", name, "' is missing"));
    if (info->shape != tensor.sizes().vec())
      refuse(core::str("tensor '", name, "' is ", spec::shape_text(info->shape), " instead of ",
                       spec::shape_text(tensor.sizes().vec())));
    if (info->dtype != dtype_name(tensor.scalar_type()))
      refuse(core::str("tensor '", name, "' is ", info->dtype, " instead of ",
                       dtype_name(tensor.scalar_type())));
  }
  if (exact)
    for (const auto& info : file.tensors)
      if (!wanted.contains(info.name))
        refuse(core::str("it holds '", core::printable(info.name), "', which is not part of it"));
  c10::AutoGradMode no_grad(false);
  for (const auto& [name, tensor] : state) {
    auto* bytes = const_cast<char*>(file.bytes_of(*file.find(name)));
    tensor.copy_(at::from_blob(bytes, tensor.sizes(), tensor.scalar_type()));
  }
}

}  // namespace facegan::checkpoint
