#pragma once
// A network as it leaves the house: what it computes outside training and the numbers it computes with.
// Free of LibTorch.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/folder.h"
#include "facegan/spec/program.h"

namespace facegan::exchange {

struct Tensor {
  spec::Shape shape;  // packed, row-major
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;  // "3.skip.0.weight"

enum class Part { generator, discriminator };

struct Network {
  Part part = Part::generator;
  spec::Program program;
  Tensors tensors;                      // those that the program names, and no others
  config::Config config;                // of the run
  std::vector<std::string> conditions;  // names of what it is told, none where it is told nothing
  std::string run;                      // name of its folder, else of the file: "0001-faces"
  std::string imported;      // what it was made of, where `facegan import` made the checkpoint; else ""
  std::string from;          // the checkpoint, where it was named by a relative path; else ""
  std::string hash;          // checksum of the checkpoint, 16 hex digits
  std::int64_t step = 0;     // steps done
  std::int64_t epoch = 0;    // epochs done
  infer::Weights weights{};  // whose they are; of a discriminator always raw
};

// Of a checkpoint. Weights under a spectral norm are divided by it, those of matrix products are [outputs,
// inputs]. Error(checkpoint) when the tensors do not fit.
Network load_network(const run::Loaded& loaded, Part part, infer::Weights weights = infer::Weights::mean);

// Batch norms right behind a product become part of its weight and bias: fewer operations and numbers, the
// same function but for rounding.
void fold_batch_norms(Network& network);

// The program as JSON: {"input": [100], "conditions": 0, "names": [...] of the conditions, "output": [3, 64,
// 64], "operations": [{"op": "conv", "in": [0], "out": [...], "weight": "0.weight", "stride": 1, ...}]}.
std::string program_json(const Network& network);

}  // namespace facegan::exchange
