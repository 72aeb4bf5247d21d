#pragma once
// The forms in which MNIST and its kin are distributed, each read to a set in memory.
#include <filesystem>
#include <string>

#include "data/grey_set.h"
#include "data/mnist_files.h"

namespace facegan::data {

// labels: the npz of `files` that has them, "" = the same. Error(data).
GreySet read_npz(const MnistFiles& files, const std::string& name, const std::string& labels);
// One of `files`, by its form. EMNIST's pictures lie on their sides in its files, and are turned.
GreySet read_set(const MnistFiles& files, const std::string& name);

}  // namespace facegan::data
