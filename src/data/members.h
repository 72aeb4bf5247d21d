#pragma once
// What --data names: one folder or archive, or several by a pattern ('shards/*.tar') or by a list, a text
// file NAME.list of one path a line.
#include <filesystem>
#include <string>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

inline constexpr std::size_t kMaxMembers = 100'000;

struct Member {
  std::filesystem::path path;
  bool is_folder = false;
  // What its pictures have in front of their names, "" or "train-0001/": as little of its path as tells it
  // from the others, without the suffix of an archive. So the names do not depend on where the set lies.
  std::string label;
};

// Each once, in the order of their labels, numbers by their value. Error(data): something that is named is
// not there, a list that is none.
std::vector<Member> members_of(const DatasetOptions& options);
// The only one. Error(data) where there are several, which the data set cannot be made of.
std::filesystem::path only_member(const DatasetOptions& options);

// The folder that all of them are in.
std::filesystem::path folder_of(const std::vector<Member>& members);

}  // namespace facegan::data
