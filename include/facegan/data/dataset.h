#pragma once
// A data set is size() and get(i); shuffling, batching, prefetching and caching are built around it.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/size.h"
#include "facegan/image/image.h"
#include "facegan/spec/filter.h"

namespace facegan::data {

// Files beside the pictures of a set that are no part of it.
struct LeftOut {
  std::map<std::string, std::uint64_t> kinds;   // ".heic": 400; "": without a suffix, or one too many
  std::map<std::string, std::uint64_t> hidden;  // pictures in folders such as .Trash-1000, by its name
  std::uint64_t unreadable = 0;                 // folders that cannot be listed ...
  std::vector<std::string> folders;             // ... "NAME: reason", the first of them
  std::uint64_t unusable = 0;                   // archives of several that cannot be used ...
  std::vector<std::string> archives;            // ... likewise

  void add(std::string_view name);  // of a file that is not taken for a picture
  void add_folder(const std::string& folder, const std::string& reason);
  void add_archive(const std::string& archive, const std::string& reason);
  // What another one counts; folder: of its archive, in front of the names of folders.
  void add(const LeftOut& other, const std::string& folder);
  std::string text() const;  // "400 .heic, 3 .txt, 12 in hidden folders (.Trash-1000)"; "" = nothing
  std::string unreadable_text() const;  // "1 folder that cannot be listed (b: Permission denied)"
  std::string unusable_text() const;    // "1 archive that cannot be used (b.zip: no pictures in it)"
};

// What a set is put together of, where --data names several; else nothing.
struct Parts {
  std::uint64_t archives = 0, folders = 0;

  std::uint64_t count() const { return archives + folders; }
  std::string text() const;  // "12 archives", "2 folders", "3 archives and 1 folder"
};

// get() and encoded() may be called from any number of threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::size_t size() const = 0;
  // Unique in the set, without the folders that all names share: "000001.jpg",
  // "AJ_Cook/AJ_Cook_0001.jpg", "train-images[17]". A folder, a zip and a tar of it give the same names.
  // Of several archives each name has that of its archive in front: "train-0001/000001.jpg".
  virtual std::string name(std::size_t index) const = 0;
  // The name in its archive, without the folders that all names of the set share.
  virtual std::string name_inside(std::size_t index) const { return name(index); }
  virtual Parts parts() const { return {}; }
  // Picture `index` as height x width x channels bytes. Error(data) "NAME: reason" when it is unusable.
  virtual image::Image get(std::size_t index) const = 0;
  // What is stored of picture `index`; no format and 0x0 for drawn ones. Error(data) as get().
  virtual image::Facts original(std::size_t) const { return {}; }
  // The stored bytes (of the file, of the idx record): for counting duplicates. Drawn faces:
  // seed and index.
  virtual std::string encoded(std::size_t index) const = 0;
  // At least as many bytes as encoded() will give and hold on the way, 0 = a few.
  virtual std::uint64_t stored_size(std::size_t) const { return 0; }
  // What tells picture `index` from others without decoding it: name and stored size, or all its bytes.
  virtual std::string identity(std::size_t index) const { return name(index) + '\n'; }
  // Another number after each change of the file of picture `index`; 0 = it has none.
  virtual std::uint64_t stamp(std::size_t) const { return 0; }
  // What the set is, for a resume to compare: a hash over the identities.
  virtual std::uint64_t fingerprint() const;
  // Whether get() is so cheap that keeping its bytes is not worth the memory (idx pictures of the right
  // size).
  virtual bool is_memory() const { return false; }
  // The class that the set's own files give picture `index`, -1 = they give none. Error(data) when what they
  // say cannot be read.
  virtual int label(std::size_t) const { return -1; }
  // The folder or archive that was opened, of several the folder that holds them all; "" = none.
  virtual std::filesystem::path place() const { return {}; }
  // What lies there beside the pictures; nullptr = nobody has looked.
  virtual const LeftOut* left_out() const { return nullptr; }
  // The set that this one is a part of as --hold-out divides it, and where its picture `index` is there:
  // what is decoded once serves all its parts.
  virtual const Dataset& whole() const { return *this; }
  virtual std::size_t in_whole(std::size_t index) const { return index; }
};

// Pictures that train, or that --hold-out keeps for measuring: those whose names, with the seed, have the
// lowest hashes.
enum class Part { train, held_out, all };

struct DatasetOptions {
  std::string dataset = "faces";  // a name of dataset_kinds()
  std::filesystem::path path;     // or a pattern; "" = data/DATASET below the current folder
  core::Size size = 64;           // pixels
  int channels = 3;
  std::string crop = "auto";       // auto = the kind's own
  std::string where;               // a spec::Filter, "" = all
  std::string mnist_set = "auto";  // a name of spec::mnist_sets()
  bool fail_on_bad = false;        // a folder that cannot be listed is Error(data)
  std::uint64_t limit = 0;         // the first so many of these, 0 = all
  std::string hold_out = "0";      // as --hold-out: how many of these are kept out of training
  Part part = Part::train;         // which of them
  std::uint64_t faces_count = 10000;
  std::uint64_t seed = 1;  // of the drawn faces, and of what is held out
};

DatasetOptions dataset_options(const config::Config& config);
// Where the pictures of a data set are looked for when no place is named.
std::filesystem::path usual_place(std::string_view dataset);

// Answers to the tests of a filter: sets holds[k] to whether test k holds for a picture. False when
// nothing is known of that picture.
using Answers = std::function<bool(std::size_t picture, std::vector<bool>& holds)>;
// Error(usage) when the filter asks for what the set does not have, Error(data) when what it has cannot
// be read.
using AnswersOf = Answers (*)(const DatasetOptions& options, const Dataset& set, const spec::Filter& filter);

// What a data set knows of its pictures beside their pixels.
struct Traits {
  struct Count {
    std::string name;
    std::uint64_t pictures = 0;
  };
  std::vector<Count> attributes;  // pictures that have each, in the order of the set's own list
  std::uint64_t unknown = 0;      // pictures that its list of attributes does not have
  std::vector<Count> people;      // with their photos, most photos first
};
// Of all pictures of `set`, which may be a selection. Error(data) when what it has cannot be read.
using TraitsOf = Traits (*)(const DatasetOptions& options, const Dataset& set);

// Of each picture of a set, what a condition says of it: classes 1 for its own, attributes 1 or -1.
struct ConditionTable {
  std::vector<std::string> names;  // of the numbers
  std::vector<signed char> rows;   // [pictures, names]; zeros for a picture of which nothing is known
};
// asked: the names of --condition; classes: those that are known already, none: as `set` has them.
// Error(usage) for what the data set does not have, Error(data) when what it has cannot be read.
using ConditionsOf = ConditionTable (*)(const std::vector<std::string>& asked,
                                        const std::vector<std::string>& classes,
                                        const DatasetOptions& options, const Dataset& set);

// The row of a data set, in its own source file; dataset.cpp lists them, spec/catalogue.h has their facts.
struct DatasetKind {
  const char* name;    // as in spec/catalogue.h
  const char* layout;  // where to get it, what its layout is and where to put it (for exit 3)
  const char* crop;    // its own crop: "25,65,153,193", "whole", "center"
  std::unique_ptr<Dataset> (*open)(const DatasetOptions& options);  // all pictures, whatever the limit
  AnswersOf attributes;                                             // nullptr = it has none
  TraitsOf traits;                                                  // likewise
  ConditionsOf conditions;                                          // likewise
};
const std::vector<DatasetKind>& dataset_kinds();

// options.path and crop filled in as the data set has them. Error(usage) for an unknown one.
DatasetOptions with_own_defaults(const DatasetOptions& options);

// Error(data) with the kind's layout text when there is nothing at the path, or no pictures in it;
// Error(usage) for an unknown name or a filter that does not fit; Error(data) when it selects nothing.
std::unique_ptr<Dataset> open_dataset(const DatasetOptions& options);

// What the data set of `options` knows of the pictures of `set`, which open_dataset made of the same options.
// Nothing where it has no attributes, or their file is not there. Error(data) when that cannot be read.
Traits traits_of(const DatasetOptions& options, const Dataset& set);

// What --condition says of the pictures of `set`, which open_dataset made of the same options. classes: of
// the run whose networks will be told, or none: those of `set`. Error(usage), Error(data).
ConditionTable condition_table(const std::string& condition, const std::vector<std::string>& classes,
                               const DatasetOptions& options, const Dataset& set);
// Those of its pictures for which `wants` holds, maybe none.
std::unique_ptr<Dataset> selected(std::unique_ptr<Dataset> set,
                                  const std::function<bool(std::size_t picture)>& wants);

// Pictures from anywhere: files, folders with all below them, archives; each as options.dataset, size,
// channels and crop say, but that a picture of the right size stays whole where the crop is a box. What
// cannot be opened is a picture that cannot be used. Names are paths. Error(data) for more than 20,000,000.
std::unique_ptr<Dataset> open_files(const std::vector<std::string>& paths, const DatasetOptions& options);

// Hands over the first `count` usable pictures in the order of a run's first epoch, fewer when there are not
// as many. Error(data) when not one of the whole set can be used.
void pick_pictures(const Dataset& dataset, std::uint64_t seed, std::size_t count,
                   const std::function<void(std::size_t index, image::Image picture)>& take);

// What `data check` prints.
struct CheckResult {
  std::uint64_t selected = 0;  // usable and unusable
  std::uint64_t unusable = 0;
  std::uint64_t duplicate = 0;                // pictures whose file bytes an earlier one has too
  std::vector<std::string> names_unusable;    // in order
  std::vector<std::string> reasons_unusable;  // "NAME: reason", for the same pictures
};
// progress gets the number of pictures done, one call at a time, from any of the workers; may be empty.
CheckResult check_dataset(const Dataset& dataset, int workers,
                          const std::function<void(std::uint64_t)>& progress = {});

}  // namespace facegan::data
