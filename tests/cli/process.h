#pragma once
// Starts the real program and waits for its end.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// The program of this build, or of the environment's FACEGAN_PROGRAM: the tests, too, may have been taken to
// another machine.
std::string tested_program();

struct Call {
  std::vector<std::string> arguments;
  std::filesystem::path folder;               // where it runs
  std::vector<std::string> environment = {};  // "NAME=value", on top of a clean one
  std::string standard_output = {};           // a file to open for it; "-": closed; "": captured
  std::string signal_at = {};                 // once standard error has shown this text ...
  int signal = 0;                             // ... this signal is sent
  std::string program = tested_program();
  int columns = 0;     // > 0: standard error is a terminal, xterm, of this width (its line ends are CR LF)
  bool stuck = false;  // nothing takes what comes on standard error: the pipe is full, the terminal stopped
};

struct Outcome {
  int exit_code = 0;             // -N: ended by signal N
  std::uint64_t peak_bytes = 0;  // of resident memory
  std::string out, err;
};

// Error lines of a hung program end in an exit code of -9: it is killed after a minute without a word.
// Standard error is a small pipe: the program runs at most 4 KiB of text ahead of signal_at, so that a
// signal always finds it at work.
Outcome run(const Call& call);
