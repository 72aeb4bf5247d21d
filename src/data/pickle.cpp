// Opcodes: pickletools.py of CPython 3.13. What torch.save writes: torch/serialization.py, torch/_utils.py.
#include "data/pickle.h"

#include <bit>
#include <map>
#include <set>

#include "data/pickle_values.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;
using pickled::Kind;
using pickled::refuse;
using pickled::Value;
using Reference = pickled::Reference;

constexpr std::size_t kMaxOperations = 1'000'000, kMaxStack = 200'000, kMaxNesting = 100;
constexpr std::uint64_t kNewestProtocol = 5;

class Machine {
 public:
  explicit Machine(std::string_view pickle) : rest_(pickle) {}

  // The value that the pickle makes, among all().
  Reference run() {
    if (rest_.size() > kMaxPickleBytes)
      refuse(str("it has ", core::human_bytes(rest_.size()), ", more than the ",
                 core::human_bytes(kMaxPickleBytes), " allowed"));
    for (std::size_t done = 0;; ++done) {
      if (done == kMaxOperations) refuse(str("it has more than ", kMaxOperations, " instructions"));
      const char opcode = take(1)[0];
      if (opcode == '.') break;
      if (!constant(opcode) && !container(opcode)) step(opcode);
      if (stack_.size() > kMaxStack) refuse("too much lies on its stack");
    }
    if (stack_.size() != 1 || !marks_.empty()) damaged();
    if (!rest_.empty()) refuse("something lies behind its end");
    return stack_.back();
  }
  const pickled::Values& all() const { return values_; }

 private:
  [[noreturn]] static void damaged() { refuse("it is damaged"); }

  // ---- the text of the program ----------------------------------------------------------------

  std::string_view take(std::uint64_t bytes) {
    if (bytes > rest_.size()) refuse("it ends too early");
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::uint64_t number(int bytes) {
    const auto text = take(static_cast<std::uint64_t>(bytes));
    std::uint64_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
    return value;
  }
  std::string_view line() {
    const auto end = rest_.find('\n');
    if (end == rest_.npos) refuse("it ends too early");
    const auto text = take(end);
    take(1);
    return text;
  }
  // A whole number of any length, of which only small ones are numbers here.
  Value long_number(std::uint64_t bytes) {
    const auto text = take(bytes);
    if (bytes > 8) return {Kind::other};
    std::uint64_t value = bytes > 0 && text.back() < 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = text.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
    return {Kind::integer, static_cast<std::int64_t>(value)};
  }

  // ---- stack and memo -------------------------------------------------------------------------

  void push(Value value) {
    values_.push_back(std::move(value));
    stack_.push_back(static_cast<Reference>(values_.size() - 1));
  }
  // Nothing below the topmost mark is taken.
  std::vector<Reference> pop(std::size_t count) {
    if (count > stack_.size() - (marks_.empty() ? 0 : marks_.back())) damaged();
    const auto begin = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<Reference> taken(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    return taken;
  }
  std::vector<Reference> pop_to_mark() {
    if (marks_.empty()) damaged();
    auto taken = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return taken;
  }
  Reference top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged();
    return stack_.back();
  }
  Value& value(Reference reference) { return values_[reference]; }
  Value& container_on_top(Kind kind) {
    Value& found = value(top());
    if (found.kind != kind) damaged();
    return found;
  }

  void remember(std::uint64_t as) { memo_[as] = top(); }
  void recall(std::uint64_t as) {
    const auto found = memo_.find(as);
    if (found == memo_.end()) damaged();
    stack_.push_back(found->second);
  }

  // ---- instructions ---------------------------------------------------------------------------

  bool constant(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case 'N':  // None
      case 0x88:
      case 0x89:  // True, False
        return push({Kind::other}), true;
      case 'G':  // a float
        return take(8), push({Kind::other}), true;
      case 'J':
        return push({Kind::integer, std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(number(4)))}),
               true;
      case 'K':
        return push({Kind::integer, static_cast<std::int64_t>(number(1))}), true;
      case 'M':
        return push({Kind::integer, static_cast<std::int64_t>(number(2))}), true;
      case 0x8a:
        return push(long_number(number(1))), true;
      case 0x8b:
        return push(long_number(number(4))), true;
      case 'X':
        return push({Kind::text, 0, std::string(take(number(4)))}), true;
      case 0x8c:
        return push({Kind::text, 0, std::string(take(number(1)))}), true;
      case 0x8d:
        return push({Kind::text, 0, std::string(take(number(8)))}), true;
      case 'C':  // bytes
        return take(number(1)), push({Kind::other}), true;
      case 'B':
        return take(number(4)), push({Kind::other}), true;
      default:
        return false;
    }
  }

  void push_tuple(std::vector<Reference> items) { push({Kind::tuple, 0, {}, std::move(items)}); }
  void append(std::vector<Reference> items) {
    Value& list = container_on_top(Kind::list);
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  void set(std::vector<Reference> pairs) {
    Value& dict = container_on_top(Kind::dict);
    if (pairs.size() % 2 != 0) damaged();
    dict.items.insert(dict.items.end(), pairs.begin(), pairs.end());
  }

  bool container(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case '(':
        if (marks_.size() == kMaxNesting) refuse(str("it is nested more than ", kMaxNesting, " deep"));
        return marks_.push_back(stack_.size()), true;
      case ')':
        return push_tuple({}), true;
      case 0x85:
      case 0x86:
      case 0x87:
        return push_tuple(pop(static_cast<unsigned char>(opcode) - 0x84u)), true;
      case 't':
        return push_tuple(pop_to_mark()), true;
      case ']':
        return push({Kind::list}), true;
      case 'a':
        return append(pop(1)), true;
      case 'e':
        return append(pop_to_mark()), true;
      case '}':
        return push({Kind::dict}), true;
      case 's':
        return set(pop(2)), true;
      case 'u':
        return set(pop_to_mark()), true;
      default:
        return false;
    }
  }

  void step(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case 0x80:
        if (const auto protocol = number(1); protocol < 2 || protocol > kNewestProtocol)
          refuse(str("it is of protocol ", protocol, "; 2 to 5 are read"));
        return;
      case 0x95:  // a frame: how much of the text to read at once
        number(8);
        return;
      case 'q':
        return remember(number(1));
      case 'r':
        return remember(number(4));
      case 0x94:
        return remember(memo_.size());
      case 'h':
        return recall(number(1));
      case 'j':
        return recall(number(4));
      case 'c': {
        const auto module = line(), name = line();
        return push(pickled::known_global(module, name));
      }
      case 0x93: {
        const auto names = pop(2);
        for (const Reference name : names)
          if (value(name).kind != Kind::text) damaged();
        return push(pickled::known_global(value(names[0]).text, value(names[1]).text));
      }
      case 'Q': {
        const Reference id = pop(1)[0];
        return push(pickled::storage_of(values_, id));
      }
      case 'R': {
        const auto call = pop(2);
        stack_.push_back(pickled::result_of(values_, call[0], call[1]));
        return;
      }
      case 'b': {  // attributes of a dict: the versions of a state_dict's modules
        const Reference attributes = pop(1)[0];
        if (container_on_top(Kind::dict); value(attributes).kind != Kind::dict) damaged();
        return;
      }
      default:
        refuse(str("it has the instruction ", static_cast<int>(static_cast<unsigned char>(opcode)),
                   ", which tensors do not need"));
    }
  }

  std::string_view rest_;
  pickled::Values values_;
  std::vector<Reference> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::map<std::uint64_t, Reference> memo_;
};

constexpr int kDeepest = 4;  // dicts in dicts
constexpr std::size_t kMaxTensors = 10'000, kMaxVisits = 1'000'000, kMaxName = 500;

// A dict may hold itself, or one dict a thousand times.
class Collector {
 public:
  explicit Collector(const pickled::Values& values) : values_(values) {}

  void add_all(Reference dict, const std::string& prefix, int depth) {
    const auto& items = values_[dict].items;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (++visits_ > kMaxVisits) refuse("its dicts hold each other too often");
      const Value &key = values_[items[i]], &value = values_[items[i + 1]];
      const bool is_dict = value.kind == Kind::dict && depth < kDeepest;
      if (key.kind != Kind::text || (value.kind != Kind::tensor && !is_dict)) continue;
      if (prefix.size() + key.text.size() > kMaxName)
        refuse(str("a name in it is longer than ", kMaxName, " bytes"));
      const std::string name = prefix + key.text;
      if (is_dict)
        add_all(items[i + 1], name + ".", depth + 1);
      else
        add(value, name);
    }
  }
  std::vector<PickledTensor> take() { return std::move(found_); }

 private:
  void add(const Value& tensor, const std::string& name) {
    if (!names_.insert(name).second) refuse(str("it has two tensors named '", core::printable(name), "'"));
    if (found_.size() == kMaxTensors) refuse(str("it has more than ", kMaxTensors, " tensors"));
    found_.push_back(pickled::tensor_of(values_, tensor, name));
  }

  const pickled::Values& values_;
  std::vector<PickledTensor> found_;
  std::set<std::string> names_;
  std::size_t visits_ = 0;
};

}  // namespace

std::vector<PickledTensor> unpickle_tensors(std::string_view pickle) {
  Machine machine(pickle);
  const Reference root = machine.run();
  if (machine.all()[root].kind != Kind::dict) refuse("it holds no dict of tensors; save a state_dict()");
  Collector collector(machine.all());
  collector.add_all(root, "", 1);
  return collector.take();
}

}  // namespace facegan::data
