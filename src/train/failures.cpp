#include "train/failures.h"

#include <filesystem>
#include <vector>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::train {

bool Failures::attempt(const std::string& what, const std::function<void()>& write) {
  std::string failure;
  try {
    write();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::io) throw;
    failure = error.what();
  } catch (const std::filesystem::filesystem_error& error) {
    failure = core::printable(error.what());
  }
  record(what, failure);
  return failure.empty();
}

void Failures::record(const std::string& what, const std::string& failure) {
  const std::lock_guard lock(mutex_);
  if (failure.empty()) {
    if (failing_.erase(what) > 0) core::log_info(what, " can be written again");
  } else if (failing_.insert_or_assign(what, failure).second) {
    core::log_warning(failure, "; training goes on");
  } else {
    core::log_debug(failure);
  }
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
