// A libcuda.so.1 that says what the test wants: FAKE_CUDA (the version, 12040), FAKE_GPUS and FAKE_ERROR.
#include <cstdlib>
#include <cstring>

namespace {

int number(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : 0;
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
  return number("FAKE_ERROR");
}

int cuDriverGetVersion(int* version) {
  *version = number("FAKE_CUDA");
  return 0;
}

int cuDeviceGetCount(int* count) {
  *count = number("FAKE_GPUS");
  return 0;
}

int cuDeviceGetName(char* name, int size, int) {
  std::strncpy(name, "Fake GPU", static_cast<std::size_t>(size));
  return 0;
}

int cuDeviceGetAttribute(int* value, int, int) {
  *value = 9;
  return 0;
}
}
