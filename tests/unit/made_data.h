#pragma once
// Data sets of tiny files, as sites have them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "archive_bytes.h"
#include "error_of.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/image/image.h"
#include "temporary_folder.h"

namespace made_data {

namespace fs = std::filesystem;
namespace data = facegan::data;
using facegan::ErrorKind;
using facegan::core::str;
using Strings = std::vector<std::string>;

// A picture that no other number gives.
inline std::string png(int number, int side = 8) {
  facegan::image::Image picture(side, side, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<unsigned char>(i * 7 + static_cast<std::size_t>(number) * 31);
  return facegan::image::encode_png(picture);
}

inline Strings names_of(const data::Dataset& set) {
  Strings names;
  for (std::size_t i = 0; i < set.size(); ++i) names.push_back(set.name(i));
  return names;
}

class MadeData : public testing::Test {
 protected:
  MadeData() { ::setenv("FACEGAN_CACHE", (folder_ / "cache").c_str(), 1); }
  ~MadeData() override { ::unsetenv("FACEGAN_CACHE"); }

  fs::path file(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  data::DatasetOptions options(const std::string& kind, const std::string& place) const {
    data::DatasetOptions out;
    out.dataset = kind, out.path = folder_ / place, out.size = 8;
    if (kind == "mnist") out.channels = 1;
    return out;
  }
  std::unique_ptr<data::Dataset> open(const std::string& kind, const std::string& place) const {
    return data::open_dataset(options(kind, place));
  }
  // What is said when it is refused.
  std::string refused(const data::DatasetOptions& asked, ErrorKind kind = ErrorKind::data) const {
    const facegan::Error error = error_of([&] { data::open_dataset(asked); });
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  std::string refused(const std::string& kind, const std::string& place) const {
    return refused(options(kind, place));
  }
  // What is said while it is opened.
  std::string said(const std::string& kind, const std::string& place) const {
    testing::internal::CaptureStderr();
    open(kind, place);
    return testing::internal::GetCapturedStderr();
  }
  TemporaryFolder folder_;
};

}  // namespace made_data
