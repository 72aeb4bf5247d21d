#include "facegan/core/module.h"

#include <dlfcn.h>

#include <filesystem>

namespace facegan::core {

void* module_symbol(const char* module_file, const char* symbol) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (!own.is_absolute())
    return nullptr;  // no /proc, no modules: a relative path would be the current folder's
  void* module = nullptr;
  for (const auto& path : {own / module_file, own / "lib" / module_file, own / "../lib" / module_file})
    if (!module) module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  return module ? dlsym(module, symbol) : nullptr;
}

}  // namespace facegan::core
