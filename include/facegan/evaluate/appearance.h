#pragma once
// What pictures of a set look like on average, in plain numbers. Free of LibTorch.
#include <vector>

#include "facegan/evaluate/pictures.h"

namespace facegan::evaluate {

struct Appearance {
  std::vector<double> mean, deviation;  // of each channel over all pixels, 0 to 255
  // The mean variance of the Laplacian (3x3, of the grey picture, 0 to 255): edges and grain.
  double sharpness = 0;
  // The mean power at the highest frequencies that a grid of two pixels has (half a period a pixel along one
  // or both axes) over that of their neighbours: 1 in photographs, more with a checkerboard (A. Odena, V.
  // Dumoulin, C. Olah, "Deconvolution and checkerboard artifacts", Distill 2016).
  double checkerboard = 0;
};
Appearance appearance_of(const Pictures& set);  // of one picture at least

// Root of the mean square difference of pixels to those of the set's mean picture, 0 to 255.
double variety_of(const Pictures& set);

}  // namespace facegan::evaluate
