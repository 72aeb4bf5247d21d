#pragma once
#include <filesystem>

namespace facegan::app {

// Prints the runs in a folder, newest number first, as a table or as JSON. What cannot be read of a run is
// said of that run. Error(io) when the folder cannot be listed.
void list_runs(const std::filesystem::path& runs, bool as_json);

}  // namespace facegan::app
