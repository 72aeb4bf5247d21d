#include "facegan/exchange/network.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/conditions.h"
#include "facegan/run/files.h"
#include "facegan/run/imported.h"

namespace facegan::exchange {
namespace {

using core::str;
using spec::Operation;

[[noreturn]] void refuse(const run::Loaded& loaded, const std::string& why) {
  throw Error(ErrorKind::checkpoint, str(core::printable(loaded.path.string()), ": ", why));
}

// runs/0001-faces/checkpoints/step_00000020.safetensors -> 0001-faces
std::string run_name(const std::filesystem::path& checkpoint) {
  const auto folder = std::filesystem::absolute(checkpoint).lexically_normal().parent_path();
  const bool in_run = folder.filename() == run::kCheckpoints.name && folder.has_parent_path();
  return (in_run ? folder.parent_path().filename() : checkpoint.stem()).string();
}

Tensor read_tensor(const run::Loaded& loaded, const std::string& name, const spec::Shape& shape) {
  const core::TensorInfo* info = loaded.file.find(name);
  if (!info) refuse(loaded, str("has no tensor ", name));
  if (info->dtype != "F32" || info->shape != shape)
    refuse(loaded, str("tensor ", name, " is ", info->dtype, " ", spec::shape_text(info->shape),
                       " and not F32 ", spec::shape_text(shape)));
  Tensor tensor{shape, std::vector<float>(info->bytes() / sizeof(float))};
  std::memcpy(tensor.values.data(), loaded.file.bytes_of(*info), info->bytes());
  return tensor;
}

// Miyato et al. 2018, algorithm 1, without a step of the iteration: weight / (u . W v), v = W^T u / |W^T u|.
void divide_by_norm(Tensor& weight, const Tensor& u) {
  const std::size_t rows = u.values.size(), columns = weight.values.size() / rows;
  const float* w = weight.values.data();
  std::vector<double> v(columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) v[j] += double{w[i * columns + j]} * u.values[i];
  const double length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
  double sigma = 0;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      sigma += double{u.values[i]} * w[i * columns + j] * v[j] / std::max(length, 1e-12);
  for (float& value : weight.values) value = static_cast<float>(value / sigma);
}

// The operation that an operation's value goes into, when it goes into one alone.
std::optional<std::size_t> only_reader(const spec::Program& program, std::size_t operation) {
  std::optional<std::size_t> reader;
  for (std::size_t k = 0; k < program.operations.size(); ++k)
    for (const int value : program.operations[k].inputs) {
      if (value != static_cast<int>(operation) + 2) continue;
      if (reader) return {};
      reader = k;
    }
  return reader;
}

// product: with the scale and the shift of the norm in its weight and bias.
void fold(Tensors& tensors, Operation& product, const Operation& norm) {
  Tensor& weight = tensors.at(product.tensors.at("weight"));
  const auto values = [&](const char* name) -> const std::vector<float>& {
    return tensors.at(norm.tensors.at(name)).values;
  };
  const std::size_t channels = values("mean").size();
  const bool second = product.name == "conv_transpose";  // [in, out, ...], else [out, in, ...]
  std::size_t inner = 1;                                 // numbers that lie together for an output channel
  for (std::size_t d = second ? 2 : 1; d < weight.shape.size(); ++d)
    inner *= static_cast<std::size_t>(weight.shape[d]);
  std::vector<double> scale(channels);
  for (std::size_t c = 0; c < channels; ++c)
    scale[c] = values("weight")[c] / std::sqrt(double{values("var")[c]} + norm.numbers.at("eps"));
  for (std::size_t i = 0; i < weight.values.size(); ++i)
    weight.values[i] = static_cast<float>(weight.values[i] * scale[i / inner % channels]);
  const bool biased = product.tensors.contains("bias");
  std::string name = product.tensors.at("weight");
  name.replace(name.rfind("weight"), std::string::npos, "bias");
  Tensor& bias = tensors[biased ? product.tensors.at("bias") : name];
  if (!biased) bias = {{static_cast<std::int64_t>(channels)}, std::vector<float>(channels)};
  for (std::size_t c = 0; c < channels; ++c)
    bias.values[c] =
        static_cast<float>((double{bias.values[c]} - values("mean")[c]) * scale[c] + values("bias")[c]);
  product.tensors["bias"] = name;
  for (const char* own : {"weight", "bias", "mean", "var"}) tensors.erase(norm.tensors.at(own));
}

// Takes operation `gone` out; what read it reads its input.
void remove_operation(spec::Program& program, std::size_t gone) {
  const int value = static_cast<int>(gone) + 2, before = program.operations[gone].inputs.front();
  program.operations.erase(program.operations.begin() + static_cast<std::ptrdiff_t>(gone));
  for (Operation& operation : program.operations)
    for (int& input : operation.inputs) input = input == value ? before : input > value ? input - 1 : input;
}

}  // namespace

Network load_network(const run::Loaded& loaded, Part part, infer::Weights weights) {
  Network network;
  network.part = part;
  network.config = loaded.config();
  const bool g = part == Part::generator,
             mean = g && weights == infer::Weights::mean && config::parse_half_life(network.config.ema) > 0;
  network.weights = mean ? infer::Weights::mean : infer::Weights::raw;
  network.conditions = infer::Conditions(loaded).condition().names();
  network.run = run_name(loaded.path);
  // A whole path is nobody's business elsewhere.
  if (const std::string path = loaded.path.string();
      loaded.path.is_relative() && !path.starts_with("..") && core::shows_as_it_is(path))
    network.from = path;
  if (const auto made = loaded.file.metadata.find(run::kKeyImported); made != loaded.file.metadata.end())
    network.imported = made->second;
  network.hash = loaded.text(core::kChecksumKey);
  network.step = loaded.integer(run::kKeyStep);
  if (const std::int64_t each = loaded.integer(run::kKeyStepsPerEpoch)) network.epoch = network.step / each;
  const config::Networks networks = config::build_networks(network.config);
  const spec::Network& description = g ? networks.generator : networks.discriminator;
  network.program = spec::program_of(description);
  const std::string prefix = mean ? "mean.g." : g ? "g." : "d.";
  Tensors& tensors = network.tensors;
  std::map<std::string, spec::Shape> shapes;
  spec::for_each_layer(description.layers, [&](const spec::Layer& layer) {
    for (const auto& tensor : layer.tensors) shapes[str(layer.path, ".", tensor.name)] = tensor.shape;
  });
  for (Operation& operation : network.program.operations) {
    for (const auto& [what, name] : operation.tensors)
      tensors[name] = read_tensor(loaded, prefix + name, shapes.at(name));
    if (!operation.spectral.empty())
      divide_by_norm(tensors.at(operation.tensors.at("weight")),
                     read_tensor(loaded, prefix + operation.spectral, shapes.at(operation.spectral)));
    operation.spectral.clear();
    if (operation.name == "linear") {
      Tensor& weight = tensors.at(operation.tensors.at("weight"));
      weight.shape = {weight.shape[0], spec::elements(weight.shape) / weight.shape[0]};
    }
  }
  return network;
}

void fold_batch_norms(Network& network) {
  auto& operations = network.program.operations;
  for (std::size_t k = 0; k < operations.size();) {
    const std::string& name = operations[k].name;
    const auto reader = only_reader(network.program, k);
    if ((name == "linear" || name == "conv" || name == "conv_transpose") && reader &&
        operations[*reader].name == "batch_norm") {
      fold(network.tensors, operations[k], operations[*reader]);
      remove_operation(network.program, *reader);
    } else {
      ++k;
    }
  }
}

}  // namespace facegan::exchange
