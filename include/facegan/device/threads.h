#pragma once
// LibTorch's threads.
#include <cstdint>
#include <functional>

namespace facegan::device {

// Calls body(begin, end) for parts of 0 .. count - 1, side by side on LibTorch's own threads; here alone where
// there is one thread only, or within another such call. What a part computes must not depend on where it
// begins and ends. The first exception of a part is thrown here. Not at::parallel_for, which does nothing in
// parallel unless its caller is compiled for OpenMP, and then with the OpenMP of the compiler: a second one.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& body);

// Lets this thread compute without others.
void compute_alone();

}  // namespace facegan::device
