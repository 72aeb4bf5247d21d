#pragma once
// sample --nearest: each sample beside the training pictures that come nearest to it.
#include <filesystem>
#include <string>
#include <vector>

#include "app/make/picture_call.h"

namespace facegan::app {

struct NearestWanted {
  int count = 0;              // neighbours of each sample; 0: not asked for
  std::string dataset, data;  // other pictures than those of the run; "" = these
  bool json = false;
};
// Error(usage) for flags that only mean something with --nearest, or nothing with it.
NearestWanted read_nearest(const Invocation& invocation);

// Writes the sheet, a row for each sample, and prints names and distances.
int show_nearest(PictureCall& call, const std::vector<infer::Sample>& samples, const spec::WantedRow& shown,
                 const NearestWanted& wanted, const std::filesystem::path& path, image::TextFields fields);

}  // namespace facegan::app
