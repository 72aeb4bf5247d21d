// The built-in faces: nothing is read, every portrait is drawn from (seed, index).
#include "data/attributes.h"
#include "data/pictures.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/portrait/portrait.h"

namespace facegan::data {
namespace {

constexpr const char* kName = "face ";

// The number in the name of a portrait.
std::uint64_t number_of(const std::string& name) {
  std::int64_t number = 0;
  core::parse_integer(name.substr(std::string_view(kName).size()), number);
  return static_cast<std::uint64_t>(number);
}

class Faces : public Dataset {
 public:
  explicit Faces(const DatasetOptions& options) : options_(options), count_(options.faces_count) {
    if (count_ == 0)
      throw Error(ErrorKind::data, "a set of 0 drawn faces was asked for; at least 1 is needed");
    if (count_ > UINT32_MAX)
      throw Error(ErrorKind::data, core::str("a set of ", count_, " drawn faces was asked for; at most ",
                                             UINT32_MAX, " can be drawn"));
  }

  std::size_t size() const override { return count_; }
  std::string name(std::size_t i) const override { return core::str(kName, i); }
  image::Image get(std::size_t i) const override {
    const core::Size& size = options_.size;
    const image::Image face =
        portrait::draw(options_.seed, i, static_cast<int>(size.longer()), options_.channels);
    return size.is_square() ? face : image::fit(face, {image::Crop::Kind::center}, size, options_.channels);
  }
  std::string encoded(std::size_t i) const override {
    return core::str("face ", portrait::kForm, ' ', options_.seed, ' ', i);
  }
  std::string identity(std::size_t i) const override { return encoded(i) + '\n'; }
  // Of the whole set, which may be of millions.
  std::uint64_t fingerprint() const override {
    const std::string text = core::str("faces ", portrait::kForm, ' ', options_.seed, ' ', count_);
    return core::xxh64(text.data(), text.size());
  }

 private:
  DatasetOptions options_;
  std::uint64_t count_;
};

}  // namespace

static std::unique_ptr<Dataset> open_faces(const DatasetOptions& options) {
  return std::make_unique<Faces>(options);
}

static Answers faces_attributes(const DatasetOptions& options, const Dataset&, const spec::Filter& filter) {
  const auto& names = portrait::attribute_names();
  return [seed = options.seed, tests = yes_no_tests(filter, {names.begin(), names.end()})](
             std::size_t picture, std::vector<bool>& holds) {
    const auto has = portrait::attributes(seed, picture);
    for (std::size_t k = 0; k < tests.size(); ++k) holds[k] = has[tests[k].column] == tests[k].wanted;
    return true;
  };
}

static Traits faces_traits(const DatasetOptions& options, const Dataset& set) {
  Traits traits;
  for (const char* name : portrait::attribute_names()) traits.attributes.push_back({name});
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto has = portrait::attributes(options.seed, number_of(set.name(i)));
    for (std::size_t k = 0; k < has.size(); ++k) traits.attributes[k].pictures += has[k];
  }
  return traits;
}

static ConditionTable faces_conditions(const std::vector<std::string>& asked, const std::vector<std::string>&,
                                       const DatasetOptions& options, const Dataset& set) {
  const auto& names = portrait::attribute_names();
  const auto columns = columns_of(asked, {names.begin(), names.end()});
  ConditionTable table{asked, {}};
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto has = portrait::attributes(options.seed, number_of(set.name(i)));
    for (const std::size_t column : columns) table.rows.push_back(has[column] ? 1 : -1);
  }
  return table;
}

DatasetKind faces_dataset() {
  return {"faces", "", "whole", open_faces, faces_attributes, faces_traits, faces_conditions};
}

}  // namespace facegan::data
