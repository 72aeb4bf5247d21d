#include "train/set_facts.h"

#include <algorithm>

#include "facegan/core/checksum.h"
#include "facegan/core/text.h"

namespace facegan::train {
namespace {

using core::str;

// Of as many as a folder may hold; drawn faces may be more.
std::uint64_t hash_of_names(const data::Dataset& dataset) {
  constexpr std::size_t kMost = 20'000'000;
  core::Xxh64 hash;
  for (std::size_t i = 0; i < std::min(dataset.size(), kMost); ++i) {
    const std::string name = dataset.name(i) + '\n';
    hash.update(name.data(), name.size());
  }
  return hash.digest();
}

std::uint64_t with_conditions(std::uint64_t pictures, const data::ConditionTable& conditions) {
  if (conditions.names.empty()) return pictures;
  core::Xxh64 hash;
  hash.update(&pictures, sizeof pictures);
  hash.update(conditions.rows.data(), conditions.rows.size());
  return hash.digest();
}

// Whether facegan 0.1 left out a file of this name.
bool came_with_0_2(const std::string& name) {
  constexpr std::string_view kSuffixes[] = {".jpe", ".jfif", ".gif", ".heic", ".heif", ".avif", ".pbm"};
  const auto dot = name.rfind('.');
  return dot != name.npos && std::find(std::begin(kSuffixes), std::end(kSuffixes),
                                       core::lower_case(name.substr(dot))) != std::end(kSuffixes);
}

std::string counted(std::int64_t pictures) {
  return core::with_thousands(pictures) + (pictures == 1 ? " picture" : " pictures");
}

// Where a set is the one with this fingerprint and pictures of such kinds: these, in words; "" = it is
// another one.
std::string new_kinds(const data::Dataset& dataset, const std::string& fingerprint) {
  core::Xxh64 hash;  // as Dataset::fingerprint()
  std::int64_t count = 0;
  std::string one;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    if (const std::string name = dataset.name(i); came_with_0_2(name)) {
      if (count++ == 0) one = core::printable(name);
      continue;
    }
    const std::string picture = dataset.identity(i);
    hash.update(picture.data(), picture.size());
  }
  if (count == 0 || core::hex64(hash.digest()) != fingerprint) return "";
  return str(counted(count), count == 1 ? " is new, " : " are new, such as ", one,
             ", of kinds that facegan 0.1 left out; the others are the same");
}

}  // namespace

SetFacts::SetFacts(const data::Dataset& dataset, const data::ConditionTable& conditions)
    : count_(dataset.size()),
      first_(core::printable(dataset.name(0))),
      last_(core::printable(dataset.name(dataset.size() - 1))),
      names_(hash_of_names(dataset)),
      pictures_(dataset.fingerprint()),
      whole_(with_conditions(pictures_, conditions)) {}

void SetFacts::add_to(core::Metadata& metadata) const {
  metadata[run::kKeyData] = core::hex64(whole_);
  metadata[run::kKeyPictures] = core::hex64(pictures_);
  metadata[run::kKeyNames] = core::hex64(names_);
  metadata[run::kKeyCount] = std::to_string(count_);
  metadata[run::kKeyFirst] = first_;
  metadata[run::kKeyLast] = last_;
}

std::string SetFacts::difference(const run::Loaded& loaded, const data::Dataset& dataset) const {
  if (loaded.text(run::kKeyData) == core::hex64(whole_)) return "";
  // Checkpoints of earlier versions have that hash alone.
  if (!loaded.file.metadata.contains(run::kKeyCount)) {
    const std::string more = new_kinds(dataset, loaded.text(run::kKeyData));
    return !more.empty() ? more : "names or stored sizes differ, or which files count";
  }
  const std::int64_t then = loaded.integer(run::kKeyCount), now = static_cast<std::int64_t>(count_);
  const bool same_names = loaded.text(run::kKeyNames) == core::hex64(names_);
  if (loaded.text(run::kKeyPictures) == core::hex64(pictures_))
    return "the pictures are the same, but not what is said of them (--condition)";
  if (same_names && loaded.config().dataset == "faces")
    return "with that --seed and that version of facegan other faces were drawn";
  if (same_names)
    return "the names are the same, but their contents or stored sizes differ: files were written anew or "
           "are cut";
  std::string out = then == now ? counted(now) + " as before, but other names"
                                : str(counted(then), " then, ", core::with_thousands(now), " now");
  if (loaded.text(run::kKeyFirst) != first_)
    out += str("; the first was ", core::printable(loaded.text(run::kKeyFirst)), " and is ", first_);
  else if (loaded.text(run::kKeyLast) != last_)
    out += str("; the last was ", core::printable(loaded.text(run::kKeyLast)), " and is ", last_);
  return out;
}

}  // namespace facegan::train
