#include "data/grey_set.h"

#include <algorithm>
#include <mutex>

#include "data/pictures.h"
#include "facegan/core/checksum.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

class GreyPictures : public Dataset {
 public:
  GreyPictures(GreySet set, const DatasetOptions& options)
      : set_(std::move(set)), crop_(parsed_crop(options)), size_(options.size), channels_(options.channels) {}

  std::size_t size() const override { return set_.records.count; }
  std::string name(std::size_t i) const override { return core::str(set_.stem, '[', i, ']'); }
  image::Image get(std::size_t i) const override {
    image::Image original(static_cast<int>(columns()), static_cast<int>(rows()), 1);
    std::copy_n(record(i), record_bytes(), original.pixels.begin());
    return image::fit(original, crop_, size_, channels_);
  }
  image::Facts original(std::size_t) const override {
    return {set_.format, static_cast<int>(columns()), static_cast<int>(rows())};
  }
  std::string encoded(std::size_t i) const override {
    return {reinterpret_cast<const char*>(record(i)), record_bytes()};
  }
  std::string identity(std::size_t i) const override {
    return core::str(rows(), ' ', columns(), ' ', encoded(i));
  }
  // Of the whole set at one go. The same pictures are the same set, whatever file they come from.
  std::uint64_t fingerprint() const override {
    const std::string shape = core::str("idx ", set_.records.count, ' ', rows(), ' ', columns());
    core::Xxh64 hash;
    hash.update(shape.data(), shape.size());
    hash.update(set_.records.pixels.data(), set_.records.pixels.size());
    return hash.digest();
  }
  // Only as long as get() is a copy: resizing is work worth keeping.
  bool is_memory() const override { return core::Size(columns(), rows()) == size_ && channels_ == 1; }
  int label(std::size_t i) const override {
    std::call_once(asked_, [this] { labels_ = set_.labels(); });
    return labels_[i];
  }

 private:
  std::uint32_t rows() const { return set_.records.rows; }
  std::uint32_t columns() const { return set_.records.columns; }
  std::size_t record_bytes() const { return std::size_t{rows()} * columns(); }
  const unsigned char* record(std::size_t i) const { return set_.records.pixels.data() + i * record_bytes(); }

  GreySet set_;
  image::Crop crop_;
  core::Size size_;
  int channels_;
  mutable std::once_flag asked_;
  mutable std::vector<unsigned char> labels_;
};

}  // namespace

std::string GreyRecords::shape() const {
  return core::str(count, " pictures of ", rows, "x", columns);
}

void GreyRecords::transpose() {
  const std::size_t bytes = std::size_t{rows} * columns;
  std::vector<unsigned char> one(bytes);
  for (std::size_t begin = 0; begin < pixels.size(); begin += bytes) {
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < columns; ++x) one[x * rows + y] = pixels[begin + y * columns + x];
    std::copy(one.begin(), one.end(), pixels.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  std::swap(rows, columns);
}

std::unique_ptr<Dataset> open_grey_set(GreySet set, const DatasetOptions& options) {
  return std::make_unique<GreyPictures>(std::move(set), options);
}

}  // namespace facegan::data
