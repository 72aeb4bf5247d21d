#pragma once
// Polite ends of a run: SIGINT, SIGTERM and SIGHUP ask the loop to finish its step and save.
// A second such signal leaves at once with the same exit code, 128 + N. SIGUSR1 and SIGUSR2 ask for a
// save and for a sample grid.

namespace facegan::core {

void install_signal_handlers();
// The signal that asked for the end, or 0.
int stop_signal();
// Whether one was asked for since the last call.
bool take_save_request();
bool take_grid_request();

// While threads of this process may wait for others for ever: it then ends without waiting for them.
void set_ends_at_once(bool ends_at_once);
bool ends_at_once();

}  // namespace facegan::core
