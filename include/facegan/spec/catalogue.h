#pragma once
// The names that settings may take beside layer kinds, with one line of help each. data and train
// have the matching tables of functions (tests hold them together).
#include <string>
#include <vector>

namespace facegan::spec {

struct Named {
  const char* name;
  const char* help;
};

const std::vector<Named>& datasets();
const std::vector<Named>& losses();
const std::vector<Named>& update_orders();
const std::vector<Named>& initialisers();

// Whether D's pictures have labels that can be smoothed and flipped.
bool loss_has_labels(const std::string& loss);

std::vector<std::string> names_of(const std::vector<Named>& rows);

}  // namespace facegan::spec
