#include "facegan/data/pth.h"

#include <map>
#include <optional>

#include "data/foreign.h"
#include "data/pickle.h"
#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

constexpr std::uint64_t kMaxStorageBytes = std::uint64_t{2} << 30;
constexpr std::size_t kMaxEntries = 1'000'000;
constexpr std::uint64_t kMaxByteOrder = 16;  // "little"
constexpr const char* kPickle = "data.pkl";

constexpr const char* kConvert =
    "; write its tensors as safetensors: save_file({k: v.contiguous() for k, v in state.items()}, "
    "'x.safetensors') with state = ";

// Of any protocol that torch.save has written.
bool is_bare_pickle(std::string_view head) {
  return head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

// The numbers of a view, one after the other.
std::string gathered(const std::string& storage, const PickledTensor& tensor, std::size_t width) {
  std::uint64_t count = 1;
  for (const std::int64_t side : tensor.shape) count *= static_cast<std::uint64_t>(side);
  std::string out(count * width, '\0');
  std::vector<std::int64_t> at(tensor.shape.size());
  std::int64_t from = tensor.offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    out.replace(i * width, width, storage, static_cast<std::size_t>(from) * width, width);
    for (std::size_t d = at.size(); d-- > 0;) {
      from += tensor.strides[d];
      if (++at[d] < tensor.shape[d]) break;
      from -= tensor.strides[d] * at[d];
      at[d] = 0;
    }
  }
  return out;
}

}  // namespace

struct PthFile::State {
  std::filesystem::path path;
  std::unique_ptr<Source> zip;
  std::map<std::string, std::size_t, std::less<>> entries;
  std::string folder;  // that all is in: "" or "archive/"
  std::vector<PickledTensor> pickled;
  std::vector<PthTensor> tensors;
  std::string last_key, last_bytes;  // storages are shared: the one that was read last

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::checkpoint, str(core::printable(path.string()), " cannot be read: ", why));
  }
  // What readers of data sets throw as data is no checkpoint here; what may pass by itself stays as it is.
  template <class Call>
  auto guarded(const std::string& what, const Call& call) const {
    try {
      return call();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::checkpoint) throw;
      if (what.empty()) throw Error(ErrorKind::checkpoint, error.what());  // it names the file itself
      refuse(str(what, ": ", error.what()));
    }
  }
  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = entries.find(folder + name);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  std::string read(std::size_t entry, const std::string& name, std::uint64_t most_bytes) const {
    if (zip->stored_size(entry) > most_bytes)
      refuse(str(name, " has ", core::human_bytes(zip->stored_size(entry)), ", more than the ",
                 core::human_bytes(most_bytes), " allowed"));
    return guarded(name, [&] { return zip->read(entry); });
  }

  void open();
  void find_folder();
  void check_storage(const PickledTensor& tensor) const;
};

void PthFile::State::open() {
  const std::string head = guarded("", [&] { return head_of(path); });
  if (is_bare_pickle(head))
    refuse(str("it is a file of torch.save of before PyTorch 1.6", kConvert,
               "torch.load(FILE, weights_only=True)"));
  if (!head.starts_with("PK")) refuse("it is no zip, as files of torch.save are");
  zip = guarded("", [&] {
    return open_zip_source(
        path, [](std::string_view) { return true; }, kMaxStorageBytes);
  });
  if (zip->size() > kMaxEntries)
    refuse(str("it has ", zip->size(), " entries, more than the ", kMaxEntries, " allowed"));
  for (std::size_t i = 0; i < zip->size(); ++i) entries.emplace(zip->name(i), i);
  find_folder();
  if (find("constants.pkl"))
    refuse(str("it is a program of TorchScript", kConvert, "torch.jit.load(FILE).state_dict()"));
  if (const auto order = find("byteorder"))
    if (const std::string text = read(*order, "byteorder", kMaxByteOrder); text != "little")
      refuse(str("its numbers are '", core::printable(text), "'-endian; only little-endian ones are read"));
  pickled =
      guarded(kPickle, [&] { return unpickle_tensors(read(*find(kPickle), kPickle, kMaxPickleBytes)); });
  for (const PickledTensor& tensor : pickled) {
    check_storage(tensor);
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
  }
}

void PthFile::State::find_folder() {
  bool found = false;
  for (const auto& [name, entry] : entries) {
    if (name != kPickle && !name.ends_with(str("/", kPickle))) continue;
    if (found) refuse(str("it has more than one ", kPickle));
    found = true;
    folder = name.substr(0, name.size() - std::string_view(kPickle).size());
  }
  if (!found) refuse(str("it is a zip, but not of torch.save: it has no ", kPickle));
}

void PthFile::State::check_storage(const PickledTensor& tensor) const {
  const auto entry = find("data/" + tensor.storage);
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(tensor.numbers) * core::dtype_bytes(tensor.dtype);  // bounded by the pickle
  if (!entry || zip->stored_size(*entry) != bytes)
    refuse(str("the storage of tensor '", core::printable(tensor.name), "' should have ", bytes,
               " bytes and ", entry ? str("has ", zip->stored_size(*entry)) : "is not there"));
}

PthFile::PthFile(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->open();
}

PthFile::~PthFile() = default;

const std::vector<PthTensor>& PthFile::tensors() const {
  return state_->tensors;
}

std::string PthFile::bytes(std::size_t i) const {
  const PickledTensor& tensor = state_->pickled[i];
  if (state_->last_bytes.empty() || state_->last_key != tensor.storage) {
    state_->last_bytes = state_->read(*state_->find("data/" + tensor.storage),
                                      str("tensor '", core::printable(tensor.name), "'"), kMaxStorageBytes);
    state_->last_key = tensor.storage;
  }
  return gathered(state_->last_bytes, tensor, core::dtype_bytes(tensor.dtype));
}

// A safetensors file begins with a length, whose lowest bytes may be any.
bool looks_like_pth(std::string_view first_bytes) {
  const bool is_safetensors = first_bytes.size() > 8 && first_bytes[8] == '{';
  return !is_safetensors && (first_bytes.starts_with("PK") || is_bare_pickle(first_bytes));
}

}  // namespace facegan::data
