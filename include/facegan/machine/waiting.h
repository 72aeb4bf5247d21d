#pragma once

namespace facegan::machine {

// How the threads of a computation wait for each other is read by the OpenMP library when it is
// loaded, before main(). Starts the program over, once, with a setting that lets waiting threads sleep
// soon instead of taking the cores from others, the loader among them. OMP_WAIT_POLICY and
// GOMP_SPINCOUNT of the user's win.
void let_waiting_threads_sleep();

}  // namespace facegan::machine
