// TIFF by libtiff: the first picture of a file. Grey, RGB, palettes and inks of up to 32 bits are unpacked
// here, since libtiff's own way to 8 bits cuts 16-bit grey short; YCbCr and Lab go that way.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "facegan/core/text.h"
#include "image/tiff_file.h"

namespace facegan::image {
namespace {

// The usual ones: none, three of fax, LZW, JPEG, deflate under two numbers, runs. The rest of what libtiff
// has is not worth what it could do.
bool is_known_compression(int method) {
  for (const int known : {1, 2, 3, 4, 5, 7, 8, 32946, 32773})
    if (method == known) return true;
  return false;
}

// " (zstd)", where it is one that is met.
std::string name_of(int method) {
  static constexpr std::pair<int, const char*> kNames[] = {
      {6, "old JPEG"}, {34661, "JBIG"}, {34676, "LogLuv"}, {34677, "LogLuv"},     {34712, "JPEG 2000"},
      {34925, "LZMA"}, {50000, "zstd"}, {50001, "WebP"},   {32809, "ThunderScan"}};
  for (const auto& [number, name] : kNames)
    if (number == method) return core::str(" (", name, ")");
  return "";
}

bool is_fax(int method) {
  return method >= 2 && method <= 4;
}

// A channel of the picture: which sample of a pixel it is, and the level of each value.
struct Channel {
  int sample;
  std::vector<unsigned char> level;
};

// Levels of all values of so many bits, 255 for the highest. More than 8 count as the upper ones of 16; of 32
// the upper 16 are read.
std::vector<unsigned char> levels(int bits) {
  bits = std::min(bits, 16);
  const std::uint32_t count = 1u << bits, highest = bits > 8 ? 65535 : count - 1;
  std::vector<unsigned char> level(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t value = bits > 8 ? i << (16 - bits) : i;
    level[i] = static_cast<unsigned char>((value * 255 + highest / 2) / highest);
  }
  return level;
}

// Cyan, magenta, yellow, black (255 = all of it), and alpha where there is a fifth -> RGB or RGBA.
Image from_inks(const Image& inks) {
  Image out(inks.width, inks.height, inks.channels - 1);
  const unsigned char* in = inks.pixels.data();
  for (std::size_t i = 0; i < out.pixels.size(); i += out.channels, in += inks.channels) {
    for (int c = 0; c < 3; ++c)
      out.pixels[i + c] = static_cast<unsigned char>(((255 - in[c]) * (255 - in[3]) + 127) / 255);
    if (inks.channels == 5) out.pixels[i + 3] = in[4];
  }
  return out;
}

class TiffReader {
 public:
  TiffReader(Bytes encoded, const DecodeLimits& limits) : file_(encoded, limits), limits_(limits) {}
  Dimensions dimensions() const {
    return {file_.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH), file_.field<std::uint32_t>(TIFFTAG_IMAGELENGTH)};
  }
  Decoded read();

 private:
  bool is_unpacked_here() const {
    return photometric_ <= PHOTOMETRIC_PALETTE || photometric_ == PHOTOMETRIC_SEPARATED;
  }
  int colors() const {
    return photometric_ == PHOTOMETRIC_RGB ? 3 : photometric_ == PHOTOMETRIC_SEPARATED ? 4 : 1;
  }
  std::optional<Channel> alpha(bool& premultiplied) const;
  void check_kind() const;
  void check_size(std::uint64_t pixels) const;
  std::vector<Channel> channels(bool& premultiplied) const;
  void read_samples(const std::vector<Channel>& channels, Image& picture);
  Decoded read_by_libtiff();

  TiffFile file_;
  const DecodeLimits& limits_;
  int width_ = 0, height_ = 0, bits_ = 0, samples_ = 0, photometric_ = 0;
};

// The first sample that is no colour, where it is alpha. A fourth one of RGB of which nothing is said counts
// as that, as for libtiff; one that is said to be something else does not.
std::optional<Channel> TiffReader::alpha(bool& premultiplied) const {
  if (samples_ <= colors()) return {};
  std::uint16_t count = 0, *kinds = nullptr;
  const bool is_said = TIFFGetField(file_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) && count > 0 && kinds;
  if (is_said ? kinds[0] == EXTRASAMPLE_UNSPECIFIED : photometric_ != PHOTOMETRIC_RGB) return {};
  // Inks that hold their alpha are what is seen on white paper.
  if (photometric_ == PHOTOMETRIC_SEPARATED && kinds[0] == EXTRASAMPLE_ASSOCALPHA) return {};
  premultiplied = is_said ? kinds[0] == EXTRASAMPLE_ASSOCALPHA : bits_ <= 8;
  return Channel{colors(), levels(bits_)};
}

void TiffReader::check_kind() const {
  const int method = file_.field<std::uint16_t>(TIFFTAG_COMPRESSION),
            format = file_.field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT);
  if (!is_known_compression(method))
    fail_data(core::str("TIFF compressed by method ", method, name_of(method)));
  if (bits_ < 1 || (bits_ > 16 && bits_ != 32)) fail_data(core::str("TIFF with ", bits_, " bits per sample"));
  if (samples_ < 1 || samples_ > 5) fail_data(core::str("TIFF with ", samples_, " samples per pixel"));
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
    fail_data("TIFF with floating-point or signed pixels");
}

// Nothing is allocated for a mere header.
void TiffReader::check_size(std::uint64_t pixels) const {
  const int method = file_.field<std::uint16_t>(TIFFTAG_COMPRESSION);
  if (is_fax(method) && bits_ == 1) return;  // white paper takes a bit for a row
  // LZW, which does best, packs not quite 4,096 bytes into one. Chroma may be left out.
  const std::uint64_t samples = is_unpacked_here() ? static_cast<std::uint64_t>(samples_) : 1;
  const std::uint64_t bytes = std::uint64_t{file_.size()} * (method == COMPRESSION_NONE ? 1 : 4096);
  if (bytes < pixels * samples * static_cast<std::uint64_t>(bits_) / 8) fail_data("truncated TIFF");
}

Decoded TiffReader::read() {
  const auto [wide, high] = dimensions();
  check_dimensions(wide, high, limits_);
  std::uint64_t pixels = wide * high;
  if (TIFFIsTiled(file_.get())) {
    const std::uint64_t tile_wide = file_.field<std::uint32_t>(TIFFTAG_TILEWIDTH),
                        tile_high = file_.field<std::uint32_t>(TIFFTAG_TILELENGTH);
    check_dimensions(tile_wide, tile_high, limits_);
    pixels = std::max(pixels, tile_wide * tile_high);
  }
  width_ = static_cast<int>(wide), height_ = static_cast<int>(high);
  bits_ = file_.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
  samples_ = file_.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
  check_kind();
  std::uint16_t photometric;
  if (!TIFFGetField(file_.get(), TIFFTAG_PHOTOMETRIC, &photometric))
    fail_data("damaged TIFF: no photometric field");
  photometric_ = photometric;
  check_size(pixels);
  Decoded decoded;
  if (is_unpacked_here()) {
    const std::vector<Channel> all = channels(decoded.premultiplied);
    decoded.picture = Image(width_, height_, static_cast<int>(all.size()));
    read_samples(all, decoded.picture);
    if (photometric_ == PHOTOMETRIC_SEPARATED) decoded.picture = from_inks(decoded.picture);
  } else {
    decoded = read_by_libtiff();
  }
  if (file_.failed()) file_.fail();
  decoded.picture = upright(std::move(decoded.picture), file_.field<std::uint16_t>(TIFFTAG_ORIENTATION));
  return decoded;
}

std::vector<Channel> TiffReader::channels(bool& premultiplied) const {
  const std::vector<unsigned char> plain = levels(bits_);
  std::vector<Channel> all;
  if (samples_ < colors())
    fail_data(core::str("damaged TIFF: ", colors(), " colours with ", samples_, " samples per pixel"));
  if (photometric_ == PHOTOMETRIC_SEPARATED && file_.field<std::uint16_t>(TIFFTAG_INKSET) != INKSET_CMYK)
    fail_data("TIFF with inks other than cyan, magenta, yellow and black");
  if (colors() > 1) {
    for (int c = 0; c < colors(); ++c) all.push_back({c, plain});
  } else if (photometric_ == PHOTOMETRIC_PALETTE) {
    std::uint16_t* table[3];
    if (!TIFFGetField(file_.get(), TIFFTAG_COLORMAP, &table[0], &table[1], &table[2]))
      fail_data("damaged TIFF: no colour table");
    const std::size_t count = plain.size();
    // Old files have 8-bit tables.
    bool deep = false;
    for (const std::uint16_t* values : table)
      deep = deep || std::any_of(values, values + count, [](std::uint16_t value) { return value > 255; });
    for (const std::uint16_t* values : table) {
      Channel& channel = all.emplace_back(Channel{0, std::vector<unsigned char>(count)});
      for (std::size_t i = 0; i < count; ++i)
        channel.level[i] = static_cast<unsigned char>(values[i] >> (deep ? 8 : 0));
    }
  } else {
    all.push_back({0, plain});
    if (photometric_ == PHOTOMETRIC_MINISWHITE) std::reverse(all[0].level.begin(), all[0].level.end());
  }
  if (const auto last = alpha(premultiplied)) all.push_back(*last);
  return all;
}

// Sample i of a packed row.
unsigned sample_at(const unsigned char* row, std::size_t i, int bits) {
  if (bits == 8) return row[i];
  std::uint16_t value = 0;
  if (bits == 16) {
    std::memcpy(&value, row + 2 * i, 2);
    return value;
  }
  if (bits == 32) {
    std::uint32_t wide;
    std::memcpy(&wide, row + 4 * i, 4);
    return wide >> 16;
  }
  const auto width = static_cast<std::size_t>(bits);
  for (std::size_t bit = i * width; bit < (i + 1) * width; ++bit)
    value = static_cast<std::uint16_t>(value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1));
  return value;
}

// Tile by tile, or row by row, of all samples or of one after the other.
void TiffReader::read_samples(const std::vector<Channel>& channels, Image& picture) {
  const bool tiled = TIFFIsTiled(file_.get());
  const bool planes =
      file_.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && samples_ > 1;
  const int block_width = tiled ? static_cast<int>(file_.field<std::uint32_t>(TIFFTAG_TILEWIDTH)) : width_;
  const int block_height = tiled ? static_cast<int>(file_.field<std::uint32_t>(TIFFTAG_TILELENGTH)) : 1;
  const std::size_t step = planes ? 1 : static_cast<std::size_t>(samples_);
  const std::size_t row_bytes = (static_cast<std::size_t>(block_width) * step * bits_ + 7) / 8;
  const tmsize_t bytes = tiled ? TIFFTileSize(file_.get()) : TIFFScanlineSize(file_.get());
  if (bytes < 1 || static_cast<std::size_t>(bytes) != row_bytes * block_height) file_.fail();
  if (static_cast<std::uint64_t>(bytes) > 8 * limits_.max_pixels)
    fail_data(core::str("TIFF with tiles of ", core::human_bytes(static_cast<std::uint64_t>(bytes))));
  std::vector<unsigned char> block(static_cast<std::size_t>(bytes));
  for (int plane = 0; plane < (planes ? samples_ : 1); ++plane)
    for (int top = 0; top < height_; top += block_height)
      for (int left = 0; left < width_; left += block_width) {
        const auto x = static_cast<std::uint32_t>(left), y = static_cast<std::uint32_t>(top);
        const auto sample = static_cast<std::uint16_t>(plane);
        std::fill(block.begin(), block.end(), 0);
        if (tiled ? TIFFReadTile(file_.get(), block.data(), x, y, 0, sample) < 0
                  : TIFFReadScanline(file_.get(), block.data(), y, sample) < 0)
          file_.fail();
        const int right = std::min(width_, left + block_width),
                  bottom = std::min(height_, top + block_height);
        for (std::size_t c = 0; c < channels.size(); ++c) {
          const auto& [of_sample, level] = channels[c];
          if (planes && of_sample != plane) continue;
          const std::size_t first = planes ? 0 : static_cast<std::size_t>(of_sample);
          for (int row = top; row < bottom; ++row)
            for (int column = left; column < right; ++column)
              picture.at(column, row)[c] =
                  level[sample_at(block.data() + row_bytes * static_cast<std::size_t>(row - top),
                                  first + step * static_cast<std::size_t>(column - left), bits_)];
        }
      }
}

Decoded TiffReader::read_by_libtiff() {
  if (samples_ > 4) fail_data(core::str("TIFF with ", samples_, " samples per pixel"));
  char reason[1024] = "";
  TIFFRGBAImage image;
  if (!TIFFRGBAImageBegin(&image, file_.get(), /*stop=*/1, reason))
    fail_data(core::str("TIFF that cannot be read: ", core::printable(reason)));
  const std::unique_ptr<TIFFRGBAImage, void (*)(TIFFRGBAImage*)> owner(&image, TIFFRGBAImageEnd);
  image.req_orientation = image.orientation;  // as stored
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(width_) * height_);
  if (!TIFFRGBAImageGet(&image, pixels.data(), image.width, image.height)) file_.fail();
  Decoded decoded{Image(width_, height_, image.alpha ? 4 : 3), true};
  unsigned char* out = decoded.picture.pixels.data();
  for (const std::uint32_t pixel : pixels)
    for (int c = 0; c < decoded.picture.channels; ++c) *out++ = static_cast<unsigned char>(pixel >> 8 * c);
  return decoded;
}

}  // namespace

Decoded decode_tiff(Bytes encoded, const DecodeLimits& limits) {
  return TiffReader(encoded, limits).read();
}

Dimensions tiff_dimensions(Bytes encoded) {
  const DecodeLimits limits;
  return TiffReader(encoded, limits).dimensions();
}

}  // namespace facegan::image
