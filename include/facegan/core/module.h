#pragma once
// Modules: libraries of facegan's own that are loaded only when they are needed.

namespace facegan::core {

// The symbol of a module (libfacegan_X.so) in the program's folder, or in lib or ../lib of that. It stays loaded.
// nullptr when the module is not there or cannot be loaded.
void* module_symbol(const char* module_file, const char* symbol);

}  // namespace facegan::core
