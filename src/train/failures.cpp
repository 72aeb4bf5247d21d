#include "train/failures.h"

#include <filesystem>
#include <vector>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::train {

namespace {

// Why a call could not write, "" when it could.
template <class Call>
std::string failure_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io && error.kind() != ErrorKind::checkpoint) throw;  // that: a link
    return error.what();
  } catch (const std::filesystem::filesystem_error& error) {
    return core::printable(error.what());
  }
  return "";
}

}  // namespace

bool Failures::attempt(const std::string& what, const std::function<void()>& write) {
  const std::string failure = failure_of(write);
  record(what, failure);
  return failure.empty();
}

void Failures::follow(const std::string& what, const std::function<bool()>& call) {
  bool wrote = false;
  const std::string failure = failure_of([&] { wrote = call(); });
  if (wrote || !failure.empty()) record(what, failure);
}

void Failures::record(const std::string& what, const std::string& failure) {
  const std::lock_guard lock(mutex_);
  if (failure.empty()) {
    if (failing_.erase(what) > 0) core::log_info(what, " can be written again");
  } else if (failing_.insert_or_assign(what, failure).second && !ends_) {
    core::log_warning(failure, "; training goes on");
  } else {
    core::log_debug(failure);
  }
}

void Failures::end_of_training() {
  const std::lock_guard lock(mutex_);
  ends_ = true;
}

std::string Failures::summary() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [what, failure] : failing_) all.push_back(failure);
  return core::join(all, "; ");
}

std::string Failures::of(const std::string& what) const {
  const std::lock_guard lock(mutex_);
  const auto found = failing_.find(what);
  return found == failing_.end() ? "" : found->second;
}

}  // namespace facegan::train
