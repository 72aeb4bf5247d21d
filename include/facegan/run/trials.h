#pragma once
// What a tuning has found so far, in a file beside its runs: a call that was broken off goes on from there.
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace facegan::run {

class Trials {
 public:
  // call: all that makes two tunings the same. Error(usage) when the file is of another one, or is none.
  Trials(std::filesystem::path file, const std::string& call);

  struct Found {
    double figure;        // NaN after a failure
    std::string failure;  // why there is no figure, or ""
  };
  // Of a candidate after a round; nothing when it is not known yet.
  std::optional<Found> find(std::size_t round, std::size_t candidate) const;
  void set(std::size_t round, std::size_t candidate, const Found& found);

 private:
  void write() const;

  std::filesystem::path file_;
  std::string call_;
  std::map<std::string, Found> found_;  // by "ROUND/CANDIDATE"
};

}  // namespace facegan::run
