#pragma once
// What the fuzzers feed: one function per reader. It gives the reader any bytes and ends the program when
// an error is of a kind that the reader has no right to, or when what was accepted contradicts itself.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;  // also of the folder in corpus/
  void (*run)(const std::string& input);
};
const std::vector<Target>& targets();

// Once, before the first input: no log lines, temporary files in memory.
void prepare();

}  // namespace fuzz
