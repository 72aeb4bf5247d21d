#include "data/mnist_files.h"

#include <algorithm>
#include <set>

#include "data/scratch.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/machine/memory.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;
using Names = std::vector<std::string>;

// Of a file that is read as a whole: a csv, and what lies in a zip (EMNIST's byclass has 548 MB of pictures).
std::uint64_t most_bytes() {
  return std::min(std::uint64_t{2} << 30, machine::usable_memory_bytes() / 4);
}

bool is_idx(const std::string& file, const char* form) {
  return file.ends_with(str(form, "-ubyte")) || file.ends_with(str(form, "-ubyte.gz"));
}

bool is_wanted(std::string_view name) {
  const std::string file = base_name(std::string(name));
  if (file.starts_with("._") || !passed_over_folder(name).empty()) return false;
  return is_idx(file, "idx3") || is_idx(file, "idx1") || suffix_of(file) == ".csv" ||
         suffix_of(file) == ".npz";
}

template <class Test>
Names those(const Names& names, const Test& test) {
  Names out;
  std::copy_if(names.begin(), names.end(), std::back_inserter(out),
               [&](const std::string& name) { return test(base_name(name)); });
  return out;
}

// Not t10k, test, sample_submission.
bool is_for_training(const std::string& file) {
  return core::lower_case(file).find("train") != file.npos;
}

std::string without_gz(const std::string& name) {
  return name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
}

bool replace_last(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.rfind(from);
  if (at != text.npos) text.replace(at, from.size(), to);
  return at != text.npos;
}

// One of these, plain before packed; those for training where there are others. "" = none.
std::string one_of(const MnistFiles& files, Names names, const char* kind) {
  if (const Names training = those(names, is_for_training); !training.empty()) names = training;
  std::set<std::string> different;
  for (const std::string& name : names) different.insert(without_gz(base_name(name)));
  if (different.size() > 1)
    throw Error(ErrorKind::data,
                str("more than one ", kind, " file in ", files.shown(""),
                    " and none is train-images: name one of ", core::printable(base_name(names[0])), ", ",
                    core::printable(base_name(names[1])), " with --data"));
  return names.empty() ? "" : names[0];
}

// "letters, digits": the sets of EMNIST that there are.
std::set<std::string> sets_of(const Names& names) {
  std::set<std::string> sets;
  for (const std::string& name : names)
    if (const std::string set = emnist_set(name); !set.empty()) sets.insert(set);
  return sets;
}

std::string of_emnist(const MnistFiles& files, const std::string& set) {
  for (const char* suffix : {"-train-images-idx3-ubyte", "-train-images-idx3-ubyte.gz", "-train.csv"})
    for (const std::string& name : files.names())
      if (base_name(name) == str("emnist-", set, suffix)) return name;
  return "";
}

}  // namespace

MnistFiles::MnistFiles(const fs::path& place) : place_(place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) {
    zip_ = open_zip_source(place, is_wanted, most_bytes());
    for (std::size_t i = 0; i < zip_->size(); ++i) names_.emplace_back(zip_->name(i));
    return;
  }
  for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code broken;
    if (is_wanted(name) && !it->is_directory(broken)) names_.push_back(name);
  }
  if (error)
    throw Error(ErrorKind::data,
                str("cannot list the folder ", core::printable(place.string()), ": ", error.message()));
  std::sort(names_.begin(), names_.end());
}

bool MnistFiles::has(const std::string& name) const {
  return std::binary_search(names_.begin(), names_.end(), name);
}

std::string MnistFiles::shown(const std::string& name) const {
  if (name.empty()) return core::printable(place_.string());
  return core::printable(zip_ ? place_.string() + "/" + zip_->shared() + name : (place_ / name).string());
}

std::string MnistFiles::bytes(const std::string& name) const {
  if (!zip_) return core::read_file(place_ / name, most_bytes(), ErrorKind::data);
  const auto at =
      static_cast<std::size_t>(std::lower_bound(names_.begin(), names_.end(), name) - names_.begin());
  try {
    return zip_->read(at);
  } catch (const Error& error) {
    throw Error(error.kind(), str(shown(name), ": ", error.what()));
  }
}

IdxFile MnistFiles::idx(const std::string& name) const {
  if (!zip_) return IdxFile(place_ / name);
  const std::string stored = bytes(name);
  const Scratch scratch = make_scratch();
  core::write_all(scratch.fd.get(), stored.data(), stored.size(), scratch.folder);
  return IdxFile(scratch.fd, shown(name));
}

std::unique_ptr<Source> MnistFiles::npz(const std::string& name) const {
  const auto is_array = [](std::string_view entry) { return entry.ends_with(".npy"); };
  if (!zip_) return open_zip_source(place_ / name, is_array);
  const std::string stored = bytes(name);
  Scratch scratch = make_scratch();
  core::write_all(scratch.fd.get(), stored.data(), stored.size(), scratch.folder);
  return open_zip_source(std::move(scratch.fd), shown(name), is_array);
}

std::string base_name(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

std::string emnist_set(const std::string& name) {
  const std::string file = base_name(name);
  if (!file.starts_with("emnist-")) return "";
  const auto end = file.find('-', 7);
  return end == file.npos ? "" : file.substr(7, end - 7);
}

std::string training_pictures(const MnistFiles& files, const std::string& mnist_set) {
  const Names& names = files.names();
  if (mnist_set != "auto") {
    const std::string name = of_emnist(files, mnist_set);
    if (!name.empty()) return name;
    if (const auto sets = sets_of(names); !sets.empty())
      throw Error(ErrorKind::data,
                  str("no emnist-", mnist_set, "-train-images-idx3-ubyte in ", files.shown(""),
                      "; its sets are ", core::printable(core::join({sets.begin(), sets.end()}, ", "))));
    if (mnist_set != "mnist") return "";
  }
  // The plain file comes before its .gz; of one that is there twice the copy with labels beside it.
  std::string without_labels;
  for (const char* start : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"})
    for (const std::string& name : names) {
      if (!base_name(name).starts_with(start)) continue;
      if (!labels_beside(files, name).empty()) return name;
      if (without_labels.empty()) without_labels = name;
    }
  if (!without_labels.empty()) return without_labels;
  const auto sets = sets_of(names);
  if (sets.size() > 1)
    throw Error(ErrorKind::data,
                str(files.shown(""), " holds several sets of EMNIST: name one with --mnist-set (",
                    core::printable(core::join({sets.begin(), sets.end()}, ", ")), ")"));
  if (sets.size() == 1)
    if (std::string only = of_emnist(files, *sets.begin()); !only.empty()) return only;
  if (const Names idx = those(names, [](const auto& file) { return is_idx(file, "idx3"); }); !idx.empty())
    return one_of(files, idx, "idx3-ubyte");
  // Kuzushiji's npz files of labels hold no pictures.
  const Names npz = those(
      names, [](const auto& file) { return file.ends_with(".npz") && file.find("labels") == file.npos; });
  if (npz.empty()) return "";
  return std::find(npz.begin(), npz.end(), "mnist.npz") != npz.end() ? "mnist.npz"
                                                                     : one_of(files, npz, "npz");
}

std::string training_csv(const MnistFiles& files) {
  const Names csv = those(files.names(), [](const auto& file) { return suffix_of(file) == ".csv"; });
  if (std::find(csv.begin(), csv.end(), "train.csv") != csv.end()) return "train.csv";
  return one_of(files, csv, "csv");
}

std::string npz_of_labels(std::string file) {
  return replace_last(file, "imgs", "labels") || replace_last(file, "images", "labels") ? file : "";
}

std::string labels_beside(const MnistFiles& files, const std::string& pictures) {
  std::string file = base_name(pictures);
  const std::string folder = pictures.substr(0, pictures.size() - file.size());
  if (file.ends_with(".npz")) {
    const std::string labels = npz_of_labels(file);
    return !labels.empty() && files.has(folder + labels) ? folder + labels : "";
  }
  if (!replace_last(file, "idx3", "idx1") || !replace_last(file, "images", "labels")) return "";
  for (const std::string& candidate : {without_gz(file), without_gz(file) + ".gz"})
    if (files.has(folder + candidate)) return folder + candidate;
  return "";
}

}  // namespace facegan::data
