#pragma once
// Arithmetic on CUDA of which figures and pictures do not depend on what else the process does.
#include <ATen/Context.h>

#include <mutex>

namespace facegan::infer {

// For CUDA: fp32 whatever the run computes with, by algorithms that no race has chosen. One at a time, since
// the settings are the process's.
class Exact {
 public:
  Exact() {
    context_.setAllowTF32CuBLAS(false);
    context_.setAllowTF32CuDNN(false);
    context_.setBenchmarkCuDNN(false);
    context_.setDeterministicCuDNN(true);
  }
  Exact(const Exact&) = delete;
  ~Exact() {
    context_.setAllowTF32CuBLAS(tf32_cublas_);
    context_.setAllowTF32CuDNN(tf32_cudnn_);
    context_.setBenchmarkCuDNN(benchmark_);
    context_.setDeterministicCuDNN(deterministic_);
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_{mutex()};
  at::Context& context_ = at::globalContext();
  bool tf32_cublas_ = context_.allowTF32CuBLAS(), tf32_cudnn_ = context_.allowTF32CuDNN();
  bool benchmark_ = context_.benchmarkCuDNN(), deterministic_ = context_.deterministicCuDNN();
};

}  // namespace facegan::infer
