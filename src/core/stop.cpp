#include "facegan/core/stop.h"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace facegan::core {
namespace {
volatile sig_atomic_t g_signal = 0;

void on_signal(int number) {
  if (g_signal != 0) _exit(128 + g_signal);
  g_signal = number;
}
}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old {};
    sigaction(number, nullptr, &old);
    if (old.sa_handler == SIG_IGN && number == SIGHUP) continue;  // started with nohup
    sigaction(number, &action, nullptr);
  }
}

int stop_signal() { return g_signal; }

}  // namespace facegan::core
