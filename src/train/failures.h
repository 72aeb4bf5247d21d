#pragma once
// What a run could not write. A full disk does not end a run: it is said once, tried again at the next
// occasion, and decides the exit code if it still fails in the end. Safe from any thread.
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace facegan::train {

class Failures {
 public:
  // Runs `write`; false when it failed. `what`: one kind of output ("metrics.jsonl", "sample grids").
  bool attempt(const std::string& what, const std::function<void()>& write);
  // The same of a call that may have nothing to write: it says whether it has.
  void follow(const std::string& what, const std::function<bool()>& call);
  // The same of what was tried elsewhere: why it failed, or "".
  void record(const std::string& what, const std::string& failure);
  // From here on nothing is tried again: what fails is left to summary().
  void end_of_training();
  // Why the last attempts failed, of the kinds whose last one did; "" = none.
  std::string summary() const;
  std::string of(const std::string& what) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> failing_;
  bool ends_ = false;
};

}  // namespace facegan::train
