#include "broken_pictures.h"

#include <zlib.h>

#include <algorithm>

#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"
#include "facegan/portrait/portrait.h"
#include "unit/archive_bytes.h"
#include "unit/bmp_bytes.h"
#include "unit/jpeg_bytes.h"
#include "unit/tiff_bytes.h"
#include "unit/webp_bytes.h"

namespace {

using archive_bytes::little;
using facegan::core::str;
using facegan::image::Image;

constexpr int kSide = 48;

std::string big(std::uint64_t value, int bytes) {
  std::string out = little(value, bytes);
  return {out.rbegin(), out.rend()};
}

// Four inks of a portrait, as Adobe stores them (inverted) or not.
std::string cmyk_jpeg(const Image& rgb, bool adobe, J_COLOR_SPACE stored) {
  Image inks(rgb.width, rgb.height, 4);
  for (int y = 0; y < rgb.height; ++y)
    for (int x = 0; x < rgb.width; ++x)
      for (int c = 0; c < 4; ++c)
        inks.at(x, y)[c] = static_cast<unsigned char>((c == 3 ? 255 : rgb.at(x, y)[c]) ^ (adobe ? 0 : 255));
  return jpeg_bytes::jpeg(inks, {.stored = stored, .across = 1, .down = 1, .adobe = adobe, .quality = 75});
}

std::string with_exif(const std::string& jpeg, int orientation) {
  std::string exif("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", 32);
  exif[25] = static_cast<char>(orientation);
  return jpeg.substr(0, 2) + "\xFF\xE1" + big(exif.size() + 2, 2) + exif + jpeg.substr(2);
}

// Rows of a PNG: a filter byte, then samples that repeat the portrait's bytes.
std::string png_rows(const Image& image, int bits_per_pixel) {
  std::string rows;
  const int bytes = (image.width * bits_per_pixel + 7) / 8;
  for (int y = 0; y < image.height; ++y) {
    rows += '\0';
    for (int i = 0; i < bytes; ++i) rows += static_cast<char>(image.at(i % image.width, y)[i % 3]);
  }
  return rows;
}

std::string palette(int colors, bool transparent) {
  std::string color, alpha;
  for (int i = 0; i < colors; ++i) {
    color += {static_cast<char>(i), static_cast<char>(255 - i), static_cast<char>(5 * i)};
    alpha += static_cast<char>(3 * i);
  }
  return png_chunk("PLTE", color) + (transparent ? png_chunk("tRNS", alpha) : "");
}

using tiff_bytes::Tags;

// A TIFF of one directory, without pixels.
std::string tiff_header(const Tags& tags) {
  return tiff_bytes::directory(tags, little(30000, 8) + std::string(64, '\x7f'));
}

Tags tiff_of(std::uint32_t width, std::uint32_t height, const Tags& more) {
  Tags tags = {{256, 4, 1, width}, {257, 4, 1, height}, {258, 3, 1, 8},      {259, 3, 1, 1}, {262, 3, 1, 1},
               {273, 4, 1, 100},   {277, 3, 1, 1},      {278, 4, 1, height}, {279, 4, 1, 64}};
  tags.insert(tags.end(), more.begin(), more.end());
  return tags;
}

std::string bmp_header(std::uint32_t width, std::uint32_t height, int bits, int compression) {
  return "BM" + little(200, 4) + little(0, 4) + little(54, 4) + little(40, 4) + little(width, 4) +
         little(height, 4) + little(1, 2) + little(bits, 2) + little(compression, 4) + std::string(20, '\0') +
         std::string(64, '\x11');
}

std::string webp_file(const std::string& name, const std::string& data) {
  return webp_bytes::riff(webp_bytes::chunk(name, data));
}

// The dimensions in the frame header of a JPEG.
std::string resized_jpeg(std::string jpeg, unsigned width, unsigned height) {
  for (const char* frame : {"\xFF\xC0", "\xFF\xC2"})
    if (const auto at = jpeg.find(frame); at != std::string::npos)
      jpeg.replace(at + 5, 4, big(height, 2) + big(width, 2));
  return jpeg;
}

void add_bombs(std::vector<TestPicture>& all, const std::string& jpeg, const std::string& progressive) {
  int number = 0;
  const auto bomb = [&](const char* suffix, const std::string& bytes) {
    all.push_back({str("bomb/", ++number, suffix), bytes, Fate::unusable});
  };
  for (const unsigned side : {60000u, 65500u, 9999u, 20000u})
    for (const std::string& file : {jpeg, progressive}) bomb(".jpg", resized_jpeg(file, side, side));
  for (const unsigned side : {60000u, 9999u, 0x7fffffffu, 0xffffffffu, 0u})
    for (const int depth : {1, 8, 16}) bomb(".png", png_file(side, side, depth, depth == 1 ? 0 : 6, "few"));
  for (const std::uint32_t side : {60000u, 0x7fffffffu, 0xffff15a0u, 0x80000000u, 0u})
    for (const int compression : {0, 1})
      bomb(".bmp", bmp_header(side, side, compression ? 8 : 24, compression));
  bomb(".tif", tiff_header(tiff_of(60000, 60000, {})));
  bomb(".tif", tiff_header(tiff_of(30000, 30000, {{256, 4, 1, 8}, {257, 4, 1, 8}})));  // twice
  // Of two sizes the first counts, for the limit and for the pixels.
  all.push_back(
      {"twice.tif", tiff_header(tiff_of(8, 8, {{256, 4, 1, 30000}, {257, 4, 1, 30000}})), Fate::either});
  bomb(".tif",
       tiff_header({{256, 16, 1, 126}, {257, 16, 1, 126}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1}}));
  bomb(".tif", tiff_header({{256, 1, 1, 200}, {257, 1, 1, 200}}));
  bomb(".tif", tiff_header(tiff_of(8, 8, {{322, 4, 1, 32768}, {323, 4, 1, 32752}, {324, 4, 1, 100}})));
  bomb(".tif",
       tiff_header({{256, 3, 1, 9000}, {257, 3, 1, 9000}, {258, 3, 1, 64}, {277, 3, 1, 4}, {339, 3, 1, 3}}));
  bomb(".tif", tiff_header({{256, 3, 1, 9000}, {257, 3, 1, 9000}, {258, 3, 1, 8}, {277, 3, 1, 65535}}));
  for (const int method : {6, 34661, 34925, 50000, 50001, 65535})
    bomb(".tif", tiff_header({{256, 3, 1, 64},
                              {257, 3, 1, 64},
                              {258, 3, 1, 8},
                              {259, 3, 1, static_cast<std::uint32_t>(method)},
                              {262, 3, 1, 1}}));
  bomb(".webp", webp_file("VP8X", std::string(4, '\0') + "\xff\xff\xff\xff\xff\xff"));
  bomb(".webp", webp_file("VP8X", std::string("\2\0\0\0\x10\0\0\x10\0\0", 10)));  // animated
  bomb(".webp", webp_file("VP8L", "\x2f\xff\xff\xff\x0f" + std::string(40, '\0')));
  bomb(".webp",
       webp_file("VP8 ", std::string("\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f", 10) + std::string(40, '\0')));
  for (char kind = '1'; kind <= '6'; ++kind)
    for (const char* size : {"60000 60000", "9999 9999", "4294967297 1"})
      bomb(".ppm", str("P", kind, ' ', size, kind == '1' || kind == '4' ? "\n" : " 255\n", "1 2 3"));
}

void add_texts(std::vector<TestPicture>& all) {
  const char* suffixes[] = {".jpg", ".jpeg", ".png", ".bmp", ".webp",
                            ".tif", ".tiff", ".pgm", ".ppm", ".pnm"};
  const std::string texts[] = {"",
                               std::string(1, '\0'),
                               "this is a text and no picture\n",
                               "GIF89a\1\0\1\0",
                               "%PDF-1.7",
                               "<svg xmlns='http://www.w3.org/2000/svg'/>"};
  for (std::size_t t = 0; t < std::size(texts); ++t)
    for (const char* suffix : suffixes) all.push_back({str("text/", t, suffix), texts[t], Fate::unusable});
  // What begins as a picture and goes on as noise.
  const std::string beginnings[] = {"\xFF\xD8\xFF\xE0",
                                    "\x89PNG\r\n\x1A\n",
                                    "BM",
                                    std::string("II*\0\x08\0\0\0", 8),
                                    std::string("MM\0*\0\0\0\x08", 8),
                                    "RIFF\xff\xff\0\0WEBPVP8L",
                                    "P6 48 48 255\n"};
  for (std::size_t b = 0; b < std::size(beginnings); ++b)
    for (int k = 0; k < 6; ++k) {
      facegan::core::Random random(b, facegan::core::Purpose::faces, static_cast<std::uint64_t>(k));
      std::string noise = beginnings[b];
      for (int i = 0; i < 900 << k; ++i) noise += static_cast<char>(random.next_u32());
      all.push_back({str("noise/", b, '-', k, suffixes[b]), noise, Fate::either});
    }
}

}  // namespace

std::string png_chunk(const std::string& type, const std::string& data) {
  return big(data.size(), 4) + type + data + big(archive_bytes::crc32(type + data), 4);
}

std::string png_file(unsigned width, unsigned height, int depth, int color_type, const std::string& rows,
                     const std::string& chunks_before_data) {
  uLongf size = ::compressBound(rows.size());
  std::string packed(size, '\0');
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
              rows.size(), 1);
  packed.resize(size);
  const std::string header = big(width, 4) + big(height, 4) + static_cast<char>(depth) +
                             static_cast<char>(color_type) + std::string(3, '\0');
  return "\x89PNG\r\n\x1A\n" + png_chunk("IHDR", header) + chunks_before_data + png_chunk("IDAT", packed) +
         png_chunk("IEND", "");
}

std::vector<TestPicture> good_pictures() {
  std::vector<TestPicture> all;
  const auto add = [&](const std::string& name, const std::string& bytes) {
    all.push_back({"good/" + name, bytes, Fate::usable});
  };
  const Image rgb = facegan::portrait::draw(1, 0, kSide, 3), grey = facegan::portrait::draw(1, 1, kSide, 1);
  Image rgba(kSide, kSide, 4);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      std::copy_n(rgb.at(x, y), 3, rgba.at(x, y));
      rgba.at(x, y)[3] = static_cast<unsigned char>(5 * x);
    }
  const std::string jpeg = jpeg_bytes::jpeg(rgb);
  add("colour.jpg", jpeg);
  add("grey.jpg", jpeg_bytes::jpeg(grey, {.stored = JCS_GRAYSCALE, .across = 1, .down = 1}));
  add("progressive.jpg", jpeg_bytes::jpeg(rgb, {.progressive = true}));
  add("cmyk.jpg", cmyk_jpeg(rgb, true, JCS_CMYK));
  add("ycck.jpg", cmyk_jpeg(rgb, true, JCS_YCCK));
  add("inks.jpg", cmyk_jpeg(rgb, false, JCS_CMYK));
  for (int turn = 1; turn <= 8; ++turn) add(str("turned", turn, ".jpg"), with_exif(jpeg, turn));
  const std::pair<int, std::vector<int>> types[] = {
      {0, {1, 2, 4, 8, 16}}, {2, {8, 16}}, {3, {1, 2, 4, 8}}, {4, {8, 16}}, {6, {8, 16}}};
  const int channels[] = {1, 0, 3, 1, 2, 0, 4};
  for (const auto& [type, depths] : types)
    for (const int depth : depths)
      add(str("type", type, "-", depth, ".png"),
          png_file(kSide, kSide, depth, type, png_rows(rgb, depth * channels[type]),
                   type == 3 ? palette(1 << depth, depth > 2) : ""));
  add("colour.bmp", bmp_bytes::bmp(rgb));
  add("alpha.bmp", bmp_bytes::bmp(rgba));
  add("colour.webp", webp_bytes::webp(rgb, 70));
  add("alpha.webp", webp_bytes::webp(rgba, 101));
  add("colour.tif", tiff_bytes::tiff(rgb, {.compression = COMPRESSION_LZW}));
  add("alpha.tiff", tiff_bytes::tiff(rgba, {.compression = COMPRESSION_LZW}));
  add("deep.tif", tiff_bytes::tiff(rgb, {.bits = 16, .compression = COMPRESSION_LZW}));
  const auto bytes = [](const Image& image) { return std::string(image.pixels.begin(), image.pixels.end()); };
  add("raw.ppm", "P6 48 48 255\n" + bytes(rgb));
  std::string plain = "P3 48 48 255\n";
  for (const unsigned char value : rgb.pixels) plain += str(int{value}, '\n');
  add("plain.ppm", plain);
  add("raw.pgm", "P5 48 48 255\n" + bytes(grey));
  add("deep.pgm", "P5 48 48 65535\n" + png_rows(rgb, 16).substr(0, 48 * 48 * 2));
  return all;
}

std::vector<TestPicture> broken_pictures() {
  const auto good = good_pictures();
  std::vector<TestPicture> all = good;
  for (std::size_t g = 0; g < good.size(); ++g) {
    const std::string &bytes = good[g].bytes, name = good[g].name.substr(5);
    facegan::core::Random random(g, facegan::core::Purpose::faces, 0);
    for (std::uint64_t k = 0; k < 11; ++k) {
      const std::size_t size = k == 0 ? 3 : bytes.size() * (9 * k) / 100;
      all.push_back({str("cut/", k, '-', name), bytes.substr(0, size), Fate::unusable});
      std::string bad = bytes;
      for (std::uint64_t flips = 0; flips <= k / 4; ++flips) {
        const std::size_t at =
            k < 6 ? random.below(std::min<std::size_t>(bytes.size(), 120)) : random.below(bytes.size());
        bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random.below(255)));
      }
      all.push_back({str("flipped/", k, '-', name), bad, Fate::either});
    }
    const char* other = name.ends_with(".png") ? ".jpg" : ".png";
    all.push_back({str("suffix/", name, other), bytes, Fate::usable});
  }
  add_bombs(all, good[0].bytes, good[2].bytes);
  add_texts(all);
  // A text of 100 MB in some kB: not what anybody looks at.
  const std::string text = std::string("Comment\0\0", 9);
  uLongf size = ::compressBound(100'000'000);
  std::string packed(size, '\0');
  const std::string zeros(100'000'000, '\0');
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()),
              zeros.size(), 1);
  packed.resize(size);
  const std::string rows = png_rows(facegan::portrait::draw(1, 0, kSide, 3), 8);
  for (const char* type : {"zTXt", "iCCP", "iTXt"})
    all.push_back(
        {str("bomb/", type, ".png"),
         png_file(kSide, kSide, 8, 0, rows,
                  png_chunk(type, (type[1] == 'T' && type[0] == 'i' ? std::string("C\0\1\0\0\0", 6) : text) +
                                      packed)),
         Fate::either});
  return all;
}
