#pragma once
// What a network computes outside training, as a list of primitive operations: what leaves the house. The
// page, ONNX, TorchScript and facegan.py all read it, so that a kind of layer says once, in its row of
// layer_kinds(), what it is made of. docs/export.md has the operations with their formulas.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "facegan/spec/network.h"

namespace facegan::spec {

// Values are numbered: 0 is the network's input, 1 the row of conditions (of length 0 where there are none),
// i + 2 what operation i makes. Shapes are those of one sample.
struct Operation {
  std::string name;  // "conv"
  std::vector<int> inputs;
  Shape out;
  std::map<std::string, std::string> tensors;  // "weight" -> "3.skip.0.weight", as checkpoints name it
  std::map<std::string, double> numbers;       // "stride", "eps"
  std::map<std::string, std::vector<std::int64_t>> lists;  // "pad": [top, bottom, left, right]
  std::map<std::string, std::string> words;                // "mode"
  // The vector of the power iteration by whose result the weight is to be divided (Miyato et al. 2018); "":
  // none.
  std::string spectral;
};

struct Program {
  Shape in, out;
  std::int64_t conditions = 0;
  std::vector<Operation> operations;
};

// Made of a checked network; the last operation makes its output.
Program program_of(const Network& network);

// Where layers put what they are made of. A value is a number as above.
class Lowering {
 public:
  Lowering(const Network& network);

  // Gives the value that it makes.
  int add(Operation operation);
  // The operation that a layer is, without numbers; add() puts it at the end.
  static Operation operation(const char* name, std::vector<int> inputs, Shape out);
  // The layers one after the other; of none: the input.
  int run(const std::vector<Layer>& layers, int in);
  // Those of a branch that was given.
  int run(const Layer& layer, const char* branch, int in);
  const Shape& shape(int value) const;
  Program take() &&;

 private:
  Program program_;
  Shape conditions_;
};

}  // namespace facegan::spec
