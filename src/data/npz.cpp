// Keras' mnist.npz, Kuzushiji's and MedMNIST's npz files: pictures and labels as arrays of numpy in a zip.
#include <algorithm>

#include "data/mnist_sets.h"
#include "data/npy.h"
#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

// The array of the first of these names, parsed by `take`.
template <class Take>
auto array_of(const MnistFiles& files, const std::string& file, std::initializer_list<const char*> names,
              const char* what, Take take) {
  const auto zip = files.npz(file);
  std::string known;
  for (const char* name : names) {
    for (std::size_t i = 0; i < zip->size(); ++i) {
      if (zip->name(i) != str(name, ".npy")) continue;
      try {
        return take(parse_npy(zip->read(i)));
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        throw Error(ErrorKind::data, str("cannot use ", files.shown(file), ": ", name, ": ", error.what()));
      }
    }
    known += str(known.empty() ? "" : ", ", name);
  }
  throw Error(ErrorKind::data, str("cannot use ", files.shown(file), ": it has no array of ", what,
                                   " (known names: ", known, ")"));
}

// numpy's name of an array that was saved without one.
bool has_pictures_alone(const MnistFiles& files, const std::string& file) {
  const auto zip = files.npz(file);
  return zip->size() == 1 && zip->name(0) == "arr_0.npy";
}

[[noreturn]] void throw_no_labels(const MnistFiles& files, const std::string& file) {
  const std::string beside = npz_of_labels(base_name(file));
  throw Error(ErrorKind::data,
              str("no labels for --condition digit: ", files.shown(file), " has pictures alone; put ",
                  beside.empty() ? "its labels into it as an array y_train"
                                 : str(core::printable(beside), " beside it")));
}

}  // namespace

GreySet read_npz(const MnistFiles& files, const std::string& name, const std::string& labels) {
  GreySet set;
  set.format = "npz";
  set.stem = "train-images";  // as the idx files of the same pictures have it
  set.records = array_of(files, name, {"x_train", "train_images", "images", "x", "arr_0"}, "pictures",
                         [](const NpyArray& array) { return grey_records(array); });
  const std::size_t count = set.records.count;
  set.labels = [files, name, labels, count] {
    const auto take = [count](const NpyArray& array) { return labels_of(array, count); };
    if (!labels.empty())
      return array_of(files, labels, {"y_train", "train_labels", "labels", "y", "arr_0"}, "labels", take);
    if (has_pictures_alone(files, name)) throw_no_labels(files, name);
    return array_of(files, name, {"y_train", "train_labels", "labels", "y"}, "labels", take);
  };
  return set;
}

}  // namespace facegan::data
