#pragma once
// Polite ends of a run: SIGINT, SIGTERM and SIGHUP ask the loop to finish its step and save.
// A second such signal leaves at once with the same exit code, 128 + N.

namespace facegan::core {

void install_signal_handlers();
// The signal that asked for the end, or 0.
int stop_signal();

}  // namespace facegan::core
