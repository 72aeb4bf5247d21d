// The first picture of a GIF by giflib. GIF89a specification, sections 18 to 23; frame by frame, so that
// later ones cost nothing.
#include <gif_lib.h>

#include <cstring>
#include <memory>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

// LZW, of codes of up to 12 bits for up to 4,096 pixels each, does not pack better.
constexpr std::uint64_t kMaxRatio = 4096;

class GifReader {
 public:
  explicit GifReader(Bytes encoded) : rest_(encoded), size_(encoded.size()) {
    int error = 0;
    const auto give = [](GifFileType* gif, GifByteType* out, int size) {
      Bytes& rest = static_cast<GifReader*>(gif->UserData)->rest_;
      const std::size_t given = std::min(rest.size(), static_cast<std::size_t>(size));
      if (given > 0) std::memcpy(out, rest.data(), given);
      rest = rest.subspan(given);
      return static_cast<int>(given);
    };
    gif_.reset(DGifOpen(this, give, &error));
    if (!gif_) fail(error);
  }
  GifReader(const GifReader&) = delete;

  // To the first picture, which may reach beyond the screen.
  Dimensions find_picture();
  Decoded read(const DecodeLimits& limits);

 private:
  struct Close {
    void operator()(GifFileType* gif) const {
      int error = 0;
      DGifCloseFile(gif, &error);
    }
  };

  [[noreturn]] void fail(int error) const {
    if (rest_.empty()) fail_data("truncated GIF");
    const char* text = GifErrorString(error);
    fail_data(core::str("damaged GIF: ", text ? text : "no reason given"));
  }
  void check(int result) const {
    if (result == GIF_ERROR) fail(gif_->Error);
  }
  void read_extension();
  void fill(Image& picture) const;
  void put_row(Image& picture, const ColorMapObject& colors, const std::vector<GifByteType>& line,
               int y) const;

  Bytes rest_;
  std::uint64_t size_;
  int transparent_ = NO_TRANSPARENT_COLOR;
  std::unique_ptr<GifFileType, Close> gif_;
};

void GifReader::read_extension() {
  int code = 0;
  GifByteType* block = nullptr;  // its size, then its bytes
  check(DGifGetExtension(gif_.get(), &code, &block));
  GraphicsControlBlock control;
  if (code == GRAPHICS_EXT_FUNC_CODE && block && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
    transparent_ = control.TransparentColor;
  while (block) check(DGifGetExtensionNext(gif_.get(), &block));
}

Dimensions GifReader::find_picture() {
  GifRecordType kind = UNDEFINED_RECORD_TYPE;
  while (kind != IMAGE_DESC_RECORD_TYPE) {
    check(DGifGetRecordType(gif_.get(), &kind));
    if (kind == TERMINATE_RECORD_TYPE) fail_data("GIF without a picture");
    if (kind == EXTENSION_RECORD_TYPE) read_extension();
  }
  check(DGifGetImageDesc(gif_.get()));
  const GifImageDesc& at = gif_->Image;
  return {static_cast<std::uint64_t>(std::max(gif_->SWidth, at.Left + at.Width)),
          static_cast<std::uint64_t>(std::max(gif_->SHeight, at.Top + at.Height))};
}

// [width] indices -> RGB or RGBA of the picture's row; what is transparent stays as it is.
void GifReader::put_row(Image& picture, const ColorMapObject& colors, const std::vector<GifByteType>& line,
                        int y) const {
  unsigned char* out = picture.at(gif_->Image.Left, gif_->Image.Top + y);
  for (const GifByteType index : line) {
    if (index != transparent_) {
      const GifColorType color = index < colors.ColorCount ? colors.Colors[index] : GifColorType{0, 0, 0};
      out[0] = color.Red, out[1] = color.Green, out[2] = color.Blue;
      if (picture.channels == 4) out[3] = 255;
    }
    out += picture.channels;
  }
}

// What no picture covers has the background's colour, by the specification; where there is one, else it is
// clear.
void GifReader::fill(Image& picture) const {
  const ColorMapObject* const colors = gif_->SColorMap;
  if (!colors || gif_->SBackGroundColor >= colors->ColorCount) return;
  const GifColorType& color = colors->Colors[gif_->SBackGroundColor];
  const unsigned char rgba[] = {color.Red, color.Green, color.Blue, 255};
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = rgba[i % 4];
}

Decoded GifReader::read(const DecodeLimits& limits) {
  const auto [width, height] = find_picture();
  check_dimensions(width, height, limits);
  const GifImageDesc& at = gif_->Image;
  check_dimensions(static_cast<std::uint64_t>(at.Width), static_cast<std::uint64_t>(at.Height), limits);
  // Nothing is allocated for a mere header.
  if (width * height > size_ * kMaxRatio)
    fail_data(core::str("truncated GIF: ", width, "x", height, " pixels in ", size_, " bytes"));
  const ColorMapObject* colors = at.ColorMap ? at.ColorMap : gif_->SColorMap;
  if (!colors) fail_data("damaged GIF: no colour table");
  const bool is_whole =
      width == static_cast<std::uint64_t>(at.Width) && height == static_cast<std::uint64_t>(at.Height);
  Image picture(static_cast<int>(width), static_cast<int>(height),
                is_whole && transparent_ == NO_TRANSPARENT_COLOR ? 3 : 4);
  if (!is_whole && transparent_ == NO_TRANSPARENT_COLOR) fill(picture);
  std::vector<GifByteType> line(static_cast<std::size_t>(at.Width));
  struct Pass {
    int first, step;
  };
  static constexpr Pass kPlain[] = {{0, 1}}, kInterlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  for (const auto& [first, step] :
       at.Interlace ? std::span<const Pass>(kInterlaced) : std::span<const Pass>(kPlain))
    for (int y = first; y < at.Height; y += step) {
      check(DGifGetLine(gif_.get(), line.data(), at.Width));
      put_row(picture, *colors, line, y);
    }
  return {std::move(picture)};
}

}  // namespace

Decoded decode_gif(Bytes encoded, const DecodeLimits& limits) {
  return GifReader(encoded).read(limits);
}

Dimensions gif_dimensions(Bytes encoded) {
  return GifReader(encoded).find_picture();
}

}  // namespace facegan::image
