// The text fields of a file, from chunk to chunk: nothing is inflated and nothing is allocated but what is
// kept. PNG specification, third edition, 11.3.3; GIF89a specification, 20 and 24; WebP container
// specification; ISO/IEC 14496-12, 4.2.
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "facegan/core/text.h"
#include "image/animation_codecs.h"
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

bool begins_with(Bytes bytes, std::string_view text, std::size_t at = 0) {
  return bytes.size() >= at + text.size() && std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

TextFields fields_of_png(Bytes encoded) {
  TextFields fields;
  for (Bytes rest = encoded.subspan(8);;) {
    if (rest.size() < 12) fail_data("truncated PNG");
    const std::size_t size = big_endian(rest);
    if (size > rest.size() - 12) fail_data("truncated PNG");
    const Bytes data = rest.subspan(8, size);
    if (begins_with(rest, "IEND", 4)) return fields;
    const bool international = begins_with(rest, "iTXt", 4);
    if ((international || begins_with(rest, "tEXt", 4)) && size <= kMaxFieldBytes &&
        fields.size() < kMaxFields) {
      if (crc32(0, rest.data() + 4, static_cast<uInt>(size + 4)) != big_endian(rest.subspan(8 + size)))
        fail_data("damaged PNG: the checksum of a text field does not match");
      std::string keyword, text;
      if (parse_field(international, data, keyword, text))
        fields.emplace_back(std::move(keyword), std::move(text));
    }
    rest = rest.subspan(12 + size);
  }
}

// Lines "keyword: text"; others are passed over.
void take_lines(std::string_view text, TextFields& fields) {
  while (!text.empty() && fields.size() < kMaxFields) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t end = line.find(": ");
    if (end != std::string_view::npos && end > 0 && end <= 79 && line.find('\0') == std::string_view::npos)
      fields.emplace_back(line.substr(0, end), line.substr(end + 2));
  }
}

// Cuts off `size` bytes.
Bytes take(Bytes& rest, std::uint64_t size, const char* truncated) {
  if (size > rest.size()) fail_data(truncated);
  const Bytes taken = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(taken.size());
  return taken;
}

// Of an extension or of a frame's pixels: blocks of up to 255 bytes until an empty one. kept: what is in
// them, nothing where that is more than kMaxFieldBytes; null = nothing.
void take_gif_blocks(Bytes& rest, std::string* kept) {
  bool fits = kept != nullptr;
  for (std::size_t size; (size = take(rest, 1, "truncated GIF")[0]) > 0;) {
    const Bytes block = take(rest, size, "truncated GIF");
    fits = fits && kept->size() + size <= kMaxFieldBytes;
    if (fits) kept->append(block.begin(), block.end());
  }
  if (kept && !fits) kept->clear();
}

TextFields fields_of_gif(Bytes rest) {
  const auto colors = [](unsigned char flags) { return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0u; };
  TextFields fields;
  const Bytes screen = take(rest, 13, "truncated GIF");
  take(rest, colors(screen[10]), "truncated GIF");
  for (;;) {
    const unsigned char kind = take(rest, 1, "truncated GIF")[0];
    if (kind == 0x3B) return fields;
    if (kind == 0x21) {
      const bool comment = take(rest, 1, "truncated GIF")[0] == 0xFE;
      std::string text;
      take_gif_blocks(rest, comment ? &text : nullptr);
      take_lines(text, fields);
    } else if (kind == 0x2C) {
      take(rest, colors(take(rest, 9, "truncated GIF")[8]), "truncated GIF");
      take(rest, 1, "truncated GIF");
      take_gif_blocks(rest, nullptr);
    } else {
      fail_data("damaged GIF");
    }
  }
}

TextFields fields_of_webp(Bytes encoded) {
  const auto little_endian = [](Bytes b) {
    return std::uint32_t{b[0]} | b[1] << 8 | b[2] << 16 | std::uint32_t{b[3]} << 24;
  };
  TextFields fields;
  Bytes rest = encoded.subspan(8);
  rest = take(rest, little_endian(encoded.subspan(4)), "truncated WebP");
  take(rest, 4, "truncated WebP");  // "WEBP"
  while (!rest.empty()) {
    const Bytes head = take(rest, 8, "truncated WebP");
    const std::uint64_t size = little_endian(head.subspan(4));
    const Bytes data = take(rest, size, "truncated WebP");
    if (begins_with(head, kFieldsChunk) && size <= kMaxFieldBytes)
      take_lines({reinterpret_cast<const char*>(data.data()), data.size()}, fields);
    if (size % 2 == 1 && !rest.empty()) take(rest, 1, "truncated WebP");
  }
  return fields;
}

TextFields fields_of_mp4(Bytes rest) {
  const std::string_view uuid(kFieldsUuid, 16);
  TextFields fields;
  while (!rest.empty()) {
    const Bytes head = take(rest, 8, "truncated MP4");
    std::uint64_t size = big_endian(head);
    if (size == 0) return fields;  // to the end of the file
    std::uint64_t head_size = 8;
    if (size == 1) {
      const Bytes large = take(rest, 8, "truncated MP4");
      size = std::uint64_t{big_endian(large)} << 32 | big_endian(large.subspan(4));
      head_size = 16;
    }
    if (size < head_size) fail_data("damaged MP4");
    const Bytes data = take(rest, size - head_size, "truncated MP4");
    if (begins_with(head, "uuid", 4) && begins_with(data, uuid) && data.size() - 16 <= kMaxFieldBytes)
      take_lines({reinterpret_cast<const char*>(data.data()) + 16, data.size() - 16}, fields);
  }
  return fields;
}

}  // namespace

FileText read_text_fields(Bytes encoded) {
  if (begins_with(encoded, "\x89PNG\r\n\x1a\n")) return {".png", fields_of_png(encoded)};
  if (begins_with(encoded, "GIF87a") || begins_with(encoded, "GIF89a"))
    return {".gif", fields_of_gif(encoded)};
  if (begins_with(encoded, "RIFF") && begins_with(encoded, "WEBP", 8))
    return {".webp", fields_of_webp(encoded)};
  if (begins_with(encoded, "ftyp", 4)) return {".mp4", fields_of_mp4(encoded)};
  fail_data("no PNG, GIF, WebP or MP4");
}

}  // namespace facegan::image
