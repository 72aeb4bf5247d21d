#pragma once
// What the parts of `score` share.
#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line/commands.h"
#include "facegan/data/dataset.h"
#include "facegan/image/image.h"
#include "facegan/infer/scorer.h"
#include "facegan/run/folder.h"

namespace facegan::app {

struct Scored {
  std::string file;
  double logit = 0;
  image::Image picture;  // empty unless there is a sheet
};

// --sheet: a contact sheet, most real first.
class ScoreSheet {
 public:
  // path: "" = none; hash: of the checkpoint. Error(usage) when `count` pictures are too many for one, or it
  // is no .png.
  ScoreSheet(const std::string& path, std::size_t count, const config::Config& config,
             const std::string& hash);
  bool wanted() const { return !path_.empty(); }
  // Writes it, each picture with its probability below (where it has none its score), after `kind` if given.
  // Prints the path; with `quiet` only the log says it.
  void write(const std::vector<Scored>& sorted, const infer::Scorer& scorer,
             const std::vector<std::string>& kinds, bool quiet) const;

 private:
  std::filesystem::path path_;
  config::Config config_;
  std::string hash_;
};

// Most real first; equal ones as they came.
void sort_scored(std::vector<Scored>& scored);

// --sets. data: of the real pictures.
int score_sets(const Invocation& invocation, const run::Loaded& loaded, const infer::Scorer& scorer,
               const data::DatasetOptions& data);

}  // namespace facegan::app
