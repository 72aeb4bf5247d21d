#include "data/pickle_values.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"

namespace facegan::data::pickled {
namespace {

using core::str;

constexpr std::size_t kMaxDimensions = 8;
constexpr std::int64_t kMaxNumbers = std::int64_t{1} << 40;

constexpr const char *kOrderedDict = "collections.OrderedDict", *kTensor = "torch._utils._rebuild_tensor_v2",
                     *kParameter = "torch._utils._rebuild_parameter";

// Of storages: what of it is numbers of which kind. Only floats become weights.
const std::map<std::string, const char*, std::less<>>& storage_types() {
  static const std::map<std::string, const char*, std::less<>> all = {
      {"torch.FloatStorage", "F32"},     {"torch.DoubleStorage", "F64"},        {"torch.HalfStorage", "F16"},
      {"torch.BFloat16Storage", "BF16"}, {"torch.LongStorage", "I64"},          {"torch.IntStorage", "I32"},
      {"torch.ShortStorage", "I16"},     {"torch.CharStorage", "I8"},           {"torch.ByteStorage", "U8"},
      {"torch.BoolStorage", "BOOL"},     {"torch.storage.UntypedStorage", "U8"}};
  return all;
}

[[noreturn]] void damaged(const char* what) {
  refuse(str("it is damaged: ", what, " is none"));
}

std::vector<std::int64_t> integers(const Values& values, Reference tuple) {
  if (values[tuple].kind != Kind::tuple || values[tuple].items.size() > kMaxDimensions)
    damaged("a tensor's shape");
  std::vector<std::int64_t> numbers;
  for (const Reference item : values[tuple].items) {
    const Value& number = values[item];
    if (number.kind != Kind::integer || number.number < 0 || number.number > kMaxNumbers)
      damaged("a tensor's shape");
    numbers.push_back(number.number);
  }
  return numbers;
}

}  // namespace

void refuse(const std::string& why) {
  throw Error(ErrorKind::checkpoint, why);
}

Value known_global(std::string_view module, std::string_view name) {
  std::string whole = str(module, ".", name);
  if (whole != kOrderedDict && whole != kTensor && whole != kParameter && !storage_types().contains(whole))
    refuse(str("it holds ", core::printable(whole),
               ", which is no tensor; save the state_dict() alone: torch.save(net.state_dict(), FILE)"));
  return {Kind::global, 0, std::move(whole)};
}

Value storage_of(const Values& values, Reference id) {
  const Value& tuple = values[id];
  if (tuple.kind != Kind::tuple || tuple.items.size() != 5) damaged("a storage");
  const auto part = [&](std::size_t i) -> const Value& { return values[tuple.items[i]]; };
  if (part(0).kind != Kind::text || part(0).text != "storage" || part(1).kind != Kind::global ||
      !storage_types().contains(part(1).text) || part(2).kind != Kind::text ||
      part(4).kind != Kind::integer || part(4).number < 0 || part(4).number > kMaxNumbers)
    damaged("a storage");
  return {Kind::storage, part(4).number, part(2).text, {tuple.items[1]}};
}

Reference result_of(Values& values, Reference global, Reference arguments) {
  if (values[global].kind != Kind::global || values[arguments].kind != Kind::tuple) damaged("a call");
  const std::string& name = values[global].text;
  const std::vector<Reference>& given = values[arguments].items;
  Value made;
  if (name == kOrderedDict && given.empty()) {
    made = {Kind::dict};
  } else if (name == kParameter && given.size() == 3 && values[given[0]].kind == Kind::tensor) {
    return given[0];
  } else if (name == kTensor && (given.size() == 6 || given.size() == 7) &&
             values[given[0]].kind == Kind::storage && values[given[1]].kind == Kind::integer) {
    made = {Kind::tensor, values[given[1]].number, {}, {given[0], given[2], given[3]}};
  } else {
    damaged("a call");
  }
  values.push_back(std::move(made));
  return static_cast<Reference>(values.size() - 1);
}

PickledTensor tensor_of(const Values& values, const Value& tensor, const std::string& name) {
  const Value& storage = values[tensor.items[0]];
  PickledTensor out{.name = name,
                    .storage = storage.text,
                    .dtype = storage_types().find(values[storage.items[0]].text)->second,
                    .numbers = storage.number,
                    .offset = tensor.number,
                    .shape = integers(values, tensor.items[1]),
                    .strides = integers(values, tensor.items[2])};
  const std::string shown = core::printable(name);
  if (out.shape.size() != out.strides.size()) damaged("a tensor's shape");
  std::int64_t count = 1, last = out.offset;
  for (std::size_t d = 0; d < out.shape.size(); ++d) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(count, out.shape[d], &count) ||
        __builtin_mul_overflow(std::max<std::int64_t>(out.shape[d] - 1, 0), out.strides[d], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      refuse(str("tensor '", shown, "' claims too many numbers"));
  }
  if (out.offset < 0 || (count > 0 && last >= out.numbers))
    refuse(str("tensor '", shown, "' reaches beyond its storage of ", out.numbers, " numbers"));
  if (count > out.numbers) refuse(str("tensor '", shown, "' repeats its numbers; save it as .contiguous()"));
  return out;
}

}  // namespace facegan::data::pickled
