// Labeled Faces in the Wild: 250 x 250 JPEGs, PERSON/PERSON_0001.jpg.
#include <algorithm>
#include <map>

#include "data/attributes.h"
#include "data/pictures.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

constexpr const char* kLayout =
    "get Labeled Faces in the Wild from http://vis-www.cs.umass.edu/lfw and put lfw.tgz (or -funneled, "
    "-deepfunneled), or its folder with one folder per person (PERSON/PERSON_0001.jpg), into data/lfw, or "
    "name "
    "its place with --data (also Kaggle's archive.zip and scikit-learn's lfw_home)";

using core::str;
using spec::FilterTest;
using Photos = std::map<std::string, std::int64_t>;  // of each person

// The folder. Names of a set of one person have none: then what stands before the number of the photo.
std::string person_of(const std::string& name) {
  if (const auto slash = name.rfind('/'); slash != name.npos) {
    const std::string folders = name.substr(0, slash);
    return folders.substr(folders.rfind('/') + 1);
  }
  const std::string stem = name.substr(0, name.rfind('.'));
  const auto end = stem.find_last_not_of("0123456789");
  return end != stem.npos && stem[end] == '_' ? stem.substr(0, end) : stem;
}

// What a test asks: for photos of this person ("" = of anyone) who has so many photos.
struct Question {
  std::string person;
  std::int64_t low = 0, high = INT64_MAX;
};

Question photos_question(const spec::Filter& filter, const FilterTest& test) {
  std::int64_t number;
  if (!core::parse_integer(test.value, number) || number < 0 || number > INT32_MAX)
    filter.refuse(test.at, "photos is compared with a number: photos>=10, photos<3, photos=1");
  if (test.compare == "=") return {"", number, number};
  if (test.compare == "<") return {"", 0, number - 1};
  if (test.compare == "<=") return {"", 0, number};
  return {"", test.compare == ">" ? number + 1 : number};
}

Question person_question(const spec::Filter& filter, const FilterTest& test, const Photos& photos) {
  if (test.compare != "=") filter.refuse(test.at, "person is compared with a name: person=NAME");
  if (!photos.contains(test.value)) {
    std::vector<std::string> people;
    for (const auto& [person, count] : photos) people.push_back(person);
    core::log_warning("--where: there is no person '", core::printable(test.value), "'",
                      core::printable(core::did_you_mean(test.value, people)));
  }
  return {test.value};
}

Question question_of(const spec::Filter& filter, const FilterTest& test, const Photos& photos) {
  if (test.name == "photos") return photos_question(filter, test);
  if (test.name == "person") return person_question(filter, test, photos);
  filter.refuse(test.at, str("unknown attribute '", core::printable(test.name), "'",
                             core::did_you_mean(test.name, {"person", "photos"}),
                             " (lfw has person=NAME and photos>=N)"));
}

// The people of a set with their photos; person[i] is that of picture i.
std::shared_ptr<Photos> photos_of(const Dataset& set, std::vector<Photos::const_iterator>& person) {
  auto photos = std::make_shared<Photos>();
  person.resize(set.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto entry = photos->try_emplace(person_of(set.name_inside(i))).first;
    ++entry->second;
    person[i] = entry;
  }
  return photos;
}

// "AJ_Cook_0001.jpg": whether an archive of any name is LFW.
bool is_lfw(const Source& source) {
  const std::string_view name = source.name(0);
  const std::string_view stem = name.substr(0, name.rfind('.'));
  const auto end = stem.find_last_not_of("0123456789");
  return end != stem.npos && stem[end] == '_' && stem.size() - end == 5;
}

}  // namespace

static std::unique_ptr<Dataset> open_lfw(const DatasetOptions& options) {
  // Archives first: they are whole. As the site, torchvision and scikit-learn name them, and Sanderson's
  // crops.
  Inside inside;
  for (const char* folder : {"", "lfw-py/", "lfw_home/"}) {
    for (const char* name : {"lfw", "lfw-deepfunneled", "lfw-funneled", "lfwcrop_color", "lfwcrop_grey"})
      for (const char* suffix : {".tgz", ".tar.gz", ".tar", ".zip"})
        inside.names.push_back(str(folder, name, suffix));
    for (const char* name :
         {"lfw", "lfw-deepfunneled", "lfw-funneled", "lfw_funneled", "lfwcrop_color", "lfwcrop_grey"})
      inside.names.push_back(str(folder, name));
  }
  inside.fits = is_lfw;
  return open_pictures(options, inside);
}

static Answers lfw_attributes(const DatasetOptions&, const Dataset& set, const spec::Filter& filter) {
  std::vector<Photos::const_iterator> person;
  const auto photos = photos_of(set, person);
  std::vector<Question> questions;
  for (const FilterTest& test : filter.tests()) questions.push_back(question_of(filter, test, *photos));
  return [photos, person = std::move(person), questions](std::size_t picture, std::vector<bool>& holds) {
    const auto& [name, count] = *person[picture];
    for (std::size_t k = 0; k < questions.size(); ++k) {
      const Question& q = questions[k];
      holds[k] = (q.person.empty() || q.person == name) && q.low <= count && count <= q.high;
    }
    return true;
  };
}

static Traits lfw_traits(const DatasetOptions&, const Dataset& set) {
  std::vector<Photos::const_iterator> person;
  const auto photos = photos_of(set, person);
  Traits traits;
  for (const auto& [name, count] : *photos)
    traits.people.push_back({name, static_cast<std::uint64_t>(count)});
  std::stable_sort(traits.people.begin(), traits.people.end(),
                   [](const auto& a, const auto& b) { return a.pictures > b.pictures; });
  return traits;
}

DatasetKind lfw_dataset() {
  return {"lfw", kLayout, "whole", open_lfw, lfw_attributes, lfw_traits, nullptr};
}

}  // namespace facegan::data
