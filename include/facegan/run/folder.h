#pragma once
// Where runs and their checkpoints lie. A run folder is runs/NNNN-PRESET or any folder of the user's;
// its checkpoints are checkpoints/step_NNNNNNNN.safetensors.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/inside.h"
#include "facegan/core/safetensors.h"

namespace facegan::run {

namespace fs = std::filesystem;

inline constexpr const char* kFormat = "1";  // of the metadata below; another one is refused

// Metadata keys of a checkpoint (all text).
inline constexpr const char* kKeyFormat = "facegan.format";
inline constexpr const char* kKeyVersion = "facegan.version";
inline constexpr const char* kKeyConfig = "facegan.config";  // the YAML of config.yaml
inline constexpr const char* kKeyStep = "step";              // steps done
inline constexpr const char* kKeyStepsPerEpoch = "steps_per_epoch";
inline constexpr const char* kKeyPartialSteps = "statistics.steps";  // steps in the partial sums
inline constexpr const char* kKeyRollbacks = "rollbacks";     // to earlier checkpoints, after divergence
inline constexpr const char* kKeyData = "data.fingerprint";   // of the pictures and of what is said of them
inline constexpr const char* kKeyPictures = "data.pictures";  // of the pictures alone
inline constexpr const char* kKeyNames = "data.names";        // of their names alone
inline constexpr const char* kKeyCount = "data.count";
inline constexpr const char* kKeyFirst = "data.first";  // name of the first picture
inline constexpr const char* kKeyLast = "data.last";
inline constexpr const char* kKeyCpu = "cpu.capability";
inline constexpr const char* kKeyConditions = "condition.names";  // of a condition's numbers, a line each

// A checkpoint that was read and found whole.
struct Loaded {
  fs::path path;
  core::SafetensorsFile file;
  const std::string& text(const char* key) const;  // Error(checkpoint) when it is missing
  std::int64_t integer(const char* key) const;     // likewise, or when it is not a whole number >= 0
  config::Config config() const;                   // of the run; Error(checkpoint) when it cannot be used
};

// runs/NNNN-NAME with the next free number, not yet made.
fs::path next_run_folder(const fs::path& runs, const std::string& name);
// Makes it; of two callers at once each gets a folder of its own. Error(io).
fs::path make_run_folder(const fs::path& runs, const std::string& name);

// The folders in `runs`, highest number first; those without a number last.
std::vector<fs::path> run_folders(const fs::path& runs);
// The number that a folder name begins with ("0012-dcgan" -> 12), or -1.
std::int64_t run_number(const std::string& name);

// "" = the newest run of ./runs; else a number, a name under ./runs, or a path. Error(checkpoint) names the
// nearest one, or what there is.
fs::path find_run(const std::string& run);

// Checkpoint files of a run, newest first.
std::vector<core::Inside> checkpoint_files(const fs::path& run);
core::Inside checkpoint_file(const fs::path& run, std::int64_t step);
std::int64_t checkpoint_step(const core::Inside& file);  // of its name, -1 when that names none

// The settings in its config.yaml; messages name that file as `called`. Error(checkpoint) when it cannot be
// read, Error(usage) when it is none.
config::Config read_config(const fs::path& run, const std::string& called);

// The newest checkpoint of a run that is whole; damaged ones are named in the log and skipped.
// Error(checkpoint) when there is none.
Loaded load_newest(const fs::path& run);
// RUN as in find_run, RUN@STEP (its checkpoint of that step), RUN@best, or a checkpoint file.
Loaded load_from(const std::string& run_or_file);
Loaded load_file(const fs::path& path);
Loaded load_file(const core::Inside& file);

}  // namespace facegan::run
