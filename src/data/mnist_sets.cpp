#include "data/mnist_sets.h"

#include <algorithm>

#include "data/digits_csv.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

GreySet read_csv(const MnistFiles& files, const std::string& name) {
  const std::string shown = files.shown(name);
  DigitsCsv csv = parse_digits_csv(files.bytes(name), shown);
  const std::string file = base_name(name);
  GreySet set{"csv", file.substr(0, file.size() - suffix_of(file).size()), std::move(csv.records), {}};
  set.labels = [shown, labels = std::move(csv.labels)] {
    if (labels.empty())
      throw Error(ErrorKind::data, str("no labels for --condition digit: ", shown,
                                       " has no column 'label', as a list to train on has"));
    return labels;
  };
  return set;
}

GreySet read_idx(const MnistFiles& files, const std::string& name) {
  // "train-images" of "raw/train-images-idx3-ubyte.gz"
  const std::string file = base_name(name);
  GreySet set{
      "idx", file.substr(0, std::min(file.find("-idx3"), file.find(".idx3"))), files.idx(name).read(), {}};
  const std::size_t count = set.records.count;
  set.labels = [files, name, count] {
    const std::string labels = labels_beside(files, name);
    if (labels.empty())
      throw Error(ErrorKind::data, str("no labels for --condition digit: beside ", files.shown(name),
                                       " there should be a file such as train-labels-idx1-ubyte.gz; get it "
                                       "from where the pictures are from"));
    return files.idx(labels).read_labels(count);
  };
  return set;
}

}  // namespace

GreySet read_set(const MnistFiles& files, const std::string& name) {
  const std::string suffix = suffix_of(name);
  if (suffix == ".npz") {
    const std::string labels = labels_beside(files, name);
    return read_npz(files, name, labels);
  }
  GreySet set = suffix == ".csv" ? read_csv(files, name) : read_idx(files, name);
  if (!emnist_set(name).empty()) set.records.transpose();
  return set;
}

}  // namespace facegan::data
