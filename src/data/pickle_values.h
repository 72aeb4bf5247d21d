#pragma once
// What a pickle of tensors is made of. Values refer to each other by number, in circles too, so nothing here
// follows them without end.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/pickle.h"

namespace facegan::data::pickled {

// other: what no tensor needs: None, floats, bytes.
enum class Kind : std::uint8_t { other, integer, text, tuple, list, dict, global, storage, tensor };
using Reference = std::uint32_t;

struct Value {
  Kind kind = Kind::other;
  std::int64_t number = 0;  // an integer; the offset of a tensor; the numbers of a storage
  std::string text;         // a text; the name of a global; the key of a storage
  // Of tuples and lists; of a dict keys and values in turn; of a storage its type; of a tensor the storage,
  // its sizes and its strides.
  std::vector<Reference> items;
};
using Values = std::vector<Value>;

[[noreturn]] void refuse(const std::string& why);  // Error(checkpoint)

// A global of the closed list; any other is refused by its name.
Value known_global(std::string_view module, std::string_view name);
// Of a persistent id: ('storage', a type, key, device, numbers).
Value storage_of(const Values& values, Reference id);
// What calling a global gives: a new dict, a tensor, or what a Parameter is of.
Reference result_of(Values& values, Reference global, Reference arguments);
// Its numbers are no more than what the storage is said to have, and lie in it.
PickledTensor tensor_of(const Values& values, const Value& tensor, const std::string& name);

}  // namespace facegan::data::pickled
