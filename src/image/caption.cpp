#include "facegan/image/caption.h"

#include <algorithm>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

// Where the text stands, the same for all pictures of an animation.
struct Layout {
  double scale = 0;             // of the font, whose letters are 21 pixels high at 1
  int thickness = 1;            // of the strokes, pixels
  int width = 0;                // of a picture with its margins
  int strip = 0, baseline = 0;  // height of the strip; of the letters' feet in it
};

int text_width(const std::string& text, const Layout& layout) {
  int below;
  return cv::getTextSize(text, kFont, layout.scale, layout.thickness, &below).width;
}

Layout layout_for(const Image& picture, const std::vector<std::string>& texts) {
  Layout layout;
  layout.scale = std::clamp(picture.width / 1000.0, 0.4, 2.0);
  layout.thickness = std::max(1, static_cast<int>(layout.scale * 1.6));
  int below;
  const cv::Size letters = cv::getTextSize("Ag", kFont, layout.scale, layout.thickness, &below);
  const int space = letters.height / 2;
  layout.strip = space + letters.height + below + space / 2;
  layout.baseline = space + letters.height;
  layout.width = picture.width;
  for (const std::string& text : texts)
    layout.width = std::max(layout.width, text_width(text, layout) + 2 * space);
  return layout;
}

Image with_caption(const Image& picture, const std::string& text, const Layout& layout,
                   const std::array<unsigned char, 3>& color) {
  Image margin(1, 1, 3);
  std::copy(color.begin(), color.end(), margin.pixels.begin());
  margin = to_channels(std::move(margin), picture.channels);
  Image out(layout.width, picture.height + layout.strip, picture.channels);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = margin.pixels[i % margin.channels];
  const int left = (layout.width - picture.width) / 2;
  const std::size_t row = static_cast<std::size_t>(picture.width) * picture.channels;
  for (int y = 0; y < picture.height; ++y) std::memcpy(out.at(left, y), picture.at(0, y), row);
  // The strip alone, so that no letter reaches into the picture.
  cv::Mat strip(layout.strip, layout.width, CV_8UC(out.channels), out.at(0, picture.height));
  const unsigned char luma = to_channels(margin, 1).pixels[0];
  cv::putText(strip, text, {(layout.width - text_width(text, layout)) / 2, layout.baseline}, kFont,
              layout.scale, cv::Scalar::all(luma < 128 ? 255 : 0), layout.thickness, cv::LINE_AA);
  return out;
}

}  // namespace

std::vector<Image> with_captions(const std::vector<Image>& pictures, const std::vector<std::string>& texts,
                                 const std::array<unsigned char, 3>& color) {
  const auto like_first = [&](const Image& p) {
    return p.width == pictures[0].width && p.height == pictures[0].height &&
           (p.channels == 1 || p.channels == 3);
  };
  if (pictures.size() != texts.size() || !std::all_of(pictures.begin(), pictures.end(), like_first))
    throw Error(ErrorKind::internal, core::str("with_captions: ", texts.size(), " texts for ",
                                               pictures.size(), " pictures, or unequal ones"));
  if (std::all_of(texts.begin(), texts.end(), [](const std::string& text) { return text.empty(); }))
    return pictures;
  prepare_opencv();
  const Layout layout = layout_for(pictures[0], texts);
  std::vector<Image> out;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    out.push_back(with_caption(pictures[i], texts[i], layout, color));
  return out;
}

}  // namespace facegan::image
