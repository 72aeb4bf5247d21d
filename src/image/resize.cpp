// From the original's pixels to the picture that is trained on: channels, orientation, crop, resize.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

// Rec. 601, as in JPEG.
unsigned char luma(int r, int g, int b) {
  return static_cast<unsigned char>((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

int over_white(int value, int alpha, bool premultiplied) {
  if (premultiplied) return std::min(255, value + 255 - alpha);
  return (value * alpha + 255 * (255 - alpha) + 127) / 255;
}

void resize_by(const cv::Mat& from, cv::Mat& to, int width, int height, int how) {
  if (from.cols == width && from.rows == height)
    to = from;
  else
    cv::resize(from, to, cv::Size(width, height), 0, 0, how);
}

// The area mean shrinks without aliasing, the cubic enlarges; each axis gets the one it needs.
Image resized(const Image& picture, const Box& box, int width, int height) {
  if (width < 1 || height < 1) throw Error(ErrorKind::internal, core::str("resize to ", width, "x", height));
  prepare_opencv();
  // OpenCV only reads through this pointer.
  const cv::Mat whole(picture.height, picture.width, CV_8UC(picture.channels),
                      const_cast<unsigned char*>(picture.pixels.data()));
  const cv::Mat from = whole(cv::Rect(box.left, box.top, box.width(), box.height()));
  cv::Mat shrunk, sized;
  resize_by(from, shrunk, std::min(box.width(), width), std::min(box.height(), height), cv::INTER_AREA);
  resize_by(shrunk, sized, width, height, cv::INTER_CUBIC);
  Image out(width, height, picture.channels);
  for (int y = 0; y < height; ++y)
    std::memcpy(out.at(0, y), sized.ptr(y), static_cast<std::size_t>(width) * picture.channels);
  return out;
}

}  // namespace

void prepare_opencv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  });
}

bool parse_crop(const std::string& text, Crop& crop) {
  if (text == "whole" || text == "center") {
    crop = Crop{text == "whole" ? Crop::Kind::whole : Crop::Kind::center};
    return true;
  }
  const auto parts = core::split(text, ',');
  if (parts.size() != 4) return false;
  int edge[4];
  for (int i = 0; i < 4; ++i) {
    std::int64_t value;
    if (!core::parse_integer(core::trim(parts[i]), value) || value < 0 || value > INT32_MAX) return false;
    edge[i] = static_cast<int>(value);
  }
  if (edge[0] >= edge[2] || edge[1] >= edge[3]) return false;
  crop = Crop{Crop::Kind::box, edge[0], edge[1], edge[2], edge[3]};
  return true;
}

std::string crop_text(const Crop& crop) {
  switch (crop.kind) {
    case Crop::Kind::whole:
      return "whole";
    case Crop::Kind::center:
      return "center";
    default:
      return core::str(crop.left, ',', crop.top, ',', crop.right, ',', crop.bottom);
  }
}

Box crop_box(const Crop& crop, int width, int height) {
  if (crop.kind == Crop::Kind::whole) return {0, 0, width, height};
  if (crop.kind == Crop::Kind::center) {
    // As wide or as high as the original, whichever the proportions allow.
    const std::int64_t w = width, h = height, across = crop.sides.width, down = crop.sides.height;
    const bool is_wide = w * down > h * across;
    const auto cut_width =
                   static_cast<int>(is_wide ? std::max<std::int64_t>(1, (h * across + down / 2) / down) : w),
               cut_height = static_cast<int>(
                   is_wide ? h : std::max<std::int64_t>(1, (w * down + across / 2) / across));
    const int left = (width - cut_width) / 2, top = (height - cut_height) / 2;
    return {left, top, left + cut_width, top + cut_height};
  }
  if (crop.left < 0 || crop.top < 0 || crop.left >= crop.right || crop.top >= crop.bottom ||
      crop.right > width || crop.bottom > height)
    fail_data(
        core::str("crop box ", crop_text(crop), " does not lie in the ", width, "x", height, " picture"));
  return {crop.left, crop.top, crop.right, crop.bottom};
}

Crop in_proportion(Crop crop, const core::Size& size) {
  crop.sides = size;
  return crop;
}

Image cut(const Image& picture, const Box& box) {
  Image out(box.width(), box.height(), picture.channels);
  const std::size_t row = static_cast<std::size_t>(out.width) * out.channels;
  for (int y = 0; y < out.height; ++y) std::memcpy(out.at(0, y), picture.at(box.left, box.top + y), row);
  return out;
}

Image to_channels(Image picture, int channels, bool premultiplied) {
  if (picture.channels == channels) return picture;
  Image out(picture.width, picture.height, channels);
  const bool grey = picture.channels <= 2, alpha = picture.channels == 2 || picture.channels == 4;
  const unsigned char* in = picture.pixels.data();
  for (std::size_t i = 0; i < out.pixels.size(); i += channels, in += picture.channels) {
    int rgb[3] = {in[0], in[grey ? 0 : 1], in[grey ? 0 : 2]};
    if (alpha)
      for (int& value : rgb) value = over_white(value, in[picture.channels - 1], premultiplied);
    if (channels == 1)
      out.pixels[i] = grey ? static_cast<unsigned char>(rgb[0]) : luma(rgb[0], rgb[1], rgb[2]);
    else
      for (int c = 0; c < 3; ++c) out.pixels[i + c] = static_cast<unsigned char>(rgb[c]);
  }
  return out;
}

Image upright(Image picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool swaps_axes = orientation >= 5;
  Image out(swaps_axes ? picture.height : picture.width, swaps_axes ? picture.width : picture.height,
            picture.channels);
  const int last_x = picture.width - 1, last_y = picture.height - 1;
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      int from_x = swaps_axes ? y : x, from_y = swaps_axes ? x : y;
      // 2 mirrored, 3 turned by 180, 4 upside down; 5 to 8 the same about the diagonal.
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        from_x = last_x - from_x;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        from_y = last_y - from_y;
      std::memcpy(out.at(x, y), picture.at(from_x, from_y), picture.channels);
    }
  return out;
}

Image fit(const Image& original, const Crop& crop, const core::Size& size, int channels) {
  if (channels != 1 && channels != 3) throw Error(ErrorKind::internal, core::str("fit: channels ", channels));
  const Box box = crop_box(in_proportion(crop, size), original.width, original.height);
  return to_channels(resized(original, box, static_cast<int>(size.width), static_cast<int>(size.height)),
                     channels);
}

Image resize(const Image& picture, int width, int height) {
  return resized(picture, {0, 0, picture.width, picture.height}, width, height);
}

void mirror(unsigned char* pixels, int width, int height, int channels) {
  const auto step = static_cast<std::ptrdiff_t>(channels);
  for (int y = 0; y < height; ++y) {
    unsigned char* left = pixels + static_cast<std::ptrdiff_t>(y) * width * step;
    for (unsigned char* right = left + (width - 1) * step; left < right; left += step, right -= step)
      std::swap_ranges(left, left + step, right);
  }
}

Image shrink_to(const Image& picture, int max_side_px) {
  const int side = std::max(picture.width, picture.height);
  if (max_side_px < 1 || side < 1) throw Error(ErrorKind::internal, core::str("shrink_to: ", max_side_px));
  if (side <= max_side_px) return picture;
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::int64_t{length} * max_side_px / side));
  };
  return resize(picture, scaled(picture.width), scaled(picture.height));
}

}  // namespace facegan::image
