#include "facegan/image/caption.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

int text_width(const std::string& text, double scale, int thickness) {
  int below;
  return cv::getTextSize(text, kFont, scale, thickness, &below).width;
}

}  // namespace

Captions::Captions(int width, std::vector<std::string> texts, const std::array<unsigned char, 3>& color)
    : texts_(std::move(texts)), color_(color), picture_width_(width), width_(width) {
  if (std::all_of(texts_.begin(), texts_.end(), [](const std::string& text) { return text.empty(); })) return;
  prepare_opencv();
  scale_ = std::clamp(width / 1000.0, 0.4, 2.0);
  thickness_ = std::max(1, static_cast<int>(std::lround(scale_ * 2)));
  int below;
  const cv::Size letters = cv::getTextSize("Ag", kFont, scale_, thickness_, &below);
  const int space = letters.height / 2;
  strip_ = space + letters.height + below + space / 2;
  baseline_ = space + letters.height;
  for (const std::string& text : texts_)
    width_ = std::max(width_, text_width(text, scale_, thickness_) + 2 * space);
}

Image Captions::below(const Image& picture, std::size_t i) const {
  if (picture.width != picture_width_ || i >= texts_.size())
    throw Error(ErrorKind::internal, core::str("caption ", i, " of ", texts_.size(), " below ", picture.width,
                                               " pixels instead of ", picture_width_));
  if (strip_ == 0) return picture;
  Image margin(1, 1, 3);
  std::copy(color_.begin(), color_.end(), margin.pixels.begin());
  margin = to_channels(std::move(margin), picture.channels);
  Image out(width_, picture.height + strip_, picture.channels);
  for (std::size_t k = 0; k < out.pixels.size(); ++k) out.pixels[k] = margin.pixels[k % margin.channels];
  const int left = (width_ - picture.width) / 2;
  const std::size_t row = static_cast<std::size_t>(picture.width) * picture.channels;
  for (int y = 0; y < picture.height; ++y) std::memcpy(out.at(left, y), picture.at(0, y), row);
  // The strip alone, so that no letter reaches into the picture.
  cv::Mat strip(strip_, width_, CV_8UC(out.channels), out.at(0, picture.height));
  const unsigned char luma = to_channels(margin, 1).pixels[0];
  const std::string& text = texts_[i];
  cv::putText(strip, text, {(width_ - text_width(text, scale_, thickness_)) / 2, baseline_}, kFont, scale_,
              cv::Scalar::all(luma < 128 ? 255 : 0), thickness_, cv::LINE_AA);
  return out;
}

}  // namespace facegan::image
