#include "train/transfer.h"

#include <algorithm>

#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/folder.h"

namespace facegan::train {
namespace {

using core::str;

struct Taken {
  std::size_t tensors = 0, all = 0;
  bool weights = false;             // some of them: scales, shifts and means alone are no network
  std::vector<std::string> others;  // "g.0.weight is 100x4096 there and 128x4096 here"
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "one number" : spec::shape_text(shape);
}

// Why a tensor cannot be taken, or "".
std::string difference(const core::TensorInfo* there, const nn::NamedTensor& here) {
  if (!there) return str(here.name, " is not there");
  if (there->dtype != "F32") return str(here.name, " is ", there->dtype, " there");
  const auto shape = here.tensor.sizes().vec();
  if (there->shape != shape)
    return str(here.name, " is ", shape_text(there->shape), " there and ", shape_text(shape), " here");
  return "";
}

// What the columns of these mean depends on the names of the condition.
bool is_of_condition(const nn::NamedTensor& tensor) {
  return tensor.spec->role == spec::Role::embedding || tensor.spec->role == spec::Role::projection;
}

Taken take(const nn::Network& network, const run::Loaded& from, bool same_condition) {
  Taken taken;
  std::vector<checkpoint::StateTensor> fitting;
  for (const nn::NamedTensor& here : network.tensors()) {
    ++taken.all;
    std::string why = difference(from.file.find(here.name), here);
    if (why.empty() && !same_condition && is_of_condition(here))
      why = str(here.name, " is of another condition there");
    if (!why.empty()) {
      taken.others.push_back(std::move(why));
      continue;
    }
    ++taken.tensors;
    taken.weights = taken.weights || (here.spec->trainable() && here.tensor.dim() > 1);
    fitting.push_back({here.name, here.tensor});
  }
  checkpoint::restore(from.file, from.path.string(), fitting, /*exact=*/false);
  return taken;
}

// "; there size 32, z 100, here size 64, z 128": where the settings that decide the networks differ.
std::string settings_apart(const config::Config& there, const config::Config& here) {
  std::vector<std::string> a, b;
  for (const char* key : {"preset", "size", "channels", "z", "width", "condition", "d_norm"}) {
    const config::Option& option = *config::find_option(key);
    const std::string x = config::get_option(there, option), y = config::get_option(here, option);
    if (x == y) continue;
    a.push_back(str(key, " ", core::printable(x)));
    b.push_back(str(key, " ", core::printable(y)));
  }
  return a.empty() ? "" : str("; there ", core::join(a, ", "), ", here ", core::join(b, ", "));
}

std::string some_of(std::vector<std::string> all) {
  constexpr std::size_t kNamed = 8;
  const std::size_t more = all.size() - std::min(all.size(), kNamed);
  all.resize(all.size() - more);
  return core::join(all, ", ") + (more > 0 ? str(" and ", more, " more") : "");
}

}  // namespace

void take_weights(Model& model, const config::Config& config, const std::string& names) {
  const run::Loaded from = run::load_file(config.init_from);
  const std::string name = core::printable(from.path.string()), hash = from.text(core::kChecksumKey);
  if (!config.init_from_hash.empty() && hash != config.init_from_hash)
    throw Error(ErrorKind::checkpoint, str("--init-from ", name, " is another checkpoint: its checksum is ",
                                           hash, ", not ", config.init_from_hash));
  const config::Config there = from.config();
  const bool same =
      there.condition == config.condition && (names.empty() || from.text(run::kKeyConditions) == names);
  std::vector<std::string> others;
  std::string counts;
  for (const auto& [network, who] :
       {std::pair{&model.g.network, "generator"}, {&model.d.network, "discriminator"}}) {
    const Taken taken = take(*network, from, same);
    if (!taken.weights)
      throw Error(ErrorKind::usage, str("--init-from ", name, ": no weights of its ", who, " fit",
                                        settings_apart(there, config), " (", some_of(taken.others),
                                        "); take the settings of that run, or another checkpoint"));
    counts += str(counts.empty() ? "" : " and ", taken.tensors, " of ", taken.all, " tensors of the ", who);
    others.insert(others.end(), taken.others.begin(), taken.others.end());
  }
  model.start_mean();
  const bool mean = model.mean_g && take(*model.mean_g, from, same).weights;
  model.refresh();
  if (const std::string broken = model.broken_tensor(); !broken.empty())
    throw Error(ErrorKind::checkpoint, str("--init-from ", name, ": the values of '", broken,
                                           "' are not finite: its run diverged; take an earlier checkpoint"));
  core::log_info("begun from ", name, " (step ", from.integer(run::kKeyStep), ", checksum ", hash,
                 "): ", counts, mean ? ", and the mean generator" : "",
                 others.empty() ? "" : "; not taken: " + some_of(std::move(others)));
}

}  // namespace facegan::train
