#include "facegan/spec/filter.h"

#include <gtest/gtest.h>

#include "error_of.h"

namespace facegan::spec {
namespace {

// Whether a filter on A, B, C and 5_d wants the picture that has those whose bits are set.
bool wants(const Filter& filter, unsigned bits) {
  std::vector<bool> holds;
  for (const FilterTest& test : filter.tests()) {
    const bool has = bits >> (test.name[0] == '5' ? 3 : test.name[0] - 'A') & 1;
    holds.push_back(has == (test.value != "0"));
  }
  return filter.wants(holds);
}

TEST(SpecFilter, BindsNotBeforeAndBeforeOr) {
  struct Case {
    const char* text;
    bool (*truth)(bool a, bool b, bool c, bool d);
  };
  const Case cases[] = {
      {"A", [](bool a, bool, bool, bool) { return a; }},
      {"not A", [](bool a, bool, bool, bool) { return !a; }},
      {"A and B or C", [](bool a, bool b, bool c, bool) { return (a && b) || c; }},
      {"A or B and C", [](bool a, bool b, bool c, bool) { return a || (b && c); }},
      {"not A and B", [](bool a, bool b, bool, bool) { return !a && b; }},
      {"not A or B", [](bool a, bool b, bool, bool) { return !a || b; }},
      {"not (A or B) and C", [](bool a, bool b, bool c, bool) { return !(a || b) && c; }},
      {"(A or B) and (C or 5_d)", [](bool a, bool b, bool c, bool d) { return (a || b) && (c || d); }},
      {"A=0 and (B or 5_d=1)", [](bool a, bool b, bool, bool d) { return !a && (b || d); }},
      {"not not A and not not not B", [](bool a, bool b, bool, bool) { return a && !b; }},
      {"A or B and not C or not 5_d and A",
       [](bool a, bool b, bool c, bool d) { return a || (b && !c) || (!d && a); }},
      {"not(A and(B or not(C and 5_d)))",
       [](bool a, bool b, bool c, bool d) { return !(a && (b || !(c && d))); }},
      {"A AND NOT B Or C", [](bool a, bool b, bool c, bool) { return (a && !b) || c; }},
      {"A and B and A=0", [](bool, bool, bool, bool) { return false; }},
      {"", [](bool, bool, bool, bool) { return true; }},
  };
  for (const Case& c : cases) {
    const Filter filter(c.text);
    for (unsigned bits = 0; bits < 16; ++bits)
      EXPECT_EQ(wants(filter, bits), c.truth(bits & 1, bits & 2, bits & 4, bits & 8))
          << c.text << ' ' << bits;
  }
}

TEST(SpecFilter, ReadsNamesComparisonsAndQuotes) {
  const Filter filter("5_o_Clock_Shadow and photos>=20 or person='Jean (\"J\") O=Neil' and \"not\"<3");
  ASSERT_EQ(filter.tests().size(), 4u);
  const auto text = [&](std::size_t i) {
    const FilterTest& test = filter.tests()[i];
    return test.name + "|" + test.compare + "|" + test.value + "|" + std::to_string(test.at);
  };
  EXPECT_EQ(text(0), "5_o_Clock_Shadow|||1");
  EXPECT_EQ(text(1), "photos|>=|20|22");
  EXPECT_EQ(text(2), "person|=|Jean (\"J\") O=Neil|36");
  EXPECT_EQ(text(3), "not|<|3|67");
  EXPECT_EQ(Filter("person = Zo\xc3\xab").tests()[0].value, "Zo\xc3\xab");
}

TEST(SpecFilter, RefusesWithThePlaceAndTheText) {
  const std::pair<std::string, const char*> cases[] = {
      {" ", "character 2: the name of an attribute is missing before the end"},
      {"A B", "character 3: 'and' or 'or' is missing before 'B'"},
      {"A and", "character 6: the name of an attribute is missing before the end"},
      {"A and or B", "character 7: the name of an attribute is missing before 'or'"},
      {"and A", "character 1: the name of an attribute is missing before 'and'"},
      {"not", "character 4: the name of an attribute is missing before the end"},
      {"(A or B", "character 8: a ')' is missing before the end"},
      {"A or B)", "character 7: this ')' closes nothing"},
      {"()", "character 2: the name of an attribute is missing before ')'"},
      {"A=", "character 3: a value is missing before the end"},
      {"A==1", "character 3: a value is missing before '='"},
      {"A=1=1", "character 4: 'and' or 'or' is missing before '='"},
      {"=1", "character 1: the name of an attribute is missing before '='"},
      {"A && B", "character 3: 'and' or 'or' is missing before '&&'"},
      {"p='x", "character 3: this quote does not end"},
      {"p=''", "character 3: there is nothing in these quotes"},
      {"A\nB", "character 2: a control character"},
      {std::string("A\0", 2), "character 2: a control character"},
      {"A\xff", "character 1: it is not UTF-8"},
      {std::string(4001, 'A'), "character 4000: it goes on after 4000 characters, the most that are allowed"},
      {std::string(2000, '('), "character 51: it is nested too deeply"},
  };
  for (const auto& [text, why] : cases) {
    const Error error = error_of([&, &t = text] { Filter{t}; });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  EXPECT_NE(std::string(error_of([] { Filter("A B"); }).what()).find("'A B'"), std::string::npos);
}

TEST(SpecFilter, ReadsTheDeepestNesting) {
  // The innermost decides where B is there and A is not.
  std::string text;
  for (int i = 0; i < 49; ++i) text += "A or B and (";
  text += "A or B and C" + std::string(49, ')');
  const Filter filter(text);
  EXPECT_TRUE(wants(filter, 0b110));
  EXPECT_FALSE(wants(filter, 0b010));
  EXPECT_FALSE(wants(filter, 0b100));
  EXPECT_TRUE(wants(filter, 0b001));
  std::string nots;
  for (int i = 0; i < 901; ++i) nots += "not ";
  EXPECT_TRUE(wants(Filter(nots + "A"), 0));
}

}  // namespace
}  // namespace facegan::spec
