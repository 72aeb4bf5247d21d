#pragma once
// Numbers of layers that no parameter sets: what trains and what is exported take them from here.

namespace facegan::spec {

inline constexpr double kStddevEps = 1e-8;  // of minibatch_stddev, under the root

}  // namespace facegan::spec
