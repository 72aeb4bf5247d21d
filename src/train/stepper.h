#pragma once
// Runs steps: on the CPU as they are, on CUDA as graphs. A step of some hundred kernels is recorded once and
// then started as one, so that the device does not wait for the host.
#include <ATen/core/Generator.h>

#include <map>
#include <memory>
#include <string>

#include "facegan/config/config.h"
#include "train/step.h"

struct FaceganGraph;

namespace facegan::train {

class Stepper {
 public:
  // The model must outlive it, and keep its tensors where they are.
  // plain: steps are not recorded.
  Stepper(Model& model, const config::Config& config, bool plain = false);
  ~Stepper();
  void run(const Recipe& recipe, StepInput input);
  // Whether steps are recorded, now or after the first ones.
  bool records() const { return graphs_; }

 private:
  struct Release {
    void operator()(FaceganGraph* graph) const;
  };
  struct Recording {
    int warm_up = 0;  // steps of its kind that were run before it is made
    std::unique_ptr<FaceganGraph, Release> graph;
  };
  bool record(Recording& recording, const Recipe& recipe);
  void keep(const StepInput& input);

  Model& model_;
  const UpdateOrder& order_;
  bool graphs_ = false;
  std::map<StepKind, Recording> recordings_;
  const FaceganGraph* first_ = nullptr;  // whose memory the others share
  at::Generator noise_;                  // on CUDA: seeded anew for each step
  StepInput fixed_{};                    // where recorded steps read their input
};

}  // namespace facegan::train
