#pragma once
// What --where may ask of the pictures of a data set.
#include <string>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

// A test of an attribute that a picture has or has not: "Smiling", "Smiling=1", "Smiling=0".
struct YesNo {
  std::size_t column;  // of names
  bool wanted;
};
// All tests of a filter, in its order. Error(usage) for an unknown name or another form.
std::vector<YesNo> yes_no_tests(const spec::Filter& filter, const std::vector<std::string>& names);

// The places in `names` of the attributes that --condition asks for. Error(usage) for an unknown one.
std::vector<std::size_t> columns_of(const std::vector<std::string>& asked,
                                    const std::vector<std::string>& names);

// The pictures that --where selects, of these the first --limit. `attributes` is nullptr where a data set
// has none. Error(data) when nothing is left.
std::unique_ptr<Dataset> select(std::unique_ptr<Dataset> set, const DatasetOptions& options,
                                const spec::Filter& filter, AnswersOf attributes);

}  // namespace facegan::data
