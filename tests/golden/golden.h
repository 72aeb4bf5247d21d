#pragma once
// What the golden tests share: the numbers of make_*.py and comparing with them.
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace facegan {

using nlohmann::json;

// In double; 1e-13 holds on one machine.
inline constexpr double kTolerance = 1e-11;

inline json read_reference(const std::string& file) {
  return json::parse(std::ifstream(FACEGAN_SOURCE_DIR "/tests/golden/" + file));
}

inline void expect_near(double got, double expected, const std::string& what, double tolerance = kTolerance) {
  EXPECT_NEAR(got, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
}

// [mean, mean of squares]
inline void expect_moments(const at::Tensor& tensor, const json& expected, const std::string& what,
                           double tolerance = kTolerance) {
  const at::Tensor values = tensor.to(at::kDouble);
  expect_near(values.mean().item<double>(), expected[0].get<double>(), what + " mean", tolerance);
  expect_near(values.square().mean().item<double>(), expected[1].get<double>(), what + " mean square",
              tolerance);
}

// {at: flat indices, values, moments} of a tensor in the order of its axes, whatever its memory format.
inline void expect_values(const at::Tensor& tensor, const json& expected, const std::string& what,
                          double tolerance = kTolerance) {
  const at::Tensor flat = tensor.detach().to(at::kCPU, at::kDouble).contiguous().flatten();
  for (std::size_t i = 0; i < expected["at"].size(); ++i) {
    const auto at = expected["at"][i].get<std::int64_t>();
    ASSERT_LT(at, flat.numel()) << what;
    expect_near(flat.const_data_ptr<double>()[at], expected["values"][i].get<double>(),
                what + " value " + std::to_string(at), tolerance);
  }
  expect_moments(flat, expected["moments"], what, tolerance);
}

}  // namespace facegan
