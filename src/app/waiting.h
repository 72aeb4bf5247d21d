#pragma once

namespace facegan::app {

// How the threads of a computation wait for each other is read by the OpenMP library when it is
// loaded, before main(). Starts the program over, once, with a setting that lets waiting threads sleep
// soon: on an idle machine that makes no difference, on a busy one threads that spin were measured to
// make training three to four times slower. OMP_WAIT_POLICY and GOMP_SPINCOUNT of the user's win.
void let_waiting_threads_sleep();

}  // namespace facegan::app
