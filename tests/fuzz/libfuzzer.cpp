// One fuzzer: FACEGAN_FUZZ_TARGET names its function.
#include <cstring>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Target target = [] {
    fuzz::prepare();
    for (const fuzz::Target& known : fuzz::targets())
      if (std::strcmp(known.name, FACEGAN_FUZZ_TARGET) == 0) return known;
    std::abort();
  }();
  target.run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
