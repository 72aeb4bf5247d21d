#pragma once
// The one error type of facegan. Thrown anywhere, caught once (in app), printed as one line.
#include <stdexcept>
#include <string>

namespace facegan {

// What went wrong, in the terms of the exit codes.
enum class ErrorKind {
  usage = 2,       // command line, configuration, no such device
  data = 3,        // data set missing or unreadable
  checkpoint = 4,  // no run, damaged or foreign checkpoint
  numeric = 5,     // training diverged
  io = 6,          // disk full, no permission to write
  rank = 7,        // another process of the same training has ended or is silent
  internal = 70,   // a fault of facegan's own
  memory = 71,     // out of memory
};

// The message says what, where, the offending value and what to do, without a line break.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace facegan
