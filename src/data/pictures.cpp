#include "data/pictures.h"

#include "data/large_turn.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;

class Pictures : public Dataset {
 public:
  Pictures(std::unique_ptr<Source> source, const DatasetOptions& options)
      : source_(std::move(source)),
        crop_(parsed_crop(options)),
        size_(options.size),
        channels_(options.channels) {}

  std::size_t size() const override { return source_->size(); }
  std::string name(std::size_t i) const override { return source_->name(i); }
  std::uint64_t stored_size(std::size_t i) const override { return source_->stored_size(i); }
  image::Image get(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(
        name(i), [&] { return image::decode(image::as_bytes(source_->read(i)), crop_, size_, channels_); });
  }
  image::Facts original(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(name(i), [&] { return image::facts_of(image::as_bytes(source_->read(i))); });
  }
  std::string encoded(std::size_t i) const override {
    return with_name(name(i), [&] { return source_->read(i); });
  }
  std::string identity(std::size_t i) const override {
    return core::str(name(i), '\n', source_->stored_size(i), '\n');
  }
  std::uint64_t stamp(std::size_t i) const override { return source_->stamp(i); }

 private:
  std::unique_ptr<Source> source_;
  image::Crop crop_;
  core::Size size_;
  int channels_;
};

}  // namespace

std::unique_ptr<Dataset> open_pictures(const DatasetOptions& options,
                                       const std::vector<std::string>& inside) {
  require_path(options);
  fs::path path = options.path;
  for (const std::string& name : inside) {
    std::error_code error;  // an empty file or folder hides nothing, an unreadable one is reported below
    if (fs::exists(path / name, error) && !fs::is_empty(path / name, error)) {
      path /= name;
      break;
    }
  }
  auto source = open_source(path);
  if (source->size() == 0)
    throw_missing(options, core::str("no pictures in ", core::printable(path.string())));
  return std::make_unique<Pictures>(std::move(source), options);
}

}  // namespace facegan::data
