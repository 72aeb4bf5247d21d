// HEIC and AVIF by libheif, which is asked for when the first such picture comes: it brings large codecs that
// few need. Declared here is what is used of its C interface (libheif/heif.h, unchanged since 1.0 where not
// said), so that no build needs its headers.
#include <dlfcn.h>

#include <cstring>
#include <memory>

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
constexpr int kRgb = 1, kInterleavedRgb = 10, kInterleavedRgba = 11, kInterleaved = 10;

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

Decoded HeifReader::read(const DecodeLimits& limits) const {
  const auto [width, height] = dimensions();
  check_dimensions(width, height, limits);
  const bool alpha = heif_.has_alpha(handle_.get()) != 0;
  heif_image* decoded = nullptr;
  check(heif_.decode(handle_.get(), &decoded, kRgb, alpha ? kInterleavedRgba : kInterleavedRgb, nullptr));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> owner(decoded, heif_.image_release);
  int stride = 0;
  const std::uint8_t* const pixels = heif_.plane(decoded, kInterleaved, &stride);
  const int plane_width = heif_.plane_width(decoded, kInterleaved),
            plane_height = heif_.plane_height(decoded, kInterleaved);
  if (!pixels || static_cast<std::int64_t>(width) != plane_width ||
      static_cast<std::int64_t>(height) != plane_height)
    fail_data(core::str("damaged ", kind_, ": it says ", width, "x", height, " pixels and has ", plane_width,
                        "x", plane_height));
  Image picture(plane_width, plane_height, alpha ? 4 : 3);
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * picture.channels;
  if (stride < 0 || static_cast<std::size_t>(stride) < row_bytes)
    fail_data(core::str("damaged ", kind_, ": no pixels"));
  for (int y = 0; y < picture.height; ++y)
    std::memcpy(picture.at(0, y), pixels + static_cast<std::size_t>(stride) * y, row_bytes);
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
