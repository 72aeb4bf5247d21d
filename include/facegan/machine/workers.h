#pragma once
// Indices shared out to threads.
#include <cstddef>
#include <functional>

namespace facegan::machine {

// Calls work(0), work(1), ... below `count` from `workers` threads, this one included, until one gives false
// or throws; the first exception comes out here. With fewer threads where no more can be had.
void for_each_index(std::size_t count, int workers, const std::function<bool(std::size_t)>& work);

}  // namespace facegan::machine
