#pragma once
// A run that takes a second, and what a test looks at in its folder.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "process.h"

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more);

// `train` of a tiny network, without --epochs and --out: 50 steps an epoch (4 of 404 pictures are left over).
extern const Words kTinyTrain;
constexpr int kStepsPerEpoch = 50;

// Environment without which `train` starts itself once more to set it: saves the tests a start each.

// Every file below a folder by its relative path: its bytes, "/" for a folder, "-> PLACE" for a link.
using Snapshot = std::map<std::string, std::string>;
Snapshot snapshot(const std::filesystem::path& folder);

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);
std::vector<std::string> lines_of(const std::string& text);

// metrics.jsonl without the two keys that depend on time.
std::vector<std::string> metrics_of(const std::filesystem::path& run);
// Puts `to` in the place of `from` in the settings of a checkpoint; its checksum is right again.
void edit_config(const std::filesystem::path& checkpoint, const std::string& from, const std::string& to);
// Names of the checkpoints, oldest first.
std::vector<std::string> checkpoints_of(const std::filesystem::path& run);
// All of a checkpoint as text: tensors with their bytes, and the metadata but for the number of workers (and
// the checksum over it).
std::string checkpoint_contents(const std::filesystem::path& file);
