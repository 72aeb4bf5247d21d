#pragma once
// A run folder as training leaves it, made in moments: drawn faces that come out of noise, and numbers.
#include <filesystem>
#include <string>

struct MadeRun {
  int epochs = 3, lines_per_epoch = 2;
  std::string grid = "2x2";
  int size = 16;  // of a picture, in pixels
  double lr = 2e-4;
};

constexpr int kMadeSteps = 100;  // of an epoch

// Few different sheets: the grids of most epochs are links to the same file.
void make_run(const std::filesystem::path& folder, const MadeRun& made);
