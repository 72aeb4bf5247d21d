// Small grey pictures of handwritten characters and the like: MNIST, Fashion-MNIST, EMNIST and others, in the
// forms and folders that their sites, torchvision, Keras and Kaggle have them in.
#include <algorithm>

#include "data/foreign.h"
#include "data/members.h"
#include "data/mnist_sets.h"
#include "data/pictures.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"

namespace facegan::data {
namespace {

constexpr const char* kLayout =
    "get MNIST from http://yann.lecun.com/exdb/mnist and put train-images-idx3-ubyte (or the same as .gz) "
    "into "
    "data/mnist, or name its place with --data; torchvision's MNIST/raw, Keras' mnist.npz, Kaggle's "
    "train.csv, "
    "folders 0 to 9 of pictures, EMNIST, Fashion-MNIST and other idx files of that form work too";

namespace fs = std::filesystem;
using core::str;

// Digits as picture files: the folder that a picture is in is its label.
class DigitFolders : public Dataset {
 public:
  explicit DigitFolders(std::unique_ptr<Dataset> set) : set_(std::move(set)) {}

  std::size_t size() const override { return set_->size(); }
  std::string name(std::size_t i) const override { return set_->name(i); }
  std::string name_inside(std::size_t i) const override { return set_->name_inside(i); }
  image::Image get(std::size_t i) const override { return set_->get(i); }
  image::Facts original(std::size_t i) const override { return set_->original(i); }
  std::string encoded(std::size_t i) const override { return set_->encoded(i); }
  std::uint64_t stored_size(std::size_t i) const override { return set_->stored_size(i); }
  std::string identity(std::size_t i) const override { return set_->identity(i); }
  std::uint64_t stamp(std::size_t i) const override { return set_->stamp(i); }
  fs::path place() const override { return set_->place(); }
  const LeftOut* left_out() const override { return set_->left_out(); }
  int label(std::size_t i) const override {
    if (const int digit = digit_of(name(i)); digit >= 0) return digit;
    throw Error(ErrorKind::data, str("no labels for --condition digit: ", core::printable(name(i)),
                                     " is in none of the folders 0 to 9"));
  }

  // Of the innermost folder with such a name, -1 = none.
  static int digit_of(const std::string& name) {
    for (std::size_t end = name.rfind('/'); end != name.npos && end > 0; end = name.rfind('/', end - 1)) {
      const std::size_t begin = name.rfind('/', end - 1) + 1;  // npos + 1 = 0
      if (end - begin == 1 && name[begin] >= '0' && name[begin] <= '9') return name[begin] - '0';
    }
    return -1;
  }

 private:
  std::unique_ptr<Dataset> set_;
};

// "training/7/1.png", "MNIST - JPG - training/7/1.jpg"; not Kaggle's trainingSample, which is a part of it
// again.
bool is_for_training(const std::string& name) {
  const std::string folders = core::lower_case(name.substr(0, name.rfind('/') + 1));
  return folders.find("train") != folders.npos && folders.find("trainingsample") == folders.npos;
}

// Pictures in folders of digits; where some are for training, these. nullptr: there are none.
std::unique_ptr<Dataset> open_digit_pictures(const DatasetOptions& options, const fs::path& path) {
  DatasetOptions there = options;
  there.path = path;
  auto set = open_pictures(there);
  const auto any = [&](const auto& test) {
    for (std::size_t i = 0; i < set->size(); ++i)
      if (test(set->name(i))) return true;
    return false;
  };
  if (!any([](const std::string& name) { return DigitFolders::digit_of(name) >= 0; })) return nullptr;
  if (any(is_for_training)) {
    const Dataset& all = *set;
    set = selected(std::move(set), [&](std::size_t i) { return is_for_training(all.name(i)); });
  }
  return std::make_unique<DigitFolders>(std::move(set));
}

// EMNIST's sets are no csv files here.
bool may_be_csv(const DatasetOptions& options) {
  return options.mnist_set == "auto" || options.mnist_set == "mnist";
}

void say_where(const DatasetOptions& options, const std::string& shown) {
  tell_once(core::LogLevel::info, str("--data ", core::printable(options.path.string()), ": using ", shown));
}

std::unique_ptr<Dataset> open_set(const DatasetOptions& options, const MnistFiles& files,
                                  const std::string& name) {
  const std::string set = emnist_set(name);
  if (options.mnist_set != "auto" && !set.empty() && set != options.mnist_set)
    throw Error(ErrorKind::data, str(files.shown(name), " is EMNIST's set ", core::printable(set),
                                     ", not --mnist-set ", options.mnist_set));
  return open_grey_set(read_set(files, name), options);
}

// A file that --data names, or an archive in a folder that it names.
std::unique_ptr<Dataset> open_file(const DatasetOptions& options, const fs::path& path) {
  const std::string head = head_of(path), name = path.filename().string();
  refuse_foreign(path, head);
  if (is_tar_name(core::lower_case(name))) {
    if (auto set = open_digit_pictures(options, path)) return set;
    throw_missing(options, str("no pictures in folders 0 to 9 in ", core::printable(path.string())));
  }
  if (!head.starts_with("PK") || suffix_of(name) == ".npz")
    return open_set(options, MnistFiles(path.has_parent_path() ? path.parent_path() : "."), name);
  const MnistFiles files(path);
  std::string pictures = training_pictures(files, options.mnist_set);
  if (pictures.empty() && open_zip_source(path)->size() > 0)
    if (auto set = open_digit_pictures(options, path)) return set;
  if (pictures.empty() && may_be_csv(options)) pictures = training_csv(files);
  if (pictures.empty())
    throw_missing(options,
                  str("no idx or csv file, and no pictures in folders 0 to 9, in ", files.shown(""),
                      files.left_out()->text().empty() ? "" : " (it holds ", files.left_out()->text(),
                      files.left_out()->text().empty() ? "" : "; unpack what is packed)"));
  say_where(options, files.shown(pictures));
  return open_set(options, files, pictures);
}

// The pictures in the first of the folders that has what `find` finds; nullptr: none has.
template <class Find>
std::unique_ptr<Dataset> open_inside(const DatasetOptions& options, const Find& find) {
  // The folders of torchvision (below what it calls root) and of EMNIST's gzip.zip.
  for (const char* inside : {"", "raw", "MNIST/raw", "mnist", "MNIST", "FashionMNIST/raw", "KMNIST/raw",
                             "EMNIST/raw", "EMNIST/raw/gzip", "EMNIST", "gzip"}) {
    const fs::path folder = *inside ? options.path / inside : options.path;
    std::error_code error;
    if (!fs::is_directory(folder, error)) continue;
    const MnistFiles files(folder);
    const std::string pictures = find(files);
    if (pictures.empty()) continue;
    refuse_foreign(files.path(pictures), head_of(files.path(pictures)));
    if (*inside) say_where(options, files.shown(pictures));
    return open_set(options, files, pictures);
  }
  return nullptr;
}

std::unique_ptr<Dataset> open_folder(const DatasetOptions& options) {
  if (auto set = open_inside(
          options, [&](const MnistFiles& files) { return training_pictures(files, options.mnist_set); }))
    return set;
  const auto source = open_source(options.path);
  refuse_shards(options.path, source->left_out());
  if (source->size() > 0 && options.mnist_set == "auto")
    if (auto set = open_digit_pictures(options, options.path)) return set;
  if (may_be_csv(options))
    if (auto set = open_inside(options, training_csv)) return set;
  if (source->size() == 0)
    if (const fs::path archive = only_archive(options.path); !archive.empty())
      return open_file(options, archive);
  const std::string place = core::printable(options.path.string());
  if (options.mnist_set != "auto")
    throw_missing(options,
                  str("no emnist-", options.mnist_set, "-train-images-idx3-ubyte (or .gz) in ", place));
  const std::string holds = source->size() > 0 ? str(source->size(), " pictures") : source->left_out().text();
  throw_missing(options, str("no *idx3-ubyte, npz or csv file, and no folders 0 to 9, in ", place,
                             holds.empty() ? "" : " (it holds ", holds, holds.empty() ? "" : ")"));
}

}  // namespace

static ConditionTable mnist_conditions(const std::vector<std::string>&, const std::vector<std::string>&,
                                       const DatasetOptions& options, const Dataset& set) {
  const auto& facts = spec::find_mnist_set(options.mnist_set);
  const std::string classes = facts.classes;
  ConditionTable table;
  for (const char name : classes) table.names.emplace_back(1, name);
  table.rows.resize(set.size() * classes.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const int label = set.label(i) - facts.first;
    if (label < 0 || label >= static_cast<int>(classes.size()))
      throw Error(ErrorKind::data,
                  str("cannot use the labels of ", core::printable(set.name(i)), " and others: a label is ",
                      label + facts.first, ", none of ", facts.first, " to ",
                      facts.first + static_cast<int>(classes.size()) - 1,
                      "; if they are of EMNIST, name its set with --mnist-set"));
    table.rows[i * classes.size() + static_cast<std::size_t>(label)] = 1;
  }
  return table;
}

static std::unique_ptr<Dataset> open_mnist(const DatasetOptions& asked) {
  DatasetOptions options = asked;
  options.path = only_member(asked);
  std::error_code error;
  return fs::is_directory(options.path, error) ? open_folder(options) : open_file(options, options.path);
}

DatasetKind mnist_dataset() {
  return {"mnist", kLayout, "center", open_mnist, nullptr, nullptr, mnist_conditions};
}

}  // namespace facegan::data
