#include "image/palette.h"

#include <algorithm>
#include <cstdint>

namespace facegan::image {
namespace {

Color color_at(const Image& picture, std::size_t pixel) {
  const unsigned char* p = picture.pixels.data() + pixel * picture.channels;
  return picture.channels == 1 ? Color{p[0], p[0], p[0]} : Color{p[0], p[1], p[2]};
}

// Fills `out` when the picture has few enough colours.
bool exact_palette(const Image& picture, Indexed& out) {
  const std::size_t pixels = static_cast<std::size_t>(picture.width) * picture.height;
  std::vector<std::uint16_t> slot(4096, 0);  // open addressing: palette index + 1
  out.indices.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const Color color = color_at(picture, i);
    std::uint32_t at = (color[0] * 65537u + color[1] * 257u + color[2]) * 2654435761u >> 20;
    while (slot[at] && out.palette[slot[at] - 1] != color) at = (at + 1) % 4096;
    if (!slot[at]) {
      if (out.palette.size() == 256) return false;
      out.palette.push_back(color);
      slot[at] = static_cast<std::uint16_t>(out.palette.size());
    }
    out.indices[i] = static_cast<unsigned char>(slot[at] - 1);
  }
  return true;
}

// How much the eye minds an error in red, green and blue.
constexpr int kWeights[3] = {2, 4, 2};

// Pixels whose 5 upper bits agree in each channel.
struct Bin {
  std::uint64_t count = 0, sum[3] = {};
  float mean(int axis) const { return static_cast<float>(sum[axis]) / static_cast<float>(count); }
};

// A range of bins that becomes one colour.
struct Cluster {
  std::size_t begin, end;
  int axis = 0;       // along which the colours differ most
  double spread = 0;  // squared error along it
};

Cluster measured(const std::vector<Bin>& bins, std::size_t begin, std::size_t end) {
  Cluster cluster{begin, end};
  for (int axis = 0; axis < 3; ++axis) {
    double count = 0, sum = 0, squares = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const double n = static_cast<double>(bins[i].count), mean = bins[i].mean(axis);
      count += n;
      sum += n * mean;
      squares += n * mean * mean;
    }
    const double spread = kWeights[axis] * (squares - sum * sum / count);
    if (spread > cluster.spread) cluster.axis = axis, cluster.spread = spread;
  }
  return cluster;
}

// Where the sorted bins of a cluster are cut so that the squared error of the two parts is least.
std::size_t best_cut(const std::vector<Bin>& bins, const Cluster& cluster) {
  double count = 0, sum = 0, left = 0, left_sum = 0, best = -1;
  for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
    count += static_cast<double>(bins[i].count);
    sum += static_cast<double>(bins[i].sum[cluster.axis]);
  }
  std::size_t at = cluster.begin + 1;
  for (std::size_t i = cluster.begin; i + 1 < cluster.end; ++i) {
    left += static_cast<double>(bins[i].count);
    left_sum += static_cast<double>(bins[i].sum[cluster.axis]);
    const double right = count - left, right_sum = sum - left_sum;
    const double gain = left_sum * left_sum / left + right_sum * right_sum / right;
    if (gain > best) best = gain, at = i + 1;
  }
  return at;
}

// Cuts the cluster with the largest error until there are `wanted`; the colours are their means.
std::vector<Color> colors_of(std::vector<Bin> bins, std::size_t wanted) {
  std::vector<Cluster> clusters{measured(bins, 0, bins.size())};
  while (clusters.size() < wanted) {
    const auto widest = std::max_element(clusters.begin(), clusters.end(),
                                         [](const auto& a, const auto& b) { return a.spread < b.spread; });
    const auto [begin, end, axis, spread] = *widest;
    if (end - begin < 2 || spread <= 0) break;
    const auto by_axis = [axis = axis](const Bin& a, const Bin& b) { return a.mean(axis) < b.mean(axis); };
    std::stable_sort(bins.begin() + begin, bins.begin() + end, by_axis);
    const std::size_t middle = best_cut(bins, *widest);
    *widest = measured(bins, begin, middle);
    clusters.push_back(measured(bins, middle, end));
  }
  std::vector<Color> palette;
  for (const Cluster& cluster : clusters) {
    Bin all;
    for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
      all.count += bins[i].count;
      for (int axis = 0; axis < 3; ++axis) all.sum[axis] += bins[i].sum[axis];
    }
    Color& color = palette.emplace_back();
    for (int axis = 0; axis < 3; ++axis)
      color[axis] = static_cast<unsigned char>((all.sum[axis] + all.count / 2) / all.count);
  }
  return palette;
}

std::vector<Bin> histogram(const Image& picture, const Color& apart) {
  std::vector<Bin> bins(1 << 15);
  const std::size_t pixels = static_cast<std::size_t>(picture.width) * picture.height;
  for (std::size_t i = 0; i < pixels; ++i) {
    const Color color = color_at(picture, i);
    if (color == apart) continue;
    Bin& bin = bins[(color[0] >> 3) << 10 | (color[1] >> 3) << 5 | color[2] >> 3];
    ++bin.count;
    for (int axis = 0; axis < 3; ++axis) bin.sum[axis] += color[axis];
  }
  std::erase_if(bins, [](const Bin& bin) { return bin.count == 0; });
  return bins;
}

// Nearest palette entry. Looks at the nearest greens first, and ends where green alone is too far.
class NearestColor {
 public:
  explicit NearestColor(const std::vector<Color>& palette) {
    for (std::size_t i = 0; i < palette.size(); ++i) by_green_.push_back({palette[i], static_cast<int>(i)});
    std::stable_sort(by_green_.begin(), by_green_.end(),
                     [](const Entry& a, const Entry& b) { return a.color[1] < b.color[1]; });
    std::size_t at = 0;
    for (int green = 0; green < 256; ++green) {
      while (at < by_green_.size() && by_green_[at].color[1] < green) ++at;
      first_[green] = at;
    }
  }

  int operator()(const int (&wanted)[3]) const {
    int best = 0, best_distance = INT32_MAX;
    const auto look = [&](const Entry& entry) {
      const int dg = wanted[1] - entry.color[1], far = kWeights[1] * dg * dg;
      if (far >= best_distance) return false;
      const int dr = wanted[0] - entry.color[0], db = wanted[2] - entry.color[2];
      const int distance = kWeights[0] * dr * dr + far + kWeights[2] * db * db;
      if (distance < best_distance) best = entry.index, best_distance = distance;
      return true;
    };
    std::size_t up = first_[wanted[1]], down = up;
    for (bool above = true, below = true; above || below;) {
      above = above && up < by_green_.size() && look(by_green_[up++]);
      below = below && down > 0 && look(by_green_[--down]);
    }
    return best;
  }

 private:
  struct Entry {
    Color color;
    int index;
  };
  std::vector<Entry> by_green_;
  std::array<std::size_t, 256> first_{};  // entry with at least this green
};

// What a pixel takes over from its neighbours: more piles up where the palette has no such colour, and comes
// out as a dot of quite another one.
constexpr int kMaxError = 20;

// R. Floyd, L. Steinberg, 1976: 7/16 ahead, 3/16, 5/16, 1/16 below; every second row backwards.
// Entry 0 of the palette is the exact colour.
void dither(const Image& picture, Indexed& out) {
  const int width = picture.width;
  const NearestColor nearest(out.palette);
  // Sixteenths of the errors of this row and the next, [W + 2, 3].
  std::vector<std::array<int, 3>> now(static_cast<std::size_t>(width) + 2), below(now.size());
  for (int y = 0; y < picture.height; ++y) {
    const int step = y % 2 ? -1 : 1;
    for (int x = step > 0 ? 0 : width - 1; x >= 0 && x < width; x += step) {
      const std::size_t pixel = static_cast<std::size_t>(y) * width + x;
      const Color color = color_at(picture, pixel);
      if (color == out.palette[0]) {
        out.indices[pixel] = 0;
        continue;
      }
      int wanted[3];
      for (int axis = 0; axis < 3; ++axis)
        wanted[axis] =
            std::clamp(color[axis] + std::clamp((now[x + 1][axis] + 8) / 16, -kMaxError, kMaxError), 0, 255);
      const int index = nearest(wanted);
      out.indices[pixel] = static_cast<unsigned char>(index);
      for (int axis = 0; axis < 3; ++axis) {
        const int error = wanted[axis] - out.palette[index][axis];
        now[x + 1 + step][axis] += 7 * error;
        below[x + 1 - step][axis] += 3 * error;
        below[x + 1][axis] += 5 * error;
        below[x + 1 + step][axis] += error;
      }
    }
    now.swap(below);
    std::fill(below.begin(), below.end(), std::array<int, 3>{});
  }
}

}  // namespace

Indexed with_palette(const Image& picture) {
  Indexed out;
  if (exact_palette(picture, out)) return out;
  const Color apart = color_at(picture, 0);
  out.palette = colors_of(histogram(picture, apart), 255);
  out.palette.insert(out.palette.begin(), apart);
  dither(picture, out);
  return out;
}

}  // namespace facegan::image
