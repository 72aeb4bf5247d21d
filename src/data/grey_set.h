#pragma once
// Sets of small grey pictures that lie in memory as they are stored: of idx files, of npz, of csv.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

inline constexpr std::uint32_t kMaxGreySide = 4096;

struct GreyRecords {
  std::uint32_t count = 0, rows = 0, columns = 0;
  std::vector<unsigned char> pixels;  // [count, rows, columns]

  std::string shape() const;  // "3 pictures of 28x28"
  void transpose();           // of each picture
};

struct GreySet {
  std::string format;  // for Facts: "idx"
  std::string stem;    // of the pictures' names: "train-images"
  GreyRecords records;
  // One for each picture; called once, when somebody asks. Error(data) where there are none.
  std::function<std::vector<unsigned char>()> labels;
};
std::unique_ptr<Dataset> open_grey_set(GreySet set, const DatasetOptions& options);

}  // namespace facegan::data
