#include "facegan/core/stop.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <initializer_list>

namespace facegan::core {
namespace {
std::atomic<int> g_signal{0};  // the handler may run in any thread
std::atomic<bool> g_save{false}, g_grid{false}, g_ends_at_once{false};
static_assert(std::atomic<int>::is_always_lock_free, "or a handler must not use it");

void on_signal(int number) {
  int first = 0;
  if (!g_signal.compare_exchange_strong(first, number)) _exit(128 + first);
}

void on_request(int number) {
  (number == SIGUSR1 ? g_save : g_grid) = true;
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
  action.sa_handler = on_request;
  for (int number : {SIGUSR1, SIGUSR2}) sigaction(number, &action, nullptr);
}

int stop_signal() {
  return g_signal;
}

void set_ends_at_once(bool ends_at_once) {
  g_ends_at_once = ends_at_once;
}

bool ends_at_once() {
  return g_ends_at_once;
}

bool take_save_request() {
  return g_save.exchange(false);
}

bool take_grid_request() {
  return g_grid.exchange(false);
}

}  // namespace facegan::core
