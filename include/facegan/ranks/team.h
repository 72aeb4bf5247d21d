#pragma once
// The processes that train one model together. They meet in a store (LibTorch's TCPStore), where each also
// shows that it is alive; numbers of all are summed by LibTorch's process groups (Gloo on the CPU, NCCL on
// GPUs; sums of tensors: ranks/sums.h, internal). Free of LibTorch types.
//
// All ranks call what is said to be together in the same order, or wait for each other for ever. A rank that
// ends or falls silent ends all: each says which one it was.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "facegan/ranks/place.h"

namespace facegan::ranks {

class Team {
 public:
  // Called from a thread of the team's when another rank has ended or is silent, while this one may wait for
  // it: to tell, and to end the process at once.
  using OnEnd = std::function<void(const std::string& why)>;

  // Together. silence_s: how long a rank may give no sign of life. Error(rank) when not all come, and say who
  // is missing.
  Team(const Place& place, double silence_s, OnEnd on_end);
  // Without leave(): as when this rank fails; whatever still waits is left as it is.
  ~Team();

  const Place& place() const { return place_; }
  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  bool leads() const { return place_.leads(); }

  // Together: Error(usage) on every rank that differs from rank 0, and on all others that name it. facts:
  // what, and how it is here; about: what they are facts of, once each.
  void compare(const std::string& about, const std::vector<std::pair<std::string, std::string>>& facts) const;
  // Together: the text of one rank, for all.
  std::string share(const std::string& text, int of = 0) const;
  // A note for those who come after a restart of all by torchrun; "" = there is none.
  void remember(const std::string& key, const std::string& text);
  std::string remembered(const std::string& key);

  // Together, before what follows and all sums of tensors: opens the ways between ranks for this device.
  void connect(const std::string& device);
  // Together: of each number the greatest of all ranks.
  std::vector<std::int64_t> greatest(const std::vector<std::int64_t>& numbers) const;

  // Tells the others why all end; the first one that does is heard: whether this is it. of_another: it is not
  // this rank's own failure.
  bool fail(const std::string& why, bool of_another) const;
  // Together, in the end; the others wait for rank 0: nobody's silence means anything any more.
  void leave();

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  Place place_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facegan::ranks
