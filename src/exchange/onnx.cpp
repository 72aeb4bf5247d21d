// ONNX by LibTorch's own exporter, which Python's torch.onnx used: a graph of ONNX nodes is built here and
// written there, so that no protobuf meets LibTorch's. The exporter is not documented; this file alone knows
// it.
#include "facegan/exchange/onnx.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/jit/serialization/export.h>

#include <cmath>
#include <cstring>

#include "exchange/facts.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::exchange {
namespace {

using core::str;
using spec::Operation;
using spec::Shape;
using torch::jit::Node;
using torch::jit::Value;

constexpr std::uint64_t kMostBytes = (std::uint64_t{2} << 30) - (1 << 20);  // of a protobuf, with some room

at::Tensor tensor_of(const Tensor& tensor) {
  at::Tensor made = at::empty(tensor.shape, at::kFloat);
  std::memcpy(made.mutable_data_ptr<float>(), tensor.values.data(), tensor.values.size() * sizeof(float));
  return made;
}

// Of bytes, in protobuf.
std::string field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));  // of numbers up to 15
  std::size_t rest = bytes.size();
  for (; rest >= 0x80; rest >>= 7) out += static_cast<char>(rest | 0x80);
  out += static_cast<char>(rest);
  return out + bytes;
}

class Exporter {
 public:
  explicit Exporter(const Network& network)
      : network_(network), graph_(std::make_shared<torch::jit::Graph>()) {
    const spec::Program& program = network.program;
    const bool g = network.part == Part::generator;
    values_.push_back(add_input(g ? "z" : "pictures", program.in));
    values_.push_back(program.conditions > 0 ? add_input("conditions", {program.conditions}) : nullptr);
    for (const auto& [name, tensor] : network.tensors) {
      initializers_[name] = tensor_of(tensor);
      weights_[name] = graph_->addInput(name);
      weights_[name]->inferTypeFrom(initializers_[name]);
    }
    for (const Operation& operation : program.operations) values_.push_back(write(operation));
    Value* const out = values_.back();
    out->setDebugName(g ? "generated" : "logits");
    out->setType(type_of(program.out));
    graph_->registerOutput(out);
    axes_[out->debugName()] = {{0, "batch"}};
  }

  std::string bytes() const {
    const auto model = std::get<0>(
        torch::jit::export_onnx(graph_, initializers_, kOnnxOpset, axes_, /*defer_weight_export=*/false,
                                torch::onnx::OperatorExportTypes::ONNX, /*strip_doc_string=*/true,
                                /*keep_initializers_as_inputs=*/false));
    return torch::jit::serialize_model_proto_to_string(model);
  }

 private:
  static at::TensorTypePtr type_of(const Shape& shape) {
    std::vector<std::int64_t> with_batch = {1};
    with_batch.insert(with_batch.end(), shape.begin(), shape.end());
    return at::TensorType::createContiguous(at::kFloat, at::kCPU, with_batch);
  }

  Value* add_input(const char* name, const Shape& shape) {
    Value* const input = graph_->addInput(name);
    input->setType(type_of(shape));
    axes_[name] = {{0, "batch"}};
    return input;
  }

  Node* node(const char* kind, std::vector<Value*> inputs) {
    Node* const made =
        graph_->create(c10::Symbol::fromQualString(str("onnx::", kind)), std::move(inputs), /*outputs=*/1);
    return graph_->insertNode(made);
  }
  Value* simple(const char* kind, std::vector<Value*> inputs) {
    return node(kind, std::move(inputs))->output();
  }
  static Node* with(Node* made, const char* name, std::vector<std::int64_t> list) {
    return made->is_(c10::Symbol::attr(name), std::move(list));
  }
  static Node* with(Node* made, const char* name, double number) {
    return made->f_(c10::Symbol::attr(name), number);
  }
  static Node* with(Node* made, const char* name, std::int64_t number) {
    return made->i_(c10::Symbol::attr(name), number);
  }
  static Node* with(Node* made, const char* name, const char* word) {
    return made->s_(c10::Symbol::attr(name), word);
  }
  Value* constant(const at::Tensor& value) {
    Node* const made = node("Constant", {});
    made->t_(c10::Symbol::attr("value"), value);
    return made->output();
  }
  Value* constant(double value) { return constant(at::tensor(static_cast<float>(value))); }
  Value* constant(const std::vector<std::int64_t>& values) { return constant(at::tensor(values)); }

  // With the batch before it.
  Value* reshaped(Value* x, Shape shape) {
    shape.insert(shape.begin(), -1);
    return simple("Reshape", {x, constant(shape)});
  }
  const Shape& shape_of(int value) const {
    return value == 0 ? network_.program.in
                      : network_.program.operations[static_cast<std::size_t>(value) - 2].out;
  }
  Value* as_image(int value) {
    Value* const x = values_[static_cast<std::size_t>(value)];
    return value != 1 && shape_of(value).size() == 1 ? reshaped(x, {shape_of(value)[0], 1, 1}) : x;
  }
  Value* weight(const Operation& operation, const char* name) {
    return weights_.at(operation.tensors.at(name));
  }
  std::vector<Value*> with_weights(Value* x, const Operation& operation) {
    std::vector<Value*> inputs = {x, weight(operation, "weight")};
    if (operation.tensors.contains("bias")) inputs.push_back(weight(operation, "bias"));
    return inputs;
  }
  // [channels] as it multiplies [N, channels, H, W] or [N, channels].
  Value* over_channels(const Operation& operation, const char* name) {
    Value* const values = weight(operation, name);
    return operation.out.size() == 1 ? values
                                     : simple("Reshape", {values, constant({operation.out[0], 1, 1})});
  }

  Value* convolution(const Operation& operation) {
    const bool forward = operation.name == "conv";
    const auto& sides = operation.lists.at(forward ? "pad" : "crop");  // top, bottom, left, right
    const Shape& kernel = network_.tensors.at(operation.tensors.at("weight")).shape;
    const auto stride = static_cast<std::int64_t>(operation.numbers.at("stride"));
    Node* const made =
        node(forward ? "Conv" : "ConvTranspose", with_weights(as_image(operation.inputs[0]), operation));
    with(made, "strides", std::vector<std::int64_t>{stride, stride});
    with(made, "pads", std::vector<std::int64_t>{sides[0], sides[2], sides[1], sides[3]});
    with(made, "kernel_shape", std::vector<std::int64_t>{kernel[2], kernel[3]});
    with(made, "group",
         forward ? static_cast<std::int64_t>(operation.numbers.at("groups")) : std::int64_t{1});
    return made->output();
  }

  Value* group_norm(Value* x, const Operation& operation) {
    const double eps = operation.numbers.at("eps");
    if (operation.numbers.at("groups") != 1) {
      Node* const norm = node("InstanceNormalization", with_weights(x, operation));
      return with(norm, "epsilon", eps)->output();
    }
    Node* const norm = node("InstanceNormalization", {reshaped(x, {1, spec::elements(operation.out)}),
                                                      constant(at::tensor(std::vector<float>{1})),
                                                      constant(at::tensor(std::vector<float>{0}))});
    Value* const normal = reshaped(with(norm, "epsilon", eps)->output(), operation.out);
    return simple("Add", {simple("Mul", {normal, over_channels(operation, "weight")}),
                          over_channels(operation, "bias")});
  }

  Value* pixel_norm(Value* x, double eps) {
    Node* const mean = node("ReduceMean", {simple("Mul", {x, x})});
    with(mean, "axes", std::vector<std::int64_t>{1});
    return simple("Div", {x, simple("Sqrt", {simple("Add", {mean->output(), constant(eps)})})});
  }

  Value* upsample(Value* x, const Operation& operation) {
    const auto factor = static_cast<float>(operation.numbers.at("factor"));
    const bool nearest = operation.words.at("mode") == "nearest";
    Value* const none = graph_->insertNode(graph_->createNone())->output();
    Node* const made =
        node("Resize", {x, none, constant(at::tensor(std::vector<float>{1, 1, factor, factor}))});
    with(made, "mode", nearest ? "nearest" : "linear");
    with(made, "coordinate_transformation_mode", nearest ? "asymmetric" : "half_pixel");
    if (nearest) with(made, "nearest_mode", "floor");
    return made->output();
  }

  Value* pool(const char* kind, Value* x, const Operation& operation) {
    const auto k = static_cast<std::int64_t>(operation.numbers.at("kernel")),
               s = static_cast<std::int64_t>(operation.numbers.at("stride"));
    Node* const made = node(kind, {x});
    with(made, "kernel_shape", std::vector<std::int64_t>{k, k});
    return with(made, "strides", std::vector<std::int64_t>{s, s})->output();
  }

  Value* attention(const Operation& operation) {
    const std::int64_t channels = operation.out[0], cells = operation.out[1] * operation.out[2];
    const auto flat = [&](int i) {
      return reshaped(values_[static_cast<std::size_t>(operation.inputs[static_cast<std::size_t>(i)])],
                      {channels, cells});
    };
    const auto transposed = [&](Value* x) {
      return with(node("Transpose", {x}), "perm", std::vector<std::int64_t>{0, 2, 1})->output();
    };
    Node* const weights = node("Softmax", {simple("MatMul", {transposed(flat(0)), flat(1)})});
    with(weights, "axis", std::int64_t{-1});
    return reshaped(simple("MatMul", {flat(2), transposed(weights->output())}), operation.out);
  }

  Value* linear(const Operation& operation) {
    Value* x = values_[static_cast<std::size_t>(operation.inputs[0])];
    if (operation.inputs[0] != 1 && shape_of(operation.inputs[0]).size() > 1)
      x = reshaped(x, {spec::elements(shape_of(operation.inputs[0]))});
    return with(node("Gemm", with_weights(x, operation)), "transB", std::int64_t{1})->output();
  }

  // Zeros on the sides, or a channel of one number behind the others: [N, C, H, W] both.
  Value* padded(Value* x, const std::vector<std::int64_t>& pads, double value) {
    return simple("Pad", {x, constant(pads), constant(value)});
  }

  Value* write(const Operation& operation) {
    const std::string& name = operation.name;
    const auto number = [&](const char* what) { return operation.numbers.at(what); };
    Value* const x = values_[static_cast<std::size_t>(operation.inputs[0])];
    if (name == "linear") return linear(operation);
    if (name == "conv" || name == "conv_transpose") return convolution(operation);
    if (name == "batch_norm") {
      std::vector<Value*> inputs = {x};
      for (const char* tensor : {"weight", "bias", "mean", "var"})
        inputs.push_back(weight(operation, tensor));
      return with(node("BatchNormalization", inputs), "epsilon", number("eps"))->output();
    }
    if (name == "group_norm") return group_norm(x, operation);
    if (name == "pixel_norm") return pixel_norm(x, number("eps"));
    if (name == "relu") return simple("Relu", {x});
    if (name == "clamp") return simple("Clip", {x, constant(number("low")), constant(number("high"))});
    if (name == "leaky_relu") return with(node("LeakyRelu", {x}), "alpha", number("slope"))->output();
    if (name == "tanh") return simple("Tanh", {x});
    if (name == "sigmoid") return simple("Sigmoid", {x});
    if (name == "elu") return with(node("Elu", {x}), "alpha", number("alpha"))->output();
    if (name == "upsample") return upsample(x, operation);
    if (name == "avg_pool") return pool("AveragePool", x, operation);
    if (name == "max_pool") return pool("MaxPool", x, operation);
    if (name == "pad") {
      const auto& s = operation.lists.at("pad");
      return padded(x, {0, 0, s[0], s[2], 0, 0, s[1], s[3]}, 0);
    }
    if (name == "constant_channel") return padded(x, {0, 0, 0, 0, 0, 1, 0, 0}, number("value"));
    if (name == "reshape") return reshaped(x, operation.out);
    if (name == "scale") return simple("Mul", {x, weight(operation, "weight")});
    if (name == "attention") return attention(operation);
    if (name == "row_sum") return simple("ReduceSum", {x, constant(std::vector<std::int64_t>{1})});
    Value* const y = values_[static_cast<std::size_t>(operation.inputs.back())];
    if (name == "add") return simple("Add", {x, y});
    if (name == "mul") return simple("Mul", {x, y});
    if (name == "concat") return with(node("Concat", {x, y}), "axis", std::int64_t{1})->output();
    throw Error(ErrorKind::internal, str("ONNX: no operation ", name));
  }

  const Network& network_;
  std::shared_ptr<torch::jit::Graph> graph_;
  std::vector<Value*> values_;  // of the program's numbers
  std::map<std::string, Value*> weights_;
  std::map<std::string, at::Tensor> initializers_;
  std::unordered_map<std::string, std::unordered_map<std::int64_t, std::string>> axes_;
};

}  // namespace

std::string onnx(const Network& network) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : network.tensors) bytes += tensor.values.size() * sizeof(float);
  if (bytes > kMostBytes)
    throw Error(ErrorKind::usage,
                str("ONNX: the network has ", core::human_bytes(bytes),
                    " of weights, and one file holds at most 2 GiB; take --to safetensors"));
  core::Metadata facts = facts_of(network);
  std::vector<std::string> names;
  for (const std::string& name : network.conditions) names.push_back(core::printable(name));
  if (!names.empty()) facts["facegan.conditions"] = core::join(names, "\n");  // a line for each number
  // The exporter takes no facts. A message of protobuf behind another one of its kind adds to it.
  constexpr int kKey = 1, kValue = 2, kMetadataProps = 14;  // numbers of fields in onnx.proto
  std::string model = Exporter(network).bytes();
  for (const auto& [name, value] : facts)
    model += field(kMetadataProps, field(kKey, name) + field(kValue, value));
  return model;
}

}  // namespace facegan::exchange
