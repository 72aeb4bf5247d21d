// Networks of TorchScript files.
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <atomic>
#include <memory>
#include <new>
#include <sstream>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "infer/feature_models.h"

namespace facegan::infer {
namespace {

using core::str;

constexpr std::int64_t kSide = 299;                  // of Inception
constexpr std::size_t kChunk = 8, kChunkOfGpu = 64;  // pictures

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw Error(ErrorKind::checkpoint, str(core::printable(file), ": ", why));
}

struct Script {
  torch::jit::Module module;
  std::string file;
  Resize resize;
  // What is called with pictures resized beforehand, made (x - 128) / 128: the inside of NVIDIA's Inception,
  // which would resize them again. None: forward, with 0 to 255.
  bool has_layers = false;
  // NVIDIA's Inception makes probabilities, or features with the first of these; without its output's bias
  // with the second.
  bool asks_for_features = false, gives_probabilities = false;
  mutable std::atomic<bool> takes_floats = false;  // known once it has refused bytes

  at::Tensor call(torch::jit::Module of, const at::Tensor& x, const char* flag) const {
    try {
      torch::jit::Kwargs options;
      if (flag) options[flag] = true;
      const auto out = of.forward({x}, options);
      if (!out.isTensor()) refuse(file, "its forward does not give a tensor");
      return out.toTensor();
    } catch (const Error&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      refuse(file, str("its forward fails for pictures of ", x.size(0), "x", x.size(1), "x", x.size(2), "x",
                       x.size(3), ": ", first_line(error.what())));
    }
  }

  at::Tensor features(const at::Tensor& bytes) const {
    at::Tensor out;
    if (resize == Resize::legacy)
      out = called_with_either(as_they_are(bytes));
    else if (has_layers)
      out = call(module.attr("layers").toModule(), resized_clean(bytes, kSide).sub_(128).div_(128), nullptr);
    else
      out = call(module, resized_clean(bytes, kSide), asks_for_features ? "return_features" : nullptr);
    // [N, D, 1, 1] is meant, too.
    while (out.dim() > 2 && out.size(-1) == 1) out = out.squeeze(-1);
    return out;
  }

  // Bytes, or, where it cannot take these, the same as floats.
  at::Tensor called_with_either(const at::Tensor& x) const {
    const char* flag = asks_for_features ? "return_features" : nullptr;
    if (takes_floats) return call(module, x.to(at::kFloat), flag);
    try {
      return call(module, x, flag);
    } catch (const Error&) {
      try {
        at::Tensor out = call(module, x.to(at::kFloat), flag);
        takes_floats = true;
        return out;
      } catch (const Error&) {
      }
      throw;
    }
  }

  // [N, 3, H, W]
  static at::Tensor as_they_are(const at::Tensor& bytes) {
    return bytes.permute({0, 3, 1, 2}).expand({-1, 3, -1, -1}).contiguous();
  }
};

}  // namespace

FeatureModel script_model(const std::string& bytes, const std::string& file_name, Resize resize,
                          const std::string& device) {
  const auto script = std::make_shared<Script>();
  script->file = file_name, script->resize = resize;
  try {
    std::istringstream in(bytes);
    script->module = torch::jit::load(in, at::Device(device));
    script->module.eval();
    const auto method = script->module.find_method("forward");
    if (!method) refuse(file_name, "it has no method 'forward'");
    for (const auto& argument : method->function().getSchema().arguments()) {
      script->asks_for_features |= argument.name() == "return_features";
      script->gives_probabilities |= argument.name() == "no_output_bias";
    }
    script->has_layers = script->module.hasattr("layers") && script->module.attr("layers").isModule();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    refuse(file_name, str("it is no TorchScript that can be loaded: ", first_line(error.what())));
  }
  FeatureModel model{device,
                     device.starts_with("cuda") ? kChunkOfGpu : kChunk,
                     [script](const at::Tensor& x) { return script->features(x); },
                     {}};
  if (script->gives_probabilities)
    model.logits = [script](const at::Tensor& x, const at::Tensor&) {
      // It resizes them itself, whatever was asked for: it has no other way to its classes.
      return script->call(script->module, Script::as_they_are(x), "no_output_bias").clamp_min(1e-30).log();
    };
  return model;
}

}  // namespace facegan::infer
