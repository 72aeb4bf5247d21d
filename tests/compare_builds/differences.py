"""What differs between two files, folders or texts of two builds, in words; "" when nothing does. Left out of
it: times, speeds, free space, and the fields that hold the version and the checksum of a checkpoint."""
import base64
import csv
import difflib
import hashlib
import html
import io
import os
import re
import struct
import zlib

import formats

MASKS = [(re.compile(pattern, re.DOTALL | re.MULTILINE), to) for pattern, to in [
    # the curve of the speed, and the rows and tiles that name speed and time
    (r"(<figcaption>(?:Throughput|Images/s)</figcaption>).*?</figure>", r"\1</figure>"),
    (r"(<dt>(?:Time|Throughput)</dt><dd>)[^<]*", r"\1"),
    (r"(<th[^>]*>(?:Time|Images/s)</th>).*?</tr>", r"\1</tr>"),
    (r'("(?:images_per_s|elapsed_s|bytes)": ?)[-\d.e+]+', r"\1N"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d{4})?", "TIME"),
    (r"\b\d+\.\ds\b|\b\d+[mhd] \d\d[smh]\b", "SPAN"),
    (r" *[\d.,]+ images/s", " N images/s"),
    (r"\([\d.]+ \w+ free\)", "(N free)"),
    (r"peak memory [\d.]+ \w+", "peak memory N"),
    (r"[\d.]+ [KMG]iB$", "N"),  # of 'list runs'; the logs have times of different lengths
    (r'(facegan |"facegan": ")\d+\.\d+\.\d+', r"\1VERSION"),
    (r"(checkpoint-hash\W{1,12})[0-9a-f]{16}\b", r"\1HASH"),
]]
EMBEDDED = re.compile(r"data:image/(\w+);base64,([\w+/=]+)")
TIMES = ("images_per_s", "elapsed_s")
FREE_METADATA = ("facegan.version", "facegan.xxh64", "facegan.config")
KINDS = {".safetensors": "checkpoints", ".png": "pictures", ".gif": "animations", ".webp": "animations",
         ".mp4": "animations", ".jsonl": "metrics", ".csv": "metrics.csv", ".facegan": "TensorBoard",
         ".out": "commands", ".err": "commands"}


def masked_animation(data):
    """Without the version and the checkpoint's checksum in its text fields, which stay as long as they were."""
    for pattern in (rb"(facegan )(\d+\.\d+\.\d+)", rb"(checkpoint-hash:? )([0-9a-f]{16})"):
        data = re.sub(pattern, lambda found: found[1] + b"-" * len(found[2]), data)
    return data


class Differences:
    """Compares, and gathers what is allowed: new lines of a configuration that are at their defaults."""

    def __init__(self, programs, defaults):
        self.programs = programs
        self.defaults = {squeezed(line + end) for line in defaults for end in ("", " # from default")}
        self.additions = set()

    def of_texts(self, old, new):
        old, new = (self.lines(text) for text in (old, new))
        if old == new:
            return ""
        for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                continue
            added = {squeezed(html.unescape(line)) for line in new[c:d]}
            if what != "insert" or not added <= self.defaults:
                return f"line {a + 1}: " + change(" | ".join(old[a:b]), " | ".join(new[c:d]))
            self.additions |= added
        return ""

    def lines(self, text):
        for program in self.programs:
            text = text.replace(program, "facegan")
        text = EMBEDDED.sub(lambda found: embedded(*found.groups()), text)
        for pattern, to in MASKS:
            text = pattern.sub(to, text)
        # A line of progress comes with an epoch's end, and after some seconds without one.
        return [re.sub(" +", " ", line) for line in text.splitlines()
                if not re.search(r"step (?!(\d+)/\1 )\d+/\d+ .* left$", line)]

    def of_files(self, old, new):
        try:
            return self.of_files_by_kind(old, new, kind_of(old))
        except (ValueError, LookupError, struct.error, zlib.error) as error:
            return f"cannot be read: {type(error).__name__} {error}"

    def of_files_by_kind(self, old, new, kind):
        if kind == "checkpoints":
            return self.of_checkpoints(old, new)
        if kind == "animations":
            return "" if masked_animation(read(old)) == masked_animation(read(new)) else "the bytes"
        if kind == "pictures":
            return of_pictures(read(old), read(new))
        if kind == "TensorBoard":
            return self.of_texts(*(events_text(path) for path in (old, new)))
        if kind == "metrics.csv":
            return self.of_texts(*(csv_text(read(path).decode()) for path in (old, new)))
        return self.of_texts(read(old).decode(), read(new).decode())

    def of_checkpoints(self, old, new):
        a, b = formats.read_safetensors(old)[0], formats.read_safetensors(new)[0]
        for key in sorted(a.keys() | b.keys()):
            if key not in FREE_METADATA and a.get(key) != b.get(key):
                return f"metadata '{key}': {a.get(key)} became {b.get(key)}"
        found = self.of_texts(a["facegan.config"], b["facegan.config"])
        return "metadata 'facegan.config': " + found if found else self.of_tensors(old, new)

    @staticmethod
    def of_tensors(old, new):
        a, b = formats.read_safetensors(old)[1], formats.read_safetensors(new)[1]
        for name in sorted(a.keys() | b.keys()):
            if name not in a or name not in b:
                return f"tensor '{name}' is only in the {'old' if name in a else 'new'} one"
            if a[name][:2] != b[name][:2]:
                return f"tensor '{name}': {a[name][:2]} became {b[name][:2]}"
            if a[name][2] != b[name][2]:
                first = next(i for i, (x, y) in enumerate(zip(a[name][2], b[name][2])) if x != y)
                return f"tensor '{name}': byte {first} of {len(a[name][2])}"
        return ""

    def of_folders(self, old, new):
        """Yields (kind, name, difference) for every file of either folder."""
        a, b = files_of(old), files_of(new)
        for name in sorted(a.keys() | b.keys()):
            if name not in a or name not in b:
                yield kind_of(name), name, f"is only in the {'old' if name in a else 'new'} folder"
            else:
                yield kind_of(name), name, self.of_files(a[name], b[name])


def files_of(folder):
    """Path by name; an events file's holds the time, of which only the order counts."""
    found = {}
    for root, _, names in os.walk(folder):
        for number, name in enumerate(sorted(names)):
            named = re.sub(r"tfevents\.\d+", f"tfevents.{number}", name)
            found[os.path.relpath(os.path.join(root, named), folder)] = os.path.join(root, name)
    return found


def kind_of(name):
    return KINDS.get(os.path.splitext(name)[1], os.path.basename(name))


def of_pictures(old, new):
    a, b = formats.png_chunks(old), formats.png_chunks(new)
    size_and_data = [[chunk for chunk in chunks if chunk[0] in (b"IHDR", b"IDAT")] for chunks in (a, b)]
    if size_and_data[0] != size_and_data[1]:
        if a[0] != b[0]:
            return "width, height or colours"
        (width, channels, old_rows), (_, _, new_rows) = formats.png_pixels(a), formats.png_pixels(b)
        for y, (old_row, new_row) in enumerate(zip(old_rows, new_rows)):
            for x in range(width):
                one, other = (tuple(row[x * channels:(x + 1) * channels]) for row in (old_row, new_row))
                if one != other:
                    return f"pixel {x},{y}: {one} became {other}"
        return "the same pixels, compressed to other bytes"
    masked = [[masked_chunk(*chunk) for chunk in chunks] for chunks in (a, b)]
    for one, other in zip(*masked):
        if one != other:
            return f"chunk {one} became {other}"
    return "" if len(a) == len(b) else f"{len(a)} chunks became {len(b)}"


def masked_chunk(kind, body):
    if kind == b"tEXt":
        body = re.sub(rb"(?<=^Software\0facegan )[\d.]+$", b"VERSION", body)
        body = re.sub(rb"(checkpoint-hash[\0 ])[0-9a-f]{16}", rb"\1HASH", body)
    return kind, body


def embedded(kind, text):
    """A picture in a page, as its kind and a checksum of what counts in it."""
    data = base64.b64decode(text)
    if kind == "png":
        data = repr([masked_chunk(*chunk) for chunk in formats.png_chunks(data)]).encode()
    return f"{kind} {hashlib.sha256(data).hexdigest()}"


def events_text(path):
    lines = []
    for step, tag, fields in formats.read_events(path):
        name = f"{step} {tag.decode()}"
        if tag.startswith(b"speed/"):
            lines.append(name)
        elif 4 in fields:  # an image: height 1, width 2, colours 3, the PNG 4
            image = formats.message(fields[4][0])
            png = image.pop(4)[0]
            lines.append(f"{name} {image} {embedded('png', base64.b64encode(png))}")
        elif tag == b"config":  # a tensor, whose strings are field 8
            lines += [f"{name} {fields[9]}", *formats.message(fields[8][0])[8][0].decode().splitlines()]
        else:
            lines.append(f"{name} {fields}")
    return "\n".join(lines)


def csv_text(text):
    """The columns in their order, but for those of time."""
    return "\n".join(str({key: value for key, value in row.items() if key not in TIMES})
                     for row in csv.DictReader(io.StringIO(text)))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def squeezed(line):
    return " ".join(line.split())


def change(old, new):
    """Both texts, from a little before where they part."""
    begin = max(len(os.path.commonprefix([old, new])) - 40, 0)
    one, other = ((("..." if begin else "") + text[begin:begin + 100] or "nothing") for text in (old, new))
    return f"{one} became {other}"
