#pragma once
// What a team is made of. Internal to src/ranks.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "facegan/core/error.h"
#include "facegan/ranks/team.h"

namespace facegan::ranks {

using StorePtr = c10::intrusive_ptr<c10d::Store>;
using BackendPtr = c10::intrusive_ptr<c10d::Backend>;

// For a rank that lives, but does not come to what all do together.
constexpr double kPatience_s = 1800;

struct Team::Impl {
  Impl(const Place& place, double silence_s, OnEnd on_end);

  // Runs a call that needs all ranks; what LibTorch throws becomes an Error(rank) that says who is missing.
  template <class Call>
  void together(const Call& call) {
    try {
      call();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      lost(error.what());
    }
  }
  [[noreturn]] void lost(const std::string& what);

  void meet();
  [[noreturn]] void throw_missing(const std::string& id) const;
  std::vector<std::string> texts_of(c10d::Store& through, const char* what) const;
  std::vector<std::string> keys_of(const char* what) const;
  std::string name_of(int of) const;  // "rank 3 (host-b, process 1234)"
  std::string text_of(const std::string& key);
  bool tell_end(c10d::Store& through, const std::string& why) const;
  void start_watch();
  void stop_watch();
  void watch();
  void guard_watch();
  void look(c10d::Store& through, double seconds);
  void end(const std::string& why);

  Place place;
  const double silence_s, interval_s;
  const OnEnd on_end;
  StorePtr root, store;  // the first outlives restarts by torchrun
  std::vector<std::string> names;
  BackendPtr control, data;  // of the host's numbers; of the device's tensors
  std::int64_t shared = 0;   // texts so far

  StorePtr watch_store;  // a connection of its own
  std::thread watcher, alarm;
  std::atomic<int> idle{0};  // rounds of the alarm since the watcher's last one
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::atomic<bool> ending{false};
  struct Beat {
    std::string last;
    double silent_s = 0;
  };
  std::map<int, Beat> beats;
};

}  // namespace facegan::ranks
