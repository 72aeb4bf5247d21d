"""Readers of the files that facegan writes: safetensors, PNG, TensorBoard's events. Each by hand, so that
what judges two builds shares no code with them."""
import json
import mmap
import struct
import zlib


def read_safetensors(path):
    """Metadata, and per tensor its dtype, shape and bytes."""
    with open(path, "rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(bytes(data[8:8 + size]))
    metadata = header.pop("__metadata__", {})
    body = data[8 + size:]
    return metadata, {name: (t["dtype"], t["shape"], body[slice(*t["data_offsets"])])
                      for name, t in header.items()}


def png_chunks(data):
    """All chunks, in order, as (type, bytes)."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG signature")
    chunks, at = [], 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        if data[at + 8 + size:at + 12 + size] != struct.pack(">I", zlib.crc32(kind + body)):
            raise ValueError(f"the chunk {kind} is damaged")
        chunks.append((kind, body))
        at += 12 + size
    return chunks


def png_pixels(chunks):
    """(width, channels, rows of bytes): 8-bit grey or RGB without interlace, which is all facegan writes."""
    width, _height, bits, colour, *_, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if bits != 8 or colour not in (0, 2) or interlace:
        raise ValueError(f"{bits} bits, colour type {colour}, interlace {interlace}: not read here")
    channels = 3 if colour == 2 else 1
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    stride, above, rows = width * channels, bytes(width * channels), []
    for at in range(0, len(raw), stride + 1):
        row = bytearray(raw[at + 1:at + 1 + stride])
        for i in range(stride):
            left, corner = (row[i - channels], above[i - channels]) if i >= channels else (0, 0)
            row[i] = (row[i] + predicted(raw[at], left, above[i], corner)) & 255
        rows.append(bytes(row))
        above = row
    return width, channels, rows


def predicted(kind, left, up, corner):
    """What the filters 0 to 4 of a PNG's rows add to a byte."""
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))  # the first of equals


def read_events(path):
    """The records of an events file: (step, tag or b"", {field: value}); a record without a summary is one
    of its own."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        (size,) = struct.unpack("<Q", data[at:at + 8])
        event = message(data[at + 12:at + 12 + size])
        at += 16 + size
        step = event.pop(2, [0])[0]
        event.pop(1)  # the time on the clock
        for summary in event.pop(5, []):
            # a set: what reads them looks for the tags
            for parts in sorted(map(message, message(summary)[1]), key=lambda parts: parts[1][0]):
                yield step, parts.pop(1)[0], parts
        if event:
            yield step, b"", event


def message(data):
    """A protocol buffer: {number of the field: its values, undecoded but for varints}."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            value = data[at:at + size]
            at += size
        fields.setdefault(key >> 3, []).append(value)
    return fields
