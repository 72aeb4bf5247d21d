#include "app/waiting.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace facegan::app {

void let_waiting_threads_sleep() {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  std::ostringstream command_line;  // the arguments, each ended by a zero byte
  command_line << std::ifstream("/proc/self/cmdline", std::ios::binary).rdbuf();
  std::string bytes = command_line.str();
  std::vector<char*> arguments;
  for (std::size_t at = 0; at < bytes.size(); at = bytes.find('\0', at) + 1) arguments.push_back(bytes.data() + at);
  if (bytes.empty() || bytes.back() != '\0') return;
  arguments.push_back(nullptr);
  setenv("OMP_WAIT_POLICY", "passive", 1);
  execv("/proc/self/exe", arguments.data());  // when it fails, all goes on as it was
}

}  // namespace facegan::app
