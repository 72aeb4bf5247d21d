#pragma once
// The names that settings may take beside layer kinds, with what is known of each: one row says all that is
// asked about it without computing. data and train have the tables of functions (tests hold them together).
#include <string>
#include <string_view>
#include <vector>

namespace facegan::spec {

// A name of a setting, with a line of help.
struct Named {
  const char* name;
  const char* help;
};

struct DatasetFacts : Named {
  bool reads_files;       // from --data
  bool has_usual_place;   // data/NAME, where --data names no other
  const char* preset;     // the default one
  const char* condition;  // that --condition takes: "digit", "folder", "attributes", "" = none
};

// What D's outputs are.
enum class Output {
  log_odds,     // sigmoid of it: the probability that a picture is real
  probability,  // that itself
  score         // more or less real, no more
};

// A set of handwritten characters: what its labels mean.
struct MnistSetFacts : Named {
  const char* classes;  // a character each
  int first;            // the label of the first
};

struct LossFacts : Named {
  bool has_labels = false;  // D's pictures have labels that can be smoothed and flipped
  Output output = Output::log_odds;
  double middle = 0;         // outputs above it are counted as "real" (d_accuracy) ...
  bool middle_tells = true;  // ... which says something about single pictures
  bool compares = false;     // real with generated pictures: G learns from both
  double gp = 0;             // the gradient penalty that the loss is published with
  const char* note = "";     // what else there is to say of D's outputs
};

// What a step of an update order does beside what all do: G makes one batch, D judges the real and the
// generated pictures, both learn.
struct UpdateFacts : Named {
  bool fresh_latents = false;  // G learns on latents of its own: it makes another batch for that
  bool judges_again = true;    // D judges what G learns from once more, after its own update
};

const std::vector<DatasetFacts>& datasets();
// As --mnist-set names them; the first is "auto".
const std::vector<MnistSetFacts>& mnist_sets();
const std::vector<LossFacts>& losses();
const std::vector<UpdateFacts>& update_orders();
const std::vector<Named>& initialisers();
// Of differentiable augmentation, as --augment names them.
const std::vector<Named>& augmentations();
// Of generated pictures, as --evaluate and --metrics name them, in the order of their computing.
const std::vector<Named>& figures();
// Likewise, of those that compare what a network makes of the pictures.
const std::vector<Named>& feature_figures();

// The row of that name. Error(usage) when there is none.
const DatasetFacts& find_dataset(std::string_view name);
const MnistSetFacts& find_mnist_set(std::string_view name);
const LossFacts& find_loss(std::string_view name);
const UpdateFacts& find_update_order(std::string_view name);

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace facegan::spec
