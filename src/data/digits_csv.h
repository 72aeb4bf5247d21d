#pragma once
// Grey pictures as comma-separated values, a picture a line: its label and its pixels, as Kaggle and others
// have MNIST ("label,pixel0,pixel1,..." or no header).
#include <string>
#include <string_view>
#include <vector>

#include "data/grey_set.h"

namespace facegan::data {

struct DigitsCsv {
  GreyRecords records;
  std::vector<unsigned char> labels;  // none where there is no such column
};
// Error(data) NAME:LINE for a line of another form.
DigitsCsv parse_digits_csv(std::string_view text, const std::string& name);

}  // namespace facegan::data
