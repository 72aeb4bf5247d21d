#include "facegan/spec/program.h"

#include <utility>

namespace facegan::spec {

Lowering::Lowering(const Network& network) : conditions_{network.conditions} {
  program_.in = network.in;
  program_.out = network.out;
  program_.conditions = network.conditions;
}

Operation Lowering::operation(const char* name, std::vector<int> inputs, Shape out) {
  Operation made;
  made.name = name;
  made.inputs = std::move(inputs);
  made.out = std::move(out);
  return made;
}

int Lowering::add(Operation operation) {
  program_.operations.push_back(std::move(operation));
  return static_cast<int>(program_.operations.size()) + 1;
}

int Lowering::run(const std::vector<Layer>& layers, int in) {
  for (const Layer& layer : layers) in = layer.kind->lower(*this, layer, in);
  return in;
}

int Lowering::run(const Layer& layer, const char* branch, int in) {
  const auto found = layer.branches.find(branch);
  return found == layer.branches.end() ? in : run(found->second, in);
}

const Shape& Lowering::shape(int value) const {
  if (value == 0) return program_.in;
  if (value == 1) return conditions_;
  return program_.operations[static_cast<std::size_t>(value) - 2].out;
}

Program Lowering::take() && {
  return std::move(program_);
}

Program program_of(const Network& network) {
  Lowering lowering(network);
  const int last = lowering.run(network.layers, 0);
  Program program = std::move(lowering).take();
  // A list may end in a layer that does nothing outside training; one number is one, whatever its shape.
  if (elements(program.out) == 1) program.out = {1};
  const auto& made = program.operations;
  if (made.empty() || last != static_cast<int>(made.size()) + 1 || made.back().out != program.out)
    program.operations.push_back(Lowering::operation("reshape", {last}, program.out));
  return program;
}

}  // namespace facegan::spec
