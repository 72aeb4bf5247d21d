// Conditions without tensors: what --with means, what data sets say of their pictures, and how layer lists
// take it.
#include "facegan/spec/condition.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "error_of.h"
#include "facegan/config/config.h"
#include "facegan/config/yaml.h"
#include "facegan/data/dataset.h"
#include "facegan/portrait/portrait.h"
#include "temporary_folder.h"

namespace facegan {
namespace {

namespace fs = std::filesystem;
using spec::Condition;
using spec::ConditionRow;
using Strings = std::vector<std::string>;

// ---- --with ----------------------------------------------------------------------------------

ConditionRow values(const spec::WantedRow& wanted) {
  ConditionRow out;
  for (const auto& value : wanted) out.push_back(value.value_or(-9));
  return out;
}

TEST(With, NamesAClass) {
  const Condition digits("digit", {"0", "1", "2"}), folders("folder", {"cats", "folder=x", "x"});
  EXPECT_EQ(values(digits.parse("1")), (ConditionRow{0, 1, 0}));
  EXPECT_EQ(values(digits.parse("digit=2")), (ConditionRow{0, 0, 1}));
  EXPECT_EQ(values(folders.parse("folder=cats")), (ConditionRow{1, 0, 0}));
  EXPECT_EQ(values(folders.parse("folder=x")), (ConditionRow{0, 1, 0}));  // a name comes first
  EXPECT_TRUE(digits.parse("").empty());
  EXPECT_EQ(digits.text({0, 0, 1}), "2");
  for (const char* with : {"3", "digit=3", "folder=1", "1,2", "1=1", " 1"}) {
    const Error error = error_of([&] { digits.parse(with); });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_EQ(error.what(), std::string("--with '") + with + "': no such digit; there are 0, 1, 2");
  }
}

TEST(With, SetsAttributes) {
  const Condition both("Male,Smiling", {"Male", "Smiling"});
  EXPECT_EQ(values(both.parse("Smiling=1,Male=0")), (ConditionRow{-1, 1}));
  EXPECT_EQ(values(both.parse("Smiling")), (ConditionRow{-9, 1}));
  EXPECT_EQ(values(both.parse(" Male = 0.75 ")), (ConditionRow{0.5, -9}));
  EXPECT_EQ(both.text({-1, 0}), "Male=0,Smiling=0.5");
  EXPECT_EQ(both.parse(both.text({-1, 0.5})), (spec::WantedRow{-1.f, 0.5f}));
  const std::pair<const char*, const char*> wrong[] = {
      {"Hat", "this model knows no 'Hat'; there are Male, Smiling"},
      {"Male=2", "Male is 1 (there), 0 (not there) or between"},
      {"Male=-1", "Male is 1 (there), 0 (not there) or between"},
      {"Male=yes", "Male is 1 (there), 0 (not there) or between"},
      {"Male,Male=0", "Male stands there twice"},
      {"Male,", "this model knows no ''; there are Male, Smiling"}};
  for (const auto& [with, why] : wrong)
    EXPECT_EQ(error_of([&] { both.parse(with); }).what(), std::string("--with '") + with + "': " + why);
  EXPECT_EQ(error_of([] { Condition().parse("7"); }).what(),
            std::string("--with '7': this model was trained without a condition (train --condition)"));
}

TEST(With, FitsPicturesThatHaveWhatItAsksFor) {
  const Condition both("Male,Smiling", {"Male", "Smiling"});
  EXPECT_TRUE(both.fits({1, -1}, both.parse("Male")));
  EXPECT_FALSE(both.fits({1, -1}, both.parse("Male,Smiling")));
  EXPECT_TRUE(both.fits({1, -1}, {}));
  EXPECT_FALSE(both.fits({0, 0}, {}));  // nothing is known of it
}

// ---- what data sets say ------------------------------------------------------------------------

class ConditionData : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void picture(const std::string& name) const {
    image::Image grey(8, 8, 3);
    write(name, image::encode_png(grey));
  }
  data::ConditionTable table(const std::string& condition, const data::DatasetOptions& options,
                             const Strings& classes = {}) const {
    return data::condition_table(condition, classes, options, *data::open_dataset(options));
  }
  data::DatasetOptions options(const std::string& dataset) const {
    data::DatasetOptions o;
    o.dataset = dataset, o.path = folder_.path(), o.size = 8;
    return o;
  }
  std::string refusal(const std::string& condition, const std::string& dataset) const {
    return error_of([&] { table(condition, options(dataset)); }).what();
  }
  TemporaryFolder folder_;
};

std::vector<signed char> row(const data::ConditionTable& table, std::size_t i) {
  const auto n = static_cast<std::ptrdiff_t>(table.names.size());
  const auto begin = table.rows.begin() + static_cast<std::ptrdiff_t>(i) * n;
  return {begin, begin + n};
}

TEST_F(ConditionData, DrawnFacesHaveAttributes) {
  data::DatasetOptions o = options("faces");
  o.faces_count = 30, o.where = "Smiling", o.seed = 3;  // a selection keeps its numbers
  const auto set = data::open_dataset(o);
  const data::ConditionTable found = table("Male,Smiling", o);
  EXPECT_EQ(found.names, (Strings{"Male", "Smiling"}));
  ASSERT_EQ(found.rows.size(), 2 * set->size());
  const auto& names = portrait::attribute_names();
  const auto male = std::find(names.begin(), names.end(), std::string("Male")) - names.begin();
  for (std::size_t i = 0; i < set->size(); ++i) {
    const auto has = portrait::attributes(3, std::stoul(set->name(i).substr(5)));
    const signed char is_male = has[static_cast<std::size_t>(male)] ? 1 : -1;
    EXPECT_EQ(row(found, i), (std::vector<signed char>{is_male, 1})) << i;
  }
  EXPECT_NE(refusal("Smilng", "faces").find("unknown attribute 'Smilng', did you mean 'Smiling'"),
            std::string::npos);
}

TEST_F(ConditionData, CelebaTakesItsAttributeFile) {
  for (const char* name : {"000001.png", "000002.png", "000003.png"}) picture(std::string("img/") + name);
  EXPECT_NE(error_of([&] {
              data::DatasetOptions o = options("celeba");
              table("Male", o);
            }).what(),
            std::string());
  write("list_attr_celeba.txt", "2\nMale Smiling Young\n000001.png 1 -1 1\n000003.png -1 -1 1\n");
  const data::ConditionTable found = table("Young,Male", options("celeba"));
  EXPECT_EQ(row(found, 0), (std::vector<signed char>{1, 1}));
  EXPECT_EQ(row(found, 1), (std::vector<signed char>{0, 0}));  // nothing is known of it
  EXPECT_EQ(row(found, 2), (std::vector<signed char>{1, -1}));
}

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string labels(std::uint32_t count, const std::string& values) {
  return big_endian(0x801) + big_endian(count) + values;
}

TEST_F(ConditionData, MnistHasDigits) {
  write("train-images-idx3-ubyte",
        big_endian(0x803) + big_endian(3) + big_endian(8) + big_endian(8) + std::string(192, '\1'));
  EXPECT_NE(refusal("digit", "mnist").find("no labels for --condition digit: beside "), std::string::npos);
  const std::string file = "train-labels-idx1-ubyte";
  write(file, labels(3, {'\4', '\0', '\11'}));
  data::DatasetOptions o = options("mnist");
  const data::ConditionTable found = table("digit", o);
  EXPECT_EQ(found.names, (Strings{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  EXPECT_EQ(row(found, 0), (std::vector<signed char>{0, 0, 0, 0, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(row(found, 2), (std::vector<signed char>{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  o.hold_out = "2";  // what is left keeps its number
  const std::string name = data::open_dataset(o)->name(0);
  const std::size_t number = name[name.size() - 2] - '0';
  EXPECT_EQ(row(table("digit", o), 0), row(found, number));
  const std::pair<std::string, const char*> wrong[] = {
      {labels(3, "\1\2"), "another number of labels"},    {labels(3, "\1\2\3\4"), "another number of labels"},
      {labels(4, "\1\2\3\4"), "4 labels for 3 pictures"}, {labels(3, "\1\2\12"), "a label is 10"},
      {big_endian(0x803) + "xxxx", "idx file of labels"}, {"\0", "ends inside its header"}};
  for (const auto& [bytes, why] : wrong) {
    write(file, bytes);
    const Error error = error_of([&] { table("digit", options("mnist")); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
  }
}

TEST_F(ConditionData, FoldersAreClasses) {
  for (const char* name : {"all/dogs/1.png", "all/cats/a/1.png", "all/cats/2.png", "all/ant/1.png"})
    picture(name);
  const data::ConditionTable found = table("folder", options("folder"));
  EXPECT_EQ(found.names, (Strings{"ant", "cats", "dogs"}));
  EXPECT_EQ(row(found, 1), (std::vector<signed char>{0, 1, 0}));  // cats/2.png
  EXPECT_EQ(row(found, 3), (std::vector<signed char>{0, 0, 1}));
  // The classes of a run, where some pictures are of others.
  const data::ConditionTable known = table("folder", options("folder"), {"cats", "rats"});
  EXPECT_EQ(known.names, (Strings{"cats", "rats"}));
  EXPECT_EQ(row(known, 0), (std::vector<signed char>{0, 0}));
  EXPECT_EQ(row(known, 1), (std::vector<signed char>{1, 0}));
  picture("all/loose.png");
  EXPECT_EQ(refusal("folder", "folder"),
            "--condition folder: loose.png is in none of the 3 folders; put it into one");
}

TEST_F(ConditionData, OneFolderIsNoCondition) {
  picture("only/1.png"), picture("only/2.png");
  EXPECT_EQ(
      refusal("folder", "folder"),
      "--condition folder: the pictures must be in two folders or more, one for each class, and here all are "
      "in one (of those that --where, --limit and --hold-out leave)");
}

TEST_F(ConditionData, AThousandClassesAtMost) {
  for (int i = 0; i <= 1000; ++i) write("c" + std::to_string(i) + "/1.png", "not looked at");
  EXPECT_EQ(refusal("folder", "folder"),
            "--condition folder: more than 1000 folders; put the pictures of several together");
}

// ---- configurations ----------------------------------------------------------------------------

config::Config resolved(const std::string& preset, std::vector<std::pair<const char*, const char*>> flags) {
  config::Request request{.preset = preset};
  for (const auto& [key, value] : flags) request.flags.push_back({key, value, std::string("flag --") + key});
  return config::resolve(request, nullptr).config;
}

TEST(ConditionConfig, PutsTheLayersWhereListsHaveNone) {
  const auto plain = config::build_networks(resolved("mnist", {}));
  const config::Config told = resolved("mnist", {{"condition", "digit"}});
  const auto [g, d] = config::build_networks(told);
  EXPECT_EQ(plain.generator.conditions, 0);
  EXPECT_EQ(g.conditions, 10);
  EXPECT_STREQ(g.layers.front().kind->name, "label");
  EXPECT_EQ(g.layers.front().out, (spec::Shape{told.z + 8}));
  EXPECT_EQ(g.layers.size(), plain.generator.layers.size() + 1);
  EXPECT_EQ(g.total(), plain.generator.total() + 80 + 8 * g.layers[1].out[0]);
  const spec::Layer& end = d.layers.back();
  EXPECT_STREQ(end.kind->name, "projection");
  EXPECT_STREQ(end.branches.at("layers").back().kind->name, plain.discriminator.layers.back().kind->name);
  EXPECT_EQ(d.total(), plain.discriminator.total() + 10 * spec::elements(end.in));
  EXPECT_EQ(told.grid, "4x10");
  EXPECT_EQ(resolved("mnist", {{"condition", "digit"}, {"grid", "2x3"}}).grid, "2x3");
}

TEST(ConditionConfig, ListsMayPlaceThemThemselves) {
  config::Config c = resolved("dcgan", {{"size", "32"}, {"condition", "Male,Smiling"}});
  c.generator = config::parse_yaml(
      "- dense: {units: 32 * $conditions}\n- label: {units: 3}\n- dense: {units: 3072}\n- tanh\n"
      "- reshape: {channels: 3, height: 32, width: 32}\n",
      "g");
  c.discriminator = config::parse_yaml("- flatten\n- projection: {layers: [{dense: {units: 1}}]}\n", "d");
  const auto [g, d] = config::build_networks(c);
  EXPECT_EQ(g.layers.size(), 5u);
  EXPECT_EQ(g.layers[1].out, (spec::Shape{67}));
  EXPECT_EQ(g.layers[1].tensors[0].fan_in, 2);  // all attributes are said at once
  EXPECT_EQ(d.layers.size(), 2u);
  c.condition = "none";
  EXPECT_EQ(
      error_of([&] { config::build_networks(c); }).what(),
      std::string("g:1: generator layer 1 (dense): units is within 1..1048576, not '32 * $conditions'"));
  c.generator = config::parse_yaml("- label\n", "g");
  EXPECT_EQ(
      error_of([&] { config::build_networks(c); }).what(),
      std::string("g:1: generator layer 1 (label) is for networks with a condition, and there is none: add "
                  "--condition, or take the layer out"));
  c.condition = "digit";
  c.generator = config::parse_yaml("- reshape: {channels: $z, height: 1, width: 1}\n- label\n", "g");
  EXPECT_NE(std::string(error_of([&] { config::build_networks(c); }).what()).find("needs a flat input"),
            std::string::npos);
  c.generator = resolved("dcgan", {{"size", "32"}}).generator;
  c.discriminator =
      config::parse_yaml("- projection: {layers: [flatten, {dense: {units: 2}}]}\n- flatten\n", "d");
  EXPECT_NE(std::string(error_of([&] { config::build_networks(c); }).what())
                .find("needs layers that end in one number, not in 2"),
            std::string::npos);
}

TEST(ConditionConfig, EveryPresetTakesOne) {
  for (const char* preset :
       {"dcgan", "faces", "faces-gpu", "quickstart", "celeba-book", "celeba-tanh", "celeba-upsample", "lfw",
        "faces-32", "faces-64", "faces-96", "faces-96-unreal", "faces-128"}) {
    SCOPED_TRACE(preset);
    const auto [g, d] =
        config::build_networks(resolved(preset, {{"dataset", "faces"}, {"condition", "Male,Smiling"}}));
    EXPECT_STREQ(g.layers.front().kind->name, "label");
    EXPECT_STREQ(d.layers.back().kind->name, "projection");
    EXPECT_EQ(d.layers.back().tensors[0].role, spec::Role::projection);
  }
}

TEST(ConditionConfig, GoesWithItsDataSet) {
  const auto refused = [](const char* dataset, const char* condition) {
    return std::string(error_of([&] {
                         resolved("dcgan", {{"dataset", dataset}, {"condition", condition}});
                       }).what());
  };
  EXPECT_NE(refused("lfw", "person").find("most of its people have one picture"), std::string::npos);
  EXPECT_NE(refused("celeba", "digit").find("it takes names of attributes, such as Male,Smiling"),
            std::string::npos);
  EXPECT_NE(refused("mnist", "Male").find("it takes --condition digit"), std::string::npos);
  EXPECT_NE(refused("folder", "digit").find("it takes --condition folder"), std::string::npos);
  for (const char* form : {"", "Male,Male", "digit,Male", "Male,", "none,Male"})
    EXPECT_NE(
        refused("faces", form).find("condition is none, digit, folder, or a list of different attributes"),
        std::string::npos)
        << form;
}

}  // namespace
}  // namespace facegan
