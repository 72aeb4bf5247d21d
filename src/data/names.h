#pragma once
// Millions of names in little memory: their bytes one after the other in blocks, and eight bytes for each.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::data {

class NameList {
 public:
  static constexpr std::size_t kLongest = 0xffff;  // bytes of one, as in a zip

  std::size_t size() const { return places_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::uint64_t place = places_[i], at = place >> kLengthBits;
    return {blocks_[at >> kBlockBits].get() + (at & (kBlock - 1)), place & kLongest};
  }
  void reserve(std::size_t count) { places_.reserve(count); }
  // Error(data) for one that is too long. Views of others stay.
  void add(std::string_view name);
  void truncate(std::size_t size) { places_.resize(size); }  // the bytes stay: for the rare way back
  // Number i becomes what was number order[i].
  void reorder(const std::vector<std::uint32_t>& order);
  // Of each its first `bytes` bytes, which it must have.
  void drop_front(std::size_t bytes);

 private:
  static constexpr int kLengthBits = 16, kBlockBits = 20;
  static constexpr std::uint64_t kBlock = std::uint64_t{1} << kBlockBits;

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::uint64_t used_ = 0;             // behind the last byte: block number * kBlock + place in it
  std::vector<std::uint64_t> places_;  // where each begins << kLengthBits | its length
};

// The names of a source in their final form: without the folders that all of them share (so a folder, a
// zip of it and a tar of it give the same names), sorted bytewise. Of equal names the last one counts,
// as it does for unzip and tar.
struct Listing {
  std::string shared;  // what was taken off: "" or "img_align_celeba/"
  NameList names;
  std::vector<std::uint32_t> origin;  // names[i] was given as number origin[i]; empty: as number i

  std::size_t given(std::size_t i) const { return origin.empty() ? i : origin[i]; }
};
// given: tidy(). counts: which of them do, empty = all.
Listing make_listing(NameList given, const std::vector<bool>& counts = {});

// "./a//b/./c" -> "a/b/c"; a leading slash goes too. ".." stays: it is part of a name, nothing more.
std::string tidy(std::string_view name);

// The length of the folders, with their slash, that two names share.
std::size_t shared_folders(std::string_view a, std::string_view b);

}  // namespace facegan::data
