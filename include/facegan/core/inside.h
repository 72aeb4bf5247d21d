#pragma once
// Files of folders that others may have made: a run that was handed over. A link in such a folder may name
// any file of its reader's, so none is followed: each part of a name is opened as what it is, from the
// descriptor of its folder. The folder itself may be reached through links: its reader has named it.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/core/files.h"

namespace facegan::core {

struct Inside {
  fs::path folder;
  fs::path name = {};  // "config.yaml", "samples/real.png"; without "." and ".."; empty: the folder itself

  fs::path path() const { return name.empty() ? folder : folder / name; }  // for messages and other programs
  Inside operator/(const fs::path& more) const { return {folder, name / more}; }
};

// As the functions of files.h. A link on the way is Error(checkpoint) that names it, and so is what is
// neither file nor folder (a pipe, for which one would wait for ever).
Fd open_for_reading(const Inside& file, ErrorKind kind);
std::string read_file(const Inside& file, std::uint64_t max_bytes, ErrorKind kind);
void write_file_atomic(const Inside& target, std::string_view bytes);
void make_folder(const Inside& folder);  // one: its parent is there

// For writing; made where it is missing. flags: O_APPEND, O_RDWR, ... Error(io).
Fd open_for_writing(const Inside& file, int flags);
// Makes `target` another name of the file `source`, where the file system has none a copy of at most
// max_bytes; what was there is replaced at once.
void link_or_copy(const Inside& source, const Inside& target, std::uint64_t max_bytes);
// Removes the temporary files of write_file_atomic and link_or_copy whose processes have ended.
void remove_leftovers(const Inside& folder);
// Takes the name away; what cannot be removed stays.
void remove(const Inside& file);

void refuse_link(const Inside& file);  // where there is one
bool exists(const Inside& file);       // a file or a folder, and no link
bool is_file(const Inside& file);
// What is in a folder, in no order, at most so many; nothing where there is none.
std::vector<std::string> names_in(const Inside& folder, std::size_t most);

}  // namespace facegan::core
