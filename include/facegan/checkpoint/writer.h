#pragma once
// Saves behind the training thread, which waits for a copy in host memory alone.
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace facegan::checkpoint {

// Which checkpoints stay.
struct Retention {
  std::int64_t keep = 3;        // the newest ones, at least 1
  std::int64_t every_step = 0;  // and those of every Nth step, 0 = none
  bool best = false;            // this one as the best
};

class Writer {
 public:
  // Called in the thread of the writer: before a file is written, and after it was (with "") or could not
  // be (with why).
  struct Hooks {
    std::function<void()> before;
    std::function<void(const std::string& failure)> done;
  };

  Writer(std::filesystem::path run, Hooks hooks);
  ~Writer();  // ends when the save under way has
  Writer(const Writer&) = delete;

  // bytes: copies the state into those of a file. Calls it and returns; they are written behind it. A save
  // that is still under way is waited for first. A failure costs this checkpoint and nothing else: older ones
  // are removed only when the new file has been read back and found whole.
  void save(std::int64_t step, const std::function<std::string()>& bytes, const Retention& retention);
  void wait();

 private:
  struct Job;
  void write(Job& job) const;

  std::filesystem::path run_;
  Hooks hooks_;
  std::thread thread_;
};

}  // namespace facegan::checkpoint
