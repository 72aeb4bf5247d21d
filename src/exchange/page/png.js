// PNG, written here: a canvas may change bytes on their way (privacy settings do), and has no text fields.
"use strict";

const crcTable = new Uint32Array(256).map((_, n) => {
  for (let k = 0; k < 8; ++k) n = n & 1 ? 0xEDB88320 ^ n >>> 1 : n >>> 1;
  return n;
});

function crcOf(bytes) {
  let crc = 0xFFFFFFFF;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ crc >>> 8;
  return ~crc >>> 0;
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const bigEndian = n => Uint8Array.of(n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255);
const utf8 = text => new TextEncoder().encode(text);

function chunk(type, data) {
  const body = joined([utf8(type), data]);
  return joined([bigEndian(data.length), body, bigEndian(crcOf(body))]);
}

// keyword 0 text; of iTXt, for what is not ASCII, keyword 0 compressed method language 0 translated keyword 0
// text.
function textChunk(keyword, text) {
  text = text.replaceAll("\0", "");
  const isAscii = /^[\x01-\x7f]*$/.test(text);
  return chunk(isAscii ? "tEXt" : "iTXt", utf8(keyword + (isAscii ? "\0" : "\0\0\0\0\0") + text));
}

// A zlib stream; not compressed where the browser cannot.
async function deflated(bytes) {
  if (typeof CompressionStream === "function") {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const parts = [Uint8Array.of(0x78, 1)];
  let a = 1, b = 0;
  for (let from = 0; from < bytes.length; from += 65535) {
    const part = bytes.subarray(from, from + 65535), size = part.length;
    const isLast = Number(from + size === bytes.length);
    parts.push(Uint8Array.of(isLast, size & 255, size >> 8, ~size & 255, ~size >> 8 & 255), part);
  }
  for (const byte of bytes) {  // Adler-32
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return joined([...parts, bigEndian((b << 16 | a) >>> 0)]);
}

// pixels [height, width, channels], one channel or three; fields [[keyword, text], ...].
async function pngOf({ width, height, channels, pixels }, fields) {
  const line = width * channels, lines = new Uint8Array((line + 1) * height);  // each begins with filter 0
  for (let y = 0; y < height; ++y) lines.set(pixels.subarray(y * line, (y + 1) * line), y * (line + 1) + 1);
  const kind = Uint8Array.of(8, channels === 1 ? 0 : 2, 0, 0, 0);  // bits, grey or colour
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10),
    chunk("IHDR", joined([bigEndian(width), bigEndian(height), kind])),
    ...fields.map(([keyword, text]) => textChunk(keyword, text)),
    chunk("IDAT", await deflated(lines)), chunk("IEND", new Uint8Array(0))]);
}
