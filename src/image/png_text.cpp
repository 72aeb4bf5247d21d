// The text fields of a PNG (PNG specification, third edition, 11.3.3), from chunk to chunk: nothing is
// inflated and nothing is allocated but what is kept.
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr std::size_t kMaxFields = 64, kMaxFieldBytes = 1u << 20;

std::uint32_t big_endian(Bytes bytes) {
  return std::uint32_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

// Cuts off what stands before the next zero byte; false when there is none.
bool take_word(Bytes& rest, std::string& word) {
  const auto end = std::find(rest.begin(), rest.end(), 0);
  if (end == rest.end()) return false;
  word.assign(rest.begin(), end);
  rest = rest.subspan(word.size() + 1);
  return true;
}

// keyword 0 text; of iTXt keyword 0 compressed method language 0 translated keyword 0 text.
bool parse_field(bool international, Bytes data, std::string& keyword, std::string& text) {
  if (!take_word(data, keyword) || keyword.empty() || keyword.size() > 79) return false;
  if (international) {
    if (data.size() < 2 || data[0] != 0) return false;
    data = data.subspan(2);
    std::string language, translated;
    if (!take_word(data, language) || !take_word(data, translated)) return false;
  }
  text.assign(data.begin(), data.end());
  return true;
}

}  // namespace

PngText read_png_text(Bytes encoded) {
  constexpr unsigned char kSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  if (encoded.size() < sizeof kSignature || std::memcmp(encoded.data(), kSignature, sizeof kSignature) != 0)
    fail_data("not a PNG");
  PngText fields;
  for (Bytes rest = encoded.subspan(sizeof kSignature);;) {
    if (rest.size() < 12) fail_data("truncated PNG");
    const std::size_t size = big_endian(rest);
    if (size > rest.size() - 12) fail_data("truncated PNG");
    const Bytes data = rest.subspan(8, size);
    const auto is = [type = rest.data() + 4](const char* name) { return std::memcmp(type, name, 4) == 0; };
    if (is("IEND")) return fields;
    const bool international = is("iTXt");
    if ((international || is("tEXt")) && size <= kMaxFieldBytes && fields.size() < kMaxFields) {
      if (crc32(0, rest.data() + 4, static_cast<uInt>(size + 4)) != big_endian(rest.subspan(8 + size)))
        fail_data("damaged PNG: the checksum of a text field does not match");
      std::string keyword, text;
      if (parse_field(international, data, keyword, text))
        fields.emplace_back(std::move(keyword), std::move(text));
    }
    rest = rest.subspan(12 + size);
  }
}

}  // namespace facegan::image
