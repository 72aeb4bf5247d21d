#pragma once
// Where the files of MNIST and its kin lie: a folder, or a zip of them.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/idx_file.h"
#include "data/source.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

class MnistFiles {
 public:
  // Error(data) when it cannot be listed.
  explicit MnistFiles(const std::filesystem::path& place);

  // Of the files that may hold pictures or labels, sorted: idx, npz and csv; in a zip with their folders.
  const std::vector<std::string>& names() const { return names_; }
  bool has(const std::string& name) const;
  std::string shown(const std::string& name) const;                                    // for messages
  std::filesystem::path path(const std::string& name) const { return place_ / name; }  // in a folder
  // The arrays of an npz, which is a zip.
  std::unique_ptr<Source> npz(const std::string& name) const;
  const LeftOut* left_out() const { return zip_ ? &zip_->left_out() : nullptr; }
  IdxFile idx(const std::string& name) const;
  std::string bytes(const std::string& name) const;

 private:
  std::filesystem::path place_;
  std::shared_ptr<const Source> zip_;  // none: a folder
  std::vector<std::string> names_;
};

// The name of its idx or npz file of pictures to train on, "" = there is none. Error(data) when it could be
// one of several.
std::string training_pictures(const MnistFiles& files, const std::string& mnist_set);
// Likewise of a csv, which people have of other things, too.
std::string training_csv(const MnistFiles& files);
// The name of the labels that belong to these pictures, "" = none.
std::string labels_beside(const MnistFiles& files, const std::string& pictures);
// "kmnist-train-labels.npz" of "kmnist-train-imgs.npz"; "" = it is not named so.
std::string npz_of_labels(std::string file);
// Of the set of EMNIST that a file is named after, "" = none.
std::string emnist_set(const std::string& name);

std::string base_name(const std::string& name);

}  // namespace facegan::data
