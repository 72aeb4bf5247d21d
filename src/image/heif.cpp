// HEIC and AVIF by libheif, which is asked for when the first such picture comes: it brings large codecs that
// few need. Declared here is what is used of its C interface (libheif/heif.h, unchanged since 1.0 where not
// said), so that no build needs its headers.
#include "facegan/image/heif.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

struct heif_context;
struct heif_image_handle;
struct heif_image;
struct heif_error {
  int code, subcode;  // 0 = none
  const char* message;
};
// Its fields up to the one that is asked for.
struct heif_color_profile_nclx {
  std::uint8_t version;
  int primaries, transfer, matrix;
  std::uint8_t full_range;  // 0: video range, black at 16 and white at 235 of 255
};
// Of heif_colorspace, heif_chroma and heif_channel.
constexpr int kRgb = 1, kMonochrome = 2, kInterleavedRgb = 10, kInterleavedRgba = 11, kAsStored = 99;
constexpr int kY = 0, kInterleaved = 10;

struct Libheif {
  heif_context* (*context_alloc)() = nullptr;
  void (*context_free)(heif_context*) = nullptr;
  heif_error (*read)(heif_context*, const void*, std::size_t, const void* options) = nullptr;  // 1.3
  heif_error (*primary)(heif_context*, heif_image_handle**) = nullptr;
  void (*handle_release)(const heif_image_handle*) = nullptr;
  int (*width)(const heif_image_handle*) = nullptr;
  int (*height)(const heif_image_handle*) = nullptr;
  int (*has_alpha)(const heif_image_handle*) = nullptr;
  int (*is_premultiplied)(const heif_image_handle*) = nullptr;  // 1.12
  heif_error (*decode)(const heif_image_handle*, heif_image**, int space, int chroma,
                       const void* options) = nullptr;
  const std::uint8_t* (*plane)(const heif_image*, int channel, int* stride) = nullptr;
  int (*plane_width)(const heif_image*, int channel) = nullptr;
  int (*plane_height)(const heif_image*, int channel) = nullptr;
  int (*colorspace)(const heif_image*) = nullptr;
  int (*bits)(const heif_image*, int channel) = nullptr;  // that count; of more than 8, 16 are stored
  heif_error (*profile)(const heif_image*,
                        heif_color_profile_nclx**) = nullptr;  // 1.4; of the box or the codec
  heif_error (*box_profile)(const heif_image_handle*, heif_color_profile_nclx**) = nullptr;  // 1.4
  void (*profile_free)(heif_color_profile_nclx*) = nullptr;
  void (*image_release)(const heif_image*) = nullptr;
  const char* (*version)() = nullptr;
  // Where there are: 1.4 and 1.13.
  void (*limit_side)(heif_context*, int) = nullptr;
  void (*limit_threads)(heif_context*, int) = nullptr;
  std::string missing;  // "" = it can be used
};

Libheif load() {
  Libheif heif;
  // Never closed: its codecs keep what they began. A bare name is looked for where the system keeps
  // libraries.
  void* const library = dlopen("libheif.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (!library) {
    heif.missing = "libheif is not installed (Debian and Ubuntu: libheif1)";
    return heif;
  }
  const auto find = [&](auto& function, const char* name, bool is_needed = true) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (!function && is_needed) heif.missing = core::str("this libheif is too old: it has no ", name);
  };
  find(heif.context_alloc, "heif_context_alloc");
  find(heif.context_free, "heif_context_free");
  find(heif.read, "heif_context_read_from_memory_without_copy");
  find(heif.primary, "heif_context_get_primary_image_handle");
  find(heif.handle_release, "heif_image_handle_release");
  find(heif.width, "heif_image_handle_get_width");
  find(heif.height, "heif_image_handle_get_height");
  find(heif.has_alpha, "heif_image_handle_has_alpha_channel");
  find(heif.is_premultiplied, "heif_image_handle_is_premultiplied_alpha");
  find(heif.decode, "heif_decode_image");
  find(heif.plane, "heif_image_get_plane_readonly");
  find(heif.plane_width, "heif_image_get_width");
  find(heif.plane_height, "heif_image_get_height");
  find(heif.colorspace, "heif_image_get_colorspace");
  find(heif.bits, "heif_image_get_bits_per_pixel_range");
  find(heif.profile, "heif_image_get_nclx_color_profile");
  find(heif.box_profile, "heif_image_handle_get_nclx_color_profile");
  find(heif.profile_free, "heif_nclx_color_profile_free");
  find(heif.image_release, "heif_image_release");
  find(heif.version, "heif_get_version");
  heif_error (*init)(void*) = nullptr;  // 1.13: of its plug-ins, which workers would begin at once
  find(init, "heif_init", false);
  if (init) init(nullptr);
  find(heif.limit_side, "heif_context_set_maximum_image_size_limit", false);
  find(heif.limit_threads, "heif_context_set_max_decoding_threads", false);
  return heif;
}

const Libheif& libheif() {
  static const Libheif heif = load();
  return heif;
}

class HeifReader {
 public:
  explicit HeifReader(Bytes encoded) : kind_(heif_kind(encoded)), heif_(libheif()) {
    if (!heif_.missing.empty()) fail_data(core::str("a picture as ", kind_, ", but ", heif_.missing));
    context_ = {heif_.context_alloc(), heif_.context_free};
    if (!context_) throw std::bad_alloc();
    if (heif_.limit_threads)
      heif_.limit_threads(context_.get(), 0);  // the loader's workers are the parallelism
    if (heif_.limit_side) heif_.limit_side(context_.get(), kMaxSide);
    check(heif_.read(context_.get(), encoded.data(), encoded.size(), nullptr));
    heif_image_handle* handle = nullptr;
    check(heif_.primary(context_.get(), &handle));
    handle_ = {handle, heif_.handle_release};
  }

  // Turned as the file says.
  Dimensions dimensions() const {
    const int width = heif_.width(handle_.get()), height = heif_.height(handle_.get());
    return {static_cast<std::uint64_t>(std::max(width, 0)), static_cast<std::uint64_t>(std::max(height, 0))};
  }
  Decoded read(const DecodeLimits& limits) const;

 private:
  static constexpr int kMaxSide = 32768;
  using Pixels = std::unique_ptr<heif_image, void (*)(const heif_image*)>;
  struct Plane {
    const std::uint8_t* pixels;
    std::size_t stride;
  };

  Pixels decoded(int space, int chroma) const {
    heif_image* image = nullptr;
    check(heif_.decode(handle_.get(), &image, space, chroma, nullptr));
    return {image, heif_.image_release};
  }
  // One as large as `picture`, with so many bytes a row at least.
  Plane plane(const heif_image* image, int channel, const Image& picture, std::size_t row_bytes) const;
  void mend_grey(Image& picture) const;

  void check(const heif_error& error) const {
    if (error.code == 0) return;
    const std::string reason = core::printable(core::trim(error.message ? error.message : "no reason given"));
    fail_data(core::str(kind_, " that libheif ", heif_.version(), " cannot read: ", reason));
  }

  const char* kind_;
  const Libheif& heif_;
  std::unique_ptr<heif_context, void (*)(heif_context*)> context_{nullptr, nullptr};
  std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)> handle_{nullptr, nullptr};
};

HeifReader::Plane HeifReader::plane(const heif_image* image, int channel, const Image& picture,
                                    std::size_t row_bytes) const {
  int stride = 0;
  const std::uint8_t* const pixels = heif_.plane(image, channel, &stride);
  const int width = heif_.plane_width(image, channel), height = heif_.plane_height(image, channel);
  if (!pixels || picture.width != width || picture.height != height)
    fail_data(core::str("damaged ", kind_, ": it says ", picture.width, "x", picture.height,
                        " pixels and has ", width, "x", height));
  if (stride < 0 || static_cast<std::size_t>(stride) < row_bytes)
    fail_data(core::str("damaged ", kind_, ": no pixels"));
  return {pixels, static_cast<std::size_t>(stride)};
}

bool is_grey(const Image& picture) {
  const auto step = static_cast<std::size_t>(picture.channels);
  for (std::size_t i = 0; i < picture.pixels.size(); i += step)
    if (picture.pixels[i] != picture.pixels[i + 1] || picture.pixels[i] != picture.pixels[i + 2])
      return false;
  return true;
}

// Whether `ask` says video range; no: nothing is said.
template <class Ask, class Of>
std::optional<bool> in_video_range(const Libheif& heif, Ask ask, const Of* of) {
  heif_color_profile_nclx* given = nullptr;
  const bool knows = ask(of, &given).code == 0 && given;
  // libheif 1.15 gives one with its errors, too: of numbers that it does not know.
  const std::unique_ptr<heif_color_profile_nclx, void (*)(heif_color_profile_nclx*)> profile(
      given, heif.profile_free);
  return knows ? std::optional(profile->full_range == 0) : std::nullopt;
}

// libheif takes the one channel of a grey picture as it is, whatever range it is in. One that comes out grey
// is decoded once more, as it is stored, unless the file says that it is in full range.
void HeifReader::mend_grey(Image& picture) const {
  if (in_video_range(heif_, heif_.box_profile, handle_.get()) == false || !is_grey(picture)) return;
  const Pixels stored = decoded(kAsStored, kAsStored);
  if (heif_.colorspace(stored.get()) != kMonochrome) return;
  if (in_video_range(heif_, heif_.profile, stored.get()) != true) return;
  const int bits = heif_.bits(stored.get(), kY);
  if (bits < 8 || bits > 16) return;
  const std::size_t bytes = bits > 8 ? 2 : 1;
  const auto [pixels, stride] =
      plane(stored.get(), kY, picture, static_cast<std::size_t>(picture.width) * bytes);
  const int black = 16 << (bits - 8), range = 219 << (bits - 8);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const std::uint8_t* const at =
          pixels + stride * static_cast<std::size_t>(y) + bytes * static_cast<std::size_t>(x);
      std::uint16_t level = *at;
      if (bytes == 2) std::memcpy(&level, at, bytes);  // in the machine's order
      const int above = std::clamp(level - black, 0, range);
      std::fill_n(picture.at(x, y), 3, static_cast<std::uint8_t>((above * 255 + range / 2) / range));
    }
}

Decoded HeifReader::read(const DecodeLimits& limits) const {
  const auto [width, height] = dimensions();
  check_dimensions(width, height, limits);
  const bool alpha = heif_.has_alpha(handle_.get()) != 0;
  Pixels rgb = decoded(kRgb, alpha ? kInterleavedRgba : kInterleavedRgb);
  Image picture(static_cast<int>(width), static_cast<int>(height), alpha ? 4 : 3);
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * picture.channels;
  const auto [pixels, stride] = plane(rgb.get(), kInterleaved, picture, row_bytes);
  for (int y = 0; y < picture.height; ++y)
    std::memcpy(picture.at(0, y), pixels + stride * static_cast<std::size_t>(y), row_bytes);
  rgb.reset();
  mend_grey(picture);
  return {std::move(picture), alpha && heif_.is_premultiplied(handle_.get()) != 0};
}

}  // namespace

// ISO base media file format: the first box is "ftyp", the first word in it the major brand.
bool is_heif(std::string_view head) {
  if (head.size() < 12 || head.substr(4, 4) != "ftyp") return false;
  for (const std::string_view brand : {"heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1",
                                       "mif2", "msf1", "miaf", "avif", "avis"})
    if (head.substr(8, 4) == brand) return true;
  return false;
}

const char* heif_kind(Bytes encoded) {
  return encoded.size() >= 12 && encoded[8] == 'a' ? "AVIF" : "HEIC";
}

Decoded decode_heif(Bytes encoded, const DecodeLimits& limits) {
  return HeifReader(encoded).read(limits);
}

Dimensions heif_dimensions(Bytes encoded) {
  return HeifReader(encoded).dimensions();
}

std::string heif_version() {
  return libheif().missing.empty() ? libheif().version() : "none";
}

}  // namespace facegan::image
