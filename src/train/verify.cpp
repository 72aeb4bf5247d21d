// Whether the newest checkpoint is what training makes of the one before it.
#include <optional>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/train/train.h"
#include "train/prepare.h"
#include "train/trainer.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::str;
using run::Loaded;

// The two newest whole checkpoints, newest first.
std::vector<run::Loaded> newest_two(const fs::path& folder) {
  std::vector<run::Loaded> found;
  for (const auto& file : run::checkpoint_files(folder)) {
    try {
      found.push_back(run::load_file(file));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::checkpoint) throw;
      core::log_warning("skipping a checkpoint: ", error.what());
    }
    if (found.size() == 2) return found;
  }
  throw Error(ErrorKind::checkpoint, str("--verify needs two whole checkpoints, ",
                                         core::printable(folder.string()), " has ", found.size()));
}

// The configuration and the version are what a replay is given, not what it finds.
const char* const kCompared[] = {run::kKeyStep, run::kKeyStepsPerEpoch, run::kKeyPartialSteps,
                                 run::kKeyRollbacks, run::kKeyData};

void compare(const Trainer& trainer, const run::Loaded& stored, const std::string& doubt) {
  const auto differ = [&](const std::string& what) {
    throw Error(ErrorKind::checkpoint,
                str("the replay differs from ", core::printable(stored.path.string()), ": ", what,
                    " (compare with 'facegan doctor' on the machine that trained it", doubt, ")"));
  };
  core::Metadata replayed = trainer.metadata();
  for (const char* key : kCompared)
    if (stored.file.metadata.contains(key) && stored.text(key) != replayed.at(key))
      differ(str("'", key, "' is ", replayed.at(key), ", there ", core::printable(stored.text(key))));
  // restore() has seen that all are there.
  if (const std::string name = trainer.differing_tensor(stored); !name.empty())
    differ(str("tensor '", name, "'"));
}

}  // namespace

void verify(const fs::path& folder, const config::Config& config) {
  const auto found = newest_two(folder);
  const run::Loaded &newest = found[0], &older = found[1];
  Trainer trainer(config, &older, /*leaves_no_trace=*/true);
  trainer.restore(newest);  // that it fits at all
  const std::int64_t end = trainer.step();
  const int rollbacks = trainer.rollbacks();
  trainer.restore(older);
  const std::int64_t begin = trainer.step();
  const bool rolled_back = rollbacks != trainer.rollbacks();
  trainer.set_rollbacks(rollbacks);  // those between the two went back to the older one
  compare_machine(newest, config);
  core::log_info("replaying steps ", begin + 1, " to ", end, " of ", folder.string());
  trainer.start_data();
  while (trainer.step() < end) {
    if (trainer.step() > begin && trainer.at_log_line()) trainer.clear_statistics();
    trainer.fetch();
    trainer.advance();
  }
  // A line is written before the save of its step.
  if (trainer.at_log_line()) trainer.clear_statistics();
  compare(trainer, newest,
          rolled_back ? "; it tells nothing where a rollback between the two went back to a checkpoint that "
                        "--keep has removed since"
                      : "");
  core::print(str("equal: steps ", begin + 1, " to ", end, " replayed give ", newest.path.string()));
}

}  // namespace facegan::train
