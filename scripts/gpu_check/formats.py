"""What a run writes: PNGs, safetensors, metrics.jsonl. Read with the standard library alone."""
import array
import json
import pathlib
import struct
import zlib


class Picture:
    def __init__(self, width, height, channels, pixels):
        self.width, self.height, self.channels, self.pixels = width, height, channels, pixels


def read_png(path):
    """Of 8 bits a channel, grey or RGB, not interlaced: all that facegan writes."""
    data = pathlib.Path(path).read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path} is no PNG")
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height, depth, color, _, _, interlaced = header
    channels = {0: 1, 2: 3}.get(color)
    if depth != 8 or channels is None or interlaced:
        raise ValueError(
            f"{path}: depth {depth}, colour type {color}, interlace {interlaced} are not read here")
    return Picture(width, height, channels,
                   unfiltered(zlib.decompress(packed), width * channels, height, channels))


def unfiltered(data, row_bytes, height, pixel_bytes):
    """The rows of a PNG without their filters (its specification, chapter 9)."""
    if len(data) != (row_bytes + 1) * height:
        raise ValueError("the PNG has not as many bytes as its size says")
    above, out = bytearray(row_bytes), bytearray()
    for y in range(height):
        begin = y * (row_bytes + 1)
        kind, row = data[begin], bytearray(data[begin + 1:begin + 1 + row_bytes])
        if kind > 4:
            raise ValueError(f"the PNG has a filter of kind {kind}")
        for i in range(row_bytes) if kind else ():
            left = row[i - pixel_bytes] if i >= pixel_bytes else 0
            corner = above[i - pixel_bytes] if i >= pixel_bytes else 0
            guess = (0, left, above[i], (left + above[i]) // 2, paeth(left, above[i], corner))[kind]
            row[i] = (row[i] + guess) & 255
        out += row
        above = row
    return bytes(out)


def paeth(left, up, corner):
    at = left + up - corner
    to_left, to_up, to_corner = abs(at - left), abs(at - up), abs(at - corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


class Tensors:
    """Those of a safetensors file: 8 bytes of length, a header of JSON, the bytes of all."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        (length, ) = struct.unpack("<Q", data[:8])
        self.header = json.loads(data[8:8 + length])
        self.metadata = self.header.pop("__metadata__", {})
        self._data = memoryview(data)[8 + length:]

    def names(self):
        return sorted(self.header)

    def bytes_of(self, name):
        begin, end = self.header[name]["data_offsets"]
        return self._data[begin:end]

    def floats(self, name, at_most=None):
        """Values of an F32 tensor; of a large one every Nth, N odd, so that all channels and rows take part."""
        if self.header[name]["dtype"] != "F32":
            raise ValueError(f"{name} is {self.header[name]['dtype']}, not F32")
        values = array.array("f", self.bytes_of(name).tobytes())
        if at_most and len(values) > at_most:
            values = values[::len(values) // at_most | 1]
        return values


def read_metrics(run):
    """The lines of metrics.jsonl without what depends on the clock."""
    lines = []
    for line in timed_metrics(run):
        line.pop("images_per_s", None)
        line.pop("elapsed_s", None)
        lines.append(line)
    return lines


def timed_metrics(run):
    path = pathlib.Path(run) / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def checkpoint(run, step):
    return pathlib.Path(run) / f"checkpoints/step_{step:08}.safetensors"
