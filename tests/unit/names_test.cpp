// Names in little memory, and the order that they come in.
#include "data/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "error_of.h"

namespace facegan::data {
namespace {

using Strings = std::vector<std::string>;

NameList named(const Strings& names) {
  NameList list;
  for (const std::string& name : names) list.add(tidy(name));
  return list;
}
Strings names_of(const NameList& list) {
  Strings names;
  for (std::size_t i = 0; i < list.size(); ++i) names.emplace_back(list[i]);
  return names;
}

TEST(Names, AreKeptOverTheEdgesOfBlocks) {
  Strings names;
  NameList list;
  std::uint32_t x = 1;
  for (int i = 0; i < 400; ++i) {  // 12 MiB: a dozen blocks
    x = x * 1664525u + 1013904223u;
    names.push_back(std::string(i % 7 == 0   ? 0
                                : i % 7 == 1 ? NameList::kLongest
                                             : (x >> 16) % 50000,
                                static_cast<char>('a' + i % 26)));
    list.add(names.back());
  }
  EXPECT_EQ(names_of(list), names);
  list.truncate(200);
  list.add("last");
  EXPECT_EQ(list[199], names[199]);
  EXPECT_EQ(list[200], "last");
  EXPECT_EQ(error_of([&] { list.add(std::string(NameList::kLongest + 1, 'x')); }).kind(), ErrorKind::data);
}

TEST(Names, AListingIsSortedBytewiseAndTheLastOfEqualNamesCounts) {
  const Listing listing =
      make_listing(named({"./p/b.jpg", "/p/a//z.jpg", "p/B.jpg", "p/\xc3\xa9.jpg", "p/./b.jpg"}));
  EXPECT_EQ(listing.shared, "p/");
  EXPECT_EQ(names_of(listing.names), (Strings{"B.jpg", "a/z.jpg", "b.jpg", "\xc3\xa9.jpg"}));
  EXPECT_EQ(listing.origin, (std::vector<std::uint32_t>{2, 1, 4, 3}));
  // Folders are shared whole or not at all.
  EXPECT_EQ(make_listing(named({"ab/x.jpg", "abc/x.jpg"})).shared, "");
  EXPECT_EQ(make_listing(named({"x/y/a.jpg"})).shared, "x/y/");
  EXPECT_EQ(make_listing({}).names.size(), 0u);
  // In their order already: nothing to be kept of it.
  const Listing sorted = make_listing(named({"p/a", "p/b", "p/c"}));
  EXPECT_TRUE(sorted.origin.empty());
  EXPECT_EQ(sorted.given(2), 2u);
}

TEST(Names, AnyOrderAndAnyOfThemGiveTheSameListing) {
  std::uint32_t x = 7;
  for (const char* front : {"", "all/", "a long folder that all of them share/and another/"}) {
    Strings names;
    std::vector<bool> counts;
    std::map<std::string, std::uint32_t> last;
    for (std::uint32_t i = 0; i < 3000; ++i) {
      x = x * 1664525u + 1013904223u;
      // Some are equal, some begin others, some have bytes that are negative as characters.
      std::string name = front + std::string((x >> 8) % 3 ? "d/" : "") + std::to_string((x >> 10) % 900);
      if (x >> 31) name += std::string(1, '\0') + "\xff\x80";
      counts.push_back((x >> 20) % 5 != 0);
      if (counts.back()) last[name] = i;
      names.push_back(std::move(name));
    }
    const Listing listing = make_listing(named(names), counts);
    ASSERT_EQ(listing.names.size(), last.size());
    EXPECT_EQ(listing.shared, front);
    std::size_t k = 0;
    for (const auto& [name, number] : last) {  // std::map sorts bytewise
      EXPECT_EQ(listing.shared + std::string(listing.names[k]), name);
      EXPECT_EQ(listing.given(k++), number);
    }
  }
}

}  // namespace
}  // namespace facegan::data
