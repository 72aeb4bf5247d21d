#!/usr/bin/env python3
"""Every picture below a folder, read by facegan and by Pillow: which are equal, which only one of them reads.

    cmake --build --preset dev --target decode_pictures
    compare_pictures.py build/dev/tests/tools/decode_pictures FOLDER [--out TABLE.tsv]

Needs Pillow and numpy; pillow-heif where HEIC is to be compared. Equal: no channel of a pixel differs by more than 1.
"""
import argparse
import collections
import pathlib
import subprocess
import tempfile
import warnings

import numpy as np
from PIL import Image, ImageOps

try:
    import pillow_heif
    pillow_heif.register_heif_opener()
except ImportError:
    pass

ENDINGS = set(".jpg .jpeg .jpe .jfif .png .bmp .dib .rle .tif .tiff .webp .gif .heic .heif .avif "
              ".pbm .pgm .ppm .pnm".split())
LIMIT = 100_000_000  # pixels, facegan's own


def over_white(picture):
    """RGB or None (levels that have no range), and what Pillow calls the picture."""
    picture.load()
    kind = f"{picture.format} {picture.mode}"
    picture = ImageOps.exif_transpose(picture)
    mode = picture.mode
    if mode in ("I", "F"):
        return None, kind
    if mode.startswith("I;16"):
        grey = (np.asarray(picture).astype(np.uint32) * 255 + 32767) // 65535
        return np.repeat(grey.astype(np.uint8)[:, :, None], 3, 2), kind
    if mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in picture.info:
        rgba = np.asarray(picture.convert("RGBA")).astype(np.int32)
        alpha = rgba[:, :, 3:]
        return ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8), kind
    return np.asarray(picture.convert("RGB")), kind


def reference(file):
    with Image.open(file) as picture:
        if picture.width * picture.height > LIMIT:
            raise ValueError("more pixels than facegan reads")
        return over_white(picture)


def judge(file, answer, pixels):
    what, width, height, reason = answer
    try:
        wanted, kind = reference(file)
    except Exception as error:  # Pillow raises what it likes
        return ("both refuse" if what == "refused" else "only facegan"), repr(error)[:100], reason
    if what != "read":
        return ("crash" if what == "crash" else "only Pillow"), kind, reason
    if wanted is None:
        return "no reference", kind, ""
    if (height, width) != wanted.shape[:2]:
        return "differ", kind, f"{width}x{height}, not {wanted.shape[1]}x{wanted.shape[0]}"
    got = np.fromfile(pixels, np.uint8).reshape(height, width, 3).astype(int)
    apart = np.abs(got - wanted)
    return ("equal" if apart.max() <= 1 else "differ"), kind, f"at most {apart.max()}, {apart.mean():.2f} on average"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("decode_pictures")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    call = parser.parse_args()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    files = sorted(str(f) for f in call.folder.rglob("*") if f.suffix.lower() in ENDINGS and f.is_file())
    counts, rows, worst = collections.Counter(), [], [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        names = pathlib.Path(folder, "list")
        names.write_text("".join(f + "\n" for f in files))
        told = subprocess.run([call.decode_pictures, names, folder], check=True, stdout=subprocess.PIPE).stdout
        for line in told.decode(errors="replace").splitlines():
            n, memory, took, what, width, height, reason = line.split("\t", 6)
            file = files[int(n)]
            result, kind, detail = judge(file, (what, int(width), int(height), reason), f"{folder}/{n}.rgb")
            ending = pathlib.Path(file).suffix.lower()
            counts[result, ending] += 1
            worst = [max(worst[0], int(memory)), max(worst[1], int(took))]
            rows.append("\t".join([result, ending, file, kind, detail, memory, took]))
    if call.out:
        call.out.write_text("".join(row + "\n" for row in rows))
    for result in ("equal", "both refuse", "only Pillow", "only facegan", "differ", "no reference", "crash"):
        of = {ending: n for (r, ending), n in sorted(counts.items()) if r == result}
        print(f"{result:12} {sum(of.values()):5}  " + "  ".join(f"{n} {ending}" for ending, n in of.items()))
    print(f"{len(files)} files; at most {worst[0] / 1024:.0f} MiB and {worst[1]} ms for one")


main()
