#pragma once
// A data set of picture files: a source of encoded pictures, and how each becomes bytes.
#include <memory>
#include <string>
#include <vector>

#include "data/source.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

// Where a data set lies in a folder that is named.
struct Inside {
  std::vector<std::string> names;         // the first of these that is there, else all of the folder
  bool (*fits)(const Source&) = nullptr;  // else an archive.zip there that is one of the set
};

// The pictures of what options.path names, of each folder those of what `inside` says; else, where the folder
// has none, of the only archive in it. Error(data) when there are none.
std::unique_ptr<Dataset> open_pictures(const DatasetOptions& options, const Inside& inside = {});
// The only archive of a folder without pictures, which is said; "" = none. Error(data) when there are
// several.
std::filesystem::path only_archive(const std::filesystem::path& folder);
// Whether a name, in small letters, is that of a tar, packed or not.
bool is_tar_name(std::string_view lower);

// Error(data) where it holds shards of Hugging Face in the stead of pictures.
void refuse_shards(const std::filesystem::path& path, const LeftOut& left_out);

// Error(data): what was found, and the data set's layout text.
[[noreturn]] void throw_missing(const DatasetOptions& options, const std::string& what);
// Throws it when there is nothing at options.path.
void require_path(const DatasetOptions& options);

// What `call` gives; its Error(data) with the picture's name before the reason.
template <class Call>
auto with_name(const std::string& name, Call call) {
  try {
    return call();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    throw Error(ErrorKind::data, core::str(core::printable(name), ": ", error.what()));
  }
}

// options.crop as a Crop; Error(usage) when it is none.
image::Crop parsed_crop(const DatasetOptions& options);

}  // namespace facegan::data
