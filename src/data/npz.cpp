// Keras' mnist.npz, Kuzushiji's and MedMNIST's npz files: pictures and labels as arrays of numpy in a zip.
#include <algorithm>

#include "data/mnist_sets.h"
#include "data/npy.h"
#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;

bool is_array(std::string_view name) {
  return name.ends_with(".npy");
}

// The array of the first of these names, parsed by `take`.
template <class Take>
auto array_of(const fs::path& path, std::initializer_list<const char*> names, const char* what, Take take) {
  const auto zip = open_zip_source(path, is_array);
  std::string known;
  for (const char* name : names) {
    for (std::size_t i = 0; i < zip->size(); ++i) {
      if (zip->name(i) != str(name, ".npy")) continue;
      try {
        return take(parse_npy(zip->read(i)));
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        throw Error(ErrorKind::data,
                    str("cannot use ", core::printable(path.string()), ": ", name, ": ", error.what()));
      }
    }
    known += str(known.empty() ? "" : ", ", name);
  }
  throw Error(ErrorKind::data, str("cannot use ", core::printable(path.string()), ": it has no array of ",
                                   what, " (known names: ", known, ")"));
}

// numpy's name of an array that was saved without one.
bool has_pictures_alone(const fs::path& path) {
  const auto zip = open_zip_source(path, is_array);
  return zip->size() == 1 && zip->name(0) == "arr_0.npy";
}

[[noreturn]] void throw_no_labels(const fs::path& path) {
  const std::string beside = npz_of_labels(path.filename().string());
  throw Error(ErrorKind::data, str("no labels for --condition digit: ", core::printable(path.string()),
                                   " has pictures alone; put ",
                                   beside.empty() ? "its labels into it as an array y_train"
                                                  : str(core::printable(beside), " beside it")));
}

}  // namespace

GreySet read_npz(const fs::path& path, const fs::path& labels) {
  GreySet set;
  set.format = "npz";
  set.stem = "train-images";  // as the idx files of the same pictures have it
  set.records = array_of(path, {"x_train", "train_images", "images", "x", "arr_0"}, "pictures",
                         [](const NpyArray& array) { return grey_records(array); });
  const std::size_t count = set.records.count;
  set.labels = [path, labels, count] {
    const auto take = [count](const NpyArray& array) { return labels_of(array, count); };
    if (!labels.empty())
      return array_of(labels, {"y_train", "train_labels", "labels", "y", "arr_0"}, "labels", take);
    if (has_pictures_alone(path)) throw_no_labels(path);
    return array_of(path, {"y_train", "train_labels", "labels", "y"}, "labels", take);
  };
  return set;
}

}  // namespace facegan::data
