#include "data/names.h"

#include <algorithm>
#include <cstring>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

// A place in the order that is wanted: most comparisons are of the first bytes, which lie beside each other.
struct Key {
  std::uint64_t begin;
  std::uint32_t number;
};

// The first eight bytes as a number that is ordered as they are.
std::uint64_t begin_of(std::string_view name) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = value << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0);
  return value;
}

// Whether those that count are in their final order as they were given, without one of them twice.
bool is_final(const NameList& given, const std::vector<bool>& counts) {
  if (!counts.empty()) return false;
  for (std::size_t i = 1; i < given.size(); ++i)
    if (given[i - 1] >= given[i]) return false;
  return true;
}

// What all that count have in front of them: sorting need not look at it.
std::size_t common_bytes(const NameList& given, const std::vector<std::uint32_t>& order) {
  const std::string_view first = given[order[0]];
  std::size_t common = first.size();
  for (const std::uint32_t i : order) {
    const std::string_view name = given[i];
    common = std::min(common, name.size());
    if (std::memcmp(name.data(), first.data(), common) != 0)
      common = static_cast<std::size_t>(
          std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(common), name.begin())
              .first -
          first.begin());
  }
  return common;
}

// `order` sorted by name, and of equal ones by number.
void sort_by_name(const NameList& given, std::vector<std::uint32_t>& order) {
  if (order.empty()) return;
  const std::size_t common = common_bytes(given, order);
  std::vector<Key> keys;
  keys.reserve(order.size());
  for (const std::uint32_t i : order) keys.push_back({begin_of(given[i].substr(common)), i});
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    // char_traits<char> compares as unsigned bytes
    const int by_name = given[a.number].substr(common).compare(given[b.number].substr(common));
    return by_name != 0 ? by_name < 0 : a.number < b.number;
  });
  for (std::size_t k = 0; k < keys.size(); ++k) order[k] = keys[k].number;
}

bool is_tidy(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.back() == '/' || name == ".") return false;
  if (name.starts_with("./") || name.ends_with("/.")) return false;
  return name.find("//") == name.npos && name.find("/./") == name.npos;
}

}  // namespace

void NameList::add(std::string_view name) {
  if (name.size() > kLongest)
    throw Error(ErrorKind::data, core::str("a name of ", name.size(), " bytes: ", core::printable(name)));
  // Not to the last byte, so that the place of an empty name is in a block, too.
  if (name.size() >= (std::uint64_t{blocks_.size()} << kBlockBits) - used_) {
    used_ = std::uint64_t{blocks_.size()} << kBlockBits;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
  }
  std::memcpy(blocks_[used_ >> kBlockBits].get() + (used_ & (kBlock - 1)), name.data(), name.size());
  places_.push_back(used_ << kLengthBits | name.size());
  used_ += name.size();
}

void NameList::reorder(const std::vector<std::uint32_t>& order) {
  std::vector<std::uint64_t> places(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) places[i] = places_[order[i]];
  places_ = std::move(places);
}

void NameList::drop_front(std::size_t bytes) {
  for (std::uint64_t& place : places_) place += (std::uint64_t{bytes} << kLengthBits) - bytes;
}

Listing make_listing(NameList given, const std::vector<bool>& counts) {
  Listing listing;
  if (!is_final(given, counts)) {
    std::vector<std::uint32_t> order;
    order.reserve(given.size());
    for (std::uint32_t i = 0; i < given.size(); ++i)
      if (counts.empty() || counts[i]) order.push_back(i);
    sort_by_name(given, order);
    std::size_t kept = 0;
    for (std::size_t k = 0; k < order.size(); ++k)
      if (k + 1 == order.size() || given[order[k]] != given[order[k + 1]]) order[kept++] = order[k];
    order.resize(kept);
    given.reorder(order);
    listing.origin = std::move(order);
  }
  listing.names = std::move(given);
  if (listing.names.size() == 0) return listing;
  // NameList between the first and the last cannot differ where these two agree.
  const std::string_view first = listing.names[0], last = listing.names[listing.names.size() - 1];
  listing.shared = first.substr(0, shared_folders(first, last));
  if (!listing.shared.empty()) listing.names.drop_front(listing.shared.size());
  return listing;
}

std::string tidy(std::string_view name) {
  if (is_tidy(name)) return std::string(name);
  std::string out;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const auto part = name.substr(begin, end - begin);
    if (!part.empty() && part != ".") {
      if (!out.empty()) out += '/';
      out += part;
    }
    begin = end + 1;
  }
  return out;
}

std::size_t shared_folders(std::string_view a, std::string_view b) {
  const std::string_view head = a.substr(0, a.rfind('/') + 1);  // npos + 1 = 0
  const auto common = static_cast<std::size_t>(
      std::mismatch(head.begin(), head.end(), b.begin(), b.end()).first - head.begin());
  return head.substr(0, common).rfind('/') + 1;
}

}  // namespace facegan::data
