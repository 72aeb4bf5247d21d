#include "facegan/exchange/import.h"

#include <algorithm>
#include <array>

#include "exchange/fit.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::exchange {
namespace {

using core::str;

constexpr const char* kMeanIsLeft =
    " (a mean generator, which this recipe has not: 'ema: 10000' in the file of --config keeps it)";
constexpr std::size_t kNamed = 3;  // in a message

std::string some_of(std::vector<std::string> all) {
  const std::size_t more = all.size() - std::min(all.size(), kNamed);
  all.resize(all.size() - more);
  return core::join(all, ", ") + (more > 0 ? str(" and ", more, " more") : "");
}

// One of the two networks, and the groups that fit it.
struct Part {
  const char* name;
  Wanted wanted;
  std::vector<const Group*> fitting;
};

class Search {
 public:
  Search(const std::vector<WeightsFile>& files, const config::Config& config)
      : files_(files), config_(config) {
    const config::Networks networks = config::build_networks(config);
    parts_ = {Part{"generator", wanted_tensors(networks.generator), {}},
              Part{"discriminator", wanted_tensors(networks.discriminator), {}}};
    for (const WeightsFile& file : files)
      for (Group& group : groups_of(file)) groups_.push_back(std::move(group));
    for (const Group& group : groups_)
      for (Part& part : parts_)
        if (difference(group, part.wanted, part.name).fits()) part.fitting.push_back(&group);
  }

  TakenNetworks take() {
    Part &g = parts_[0], &d = parts_[1];
    const Group* mean = one_of(g, /*means=*/true);
    const Group* generator = one_of(g, /*means=*/false);
    const Group* discriminator = one_of(d, /*means=*/false);
    if (!generator) generator = mean;
    if (!discriminator) discriminator = one_of(d, /*means=*/true);
    check_files();
    check_missing();
    TakenNetworks taken;
    const bool keeps_mean = config::parse_half_life(config_.ema) > 0;
    if (generator) taken.generator = read(*generator, "generator");
    if (mean && keeps_mean) taken.mean = read(*mean, "mean generator");
    if (discriminator) taken.discriminator = read(*discriminator, "discriminator");
    for (const Group& group : groups_) {
      const bool is_taken = &group == discriminator || &group == generator || (&group == mean && keeps_mean);
      if (is_taken || !is_like_a_network(group)) continue;
      taken.left.push_back(group.shown() + (&group == mean ? kMeanIsLeft : ""));
    }
    return taken;
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }
  std::string recipe() const {
    return config_.preset.empty() ? "these networks" : str("preset ", core::printable(config_.preset));
  }

  const Group* one_of(const Part& part, bool means) const {
    const Group* found = nullptr;
    for (const Group* group : part.fitting) {
      if (is_mean(*group) != means) continue;
      if (found)
        refuse(str(found->shown(), " and ", group->shown(), " both fit the ", part.name,
                   "; give files with one of them"));
      found = group;
    }
    return found;
  }

  bool fits_any(const Group& group) const {
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
      return std::find(part.fitting.begin(), part.fitting.end(), &group) != part.fitting.end();
    });
  }
  bool is_like_a_network(const Group& group) const {
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) {
      return difference(group, part.wanted, part.name).common > 0;
    });
  }

  // The part that a group is more like: of the same names, else of more of the same shapes.
  const Part& nearer_part(const Group& group) const {
    const auto g = difference(group, parts_[0].wanted, ""), d = difference(group, parts_[1].wanted, "");
    const bool names_tell = g.names == 0 || d.names == 0 || g.same == d.same;
    return (names_tell ? g.names <= d.names : g.same > d.same) ? parts_[0] : parts_[1];
  }
  [[noreturn]] void refuse_group(const Group& group) const {
    const Part& part = nearer_part(group);
    // Of either: with a condition a generator has a layer more, and looks like no generator without it.
    for (const bool is_generator : {true, false})
      if (const std::string what = condition_that_fits(group, is_generator, config_); !what.empty())
        refuse(str(group.shown(), " does not fit ", recipe(),
                   config_.condition == "none"
                       ? " without a condition"
                       : str(" with --condition ", core::printable(config_.condition)),
                   "; ", what));
    std::string hint = settings_that_fit(group, &part == &parts_[0], config_);
    if (hint.empty()) hint = preset_that_fits(group);
    refuse(str(
        group.shown(), " does not fit ", recipe(), ": ",
        some_of(difference(group, part.wanted, part.name).sentences),
        hint.empty() ? "; another --preset, or --config with a list of its layers?" : str("; ", hint, "?")));
  }

  // Each file has to have something.
  void check_files() const {
    for (const WeightsFile& file : files_) {
      const Group* like = nullptr;
      bool fits = false;
      for (const Group& group : groups_) {
        if (group.file != &file) continue;
        fits = fits || fits_any(group);
        if (!like && is_like_a_network(group)) like = &group;
      }
      if (fits) continue;
      if (like) refuse_group(*like);
      std::vector<std::string> names;
      for (const ForeignTensor& tensor : file.tensors())
        names.push_back(str("'", core::printable(tensor.name), "'"));
      refuse(str(core::printable(file.path().string()), " has no network of ", recipe(),
                 ": names have to be PREFIX.N.weight, N the layer from 0; it has ",
                 names.empty() ? "no tensors" : some_of(std::move(names))));
    }
  }

  // A network that is there but does not fit is not replaced by a new one in silence.
  void check_missing() const {
    for (const Part& part : parts_) {
      if (!part.fitting.empty()) continue;
      for (const Group& group : groups_)
        if (!fits_any(group) && is_like_a_network(group) && &nearer_part(group) == &part) refuse_group(group);
    }
  }

  static TakenNetwork read(const Group& group, const char* as) {
    TakenNetwork taken;
    for (const auto& [name, i] : group.tensors)
      taken.tensors[name] = {group.file->tensors()[i].shape, group.file->values(i)};
    taken.from = str(as, ": ", taken.tensors.size(), " tensors ", group.shown());
    return taken;
  }

  const std::vector<WeightsFile>& files_;
  const config::Config& config_;
  std::array<Part, 2> parts_;
  std::vector<Group> groups_;
};

}  // namespace

TakenNetworks take_networks(const std::vector<WeightsFile>& files, const config::Config& config) {
  return Search(files, config).take();
}

}  // namespace facegan::exchange
