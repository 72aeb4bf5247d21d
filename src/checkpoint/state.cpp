#include "checkpoint/state.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <set>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

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
    case at::kChar:
      return "I8";
    default:
      throw Error(ErrorKind::internal, core::str("dtype ", toString(type), " cannot be stored"));
  }
}

[[noreturn]] void refuse(const std::string& file_name, const std::string& why) {
  throw Error(ErrorKind::checkpoint,
              core::str(core::printable(file_name), " does not fit this network: ", why));
}

// What is wrong with a tensor of the file, or "".
std::string difference(const core::TensorInfo* info, const std::string& name,
                       const std::vector<std::int64_t>& shape) {
  if (!info) return core::str("tensor '", name, "' is missing");
  if (info->shape == shape) return "";
  return core::str("tensor '", name, "' is ", spec::shape_text(info->shape), " instead of ",
                   spec::shape_text(shape));
}

}  // namespace

at::Tensor packed(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU).contiguous();
}

std::vector<TensorShape> shapes_of(const spec::Network& network, const std::string& prefix) {
  std::vector<TensorShape> shapes;
  spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
    for (const auto& tensor : layer.tensors)
      shapes.push_back({core::str(prefix, ".", layer.path, ".", tensor.name), tensor.shape});
  });
  return shapes;
}

void check_shapes(const core::SafetensorsFile& file, const std::string& file_name,
                  const std::vector<TensorShape>& wanted) {
  constexpr std::size_t kNamed = 4;
  std::vector<std::string> wrong;
  for (const auto& [name, shape] : wanted)
    if (const std::string why = difference(file.find(name), name, shape); !why.empty()) wrong.push_back(why);
  if (wrong.empty()) return;
  const std::size_t more = wrong.size() - std::min(wrong.size(), kNamed);
  wrong.resize(wrong.size() - more);
  refuse(file_name, core::join(wrong, ", ") + (more > 0 ? core::str(", and ", more, " more") : ""));
}

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
  std::set<std::string> wanted;
  for (const auto& [name, tensor] : state) {
    wanted.insert(name);
    const auto* info = file.find(name);
    if (const std::string why = difference(info, name, tensor.sizes().vec()); !why.empty())
      refuse(file_name, why);
    if (info->dtype != dtype_name(tensor.scalar_type()))
      refuse(file_name, core::str("tensor '", name, "' is ", info->dtype, " instead of ",
                                  dtype_name(tensor.scalar_type())));
  }
  if (exact)
    for (const auto& info : file.tensors)
      if (!wanted.contains(info.name))
        refuse(file_name, core::str("it holds '", core::printable(info.name), "', which is not part of it"));
  c10::AutoGradMode no_grad(false);
  for (const auto& [name, tensor] : state) {
    auto* bytes = const_cast<char*>(file.bytes_of(*file.find(name)));
    tensor.copy_(at::from_blob(bytes, tensor.sizes(), tensor.scalar_type()));
  }
}

}  // namespace facegan::checkpoint
