#!/usr/bin/env python3
"""Whether a picture costs the same in a small set and in a large one: whole trainings of 200 steps, in turn.

    ~/.cache/facegan/bench/bin/python scripts/bench/set_size.py --data data/celeba/img_align_celeba.zip

Each set is a zip of its own with CelebA's JPEGs, repeated where the file has too few, and each run begins with an
empty cache. Seconds are those of the process from start to end: names, decoding, steps, packing, checkpoint and grid.
Writes a table to docs/benchmarks.md. Needs 2 GB of disk, a quiet machine and some 40 minutes on two cores.
"""
import datetime
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

from compare import arguments, processor, write


def repeated(source, count, path):
    with zipfile.ZipFile(source) as pictures, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        names = sorted(name for name in pictures.namelist() if name.endswith(".jpg"))
        for number in range(count):
            out.writestr(f"img_align_celeba/{number + 1:06}.jpg", pictures.read(names[number % len(names)]))


def train(args, data):
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        call = [args.facegan, "train", "--preset", "dcgan", "--dataset", "celeba", "--data", str(data), "--epochs", "1000", "--max-steps",
                str(args.steps), "--batch", str(args.batch), "--width", str(args.width), "--threads",
                str(args.threads), "--device", args.device, "--out", f"{folder}/run"]
        os.sync()  # what the run before left to write
        begin = time.monotonic()
        done = subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "FACEGAN_CACHE": f"{folder}/cache"})
        if done.returncode != 0:
            sys.exit(f"set_size.py: {' '.join(call)} failed:\n{done.stderr}")
        return time.monotonic() - begin


def main():
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--width", type=int, default=64)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sets = {size: pathlib.Path(folder) / f"{size}.zip" for size in args.sizes}
        for size, path in sets.items():
            repeated(args.data, size, path)
        seconds = {size: [] for size in args.sizes}
        for number in range(args.rounds):
            for size, path in sets.items():
                seconds[size].append(train(args, path))
                print(f"round {number + 1}: {size} pictures, {seconds[size][-1]:.1f} s", flush=True)

    pictures = args.steps * args.batch
    smallest = statistics.median(seconds[args.sizes[0]])
    lines = [f"{processor(args)}, {args.threads} threads, {datetime.date.today()}; {args.steps} steps of {args.batch}, "
             f"width {args.width}.", "",
             "| pictures in the set | s, each round | median | ms a picture trained on | against the smallest |",
             "| --- | --- | --- | --- | --- |"]
    for size, runs in seconds.items():
        median = statistics.median(runs)
        lines.append(f"| {size:,} | {', '.join(f'{s:.1f}' for s in runs)} | {median:.1f} | "
                     f"{1000 * median / pictures:.2f} | {100 * (median / smallest - 1):+.1f} % |")
    write(args, "sizes of sets", "\n".join(lines))


if __name__ == "__main__":
    main()
