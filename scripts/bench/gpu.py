#!/usr/bin/env python3
"""All figures of a GPU in one unattended call of less than nine minutes:

    ~/.cache/facegan/bench/bin/python scripts/bench/gpu.py --data data/celeba/img_align_celeba.zip

compare.py and compare.py --axes on the device, then an epoch of as many pictures as CelebA has (drawn faces, the
third epoch: they lie on the device then) with the share of the time that the GPU is busy by nvidia-smi. Writes to
docs/benchmarks.md; prints how long each part took.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from compare import ROOT, arguments, processor, write

WHOLE_CELEBA = 202_599


def part(name, call):
    begin = time.monotonic()
    subprocess.run(call, check=True)
    print(f"{name}: {time.monotonic() - begin:.0f} s", flush=True)


def busy_percent(process):
    """Samples of nvidia-smi until the process ends: (time, percent)."""
    samples = []
    while process.poll() is None:
        text = subprocess.run(["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        samples.append((time.monotonic(), float(text.splitlines()[0])))
        time.sleep(0.1)
    return samples


def whole_epoch(args, precision):
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        call = [args.facegan, "train", "--preset", "dcgan", "--dataset", "faces", "--faces-count", str(WHOLE_CELEBA),
                "--epochs", "3", "--device", args.device, "--precision", precision, "--workers", str(args.threads),
                "--log-every", "100", "--out", str(run)]
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = busy_percent(process)
        if process.returncode != 0:
            sys.exit(f"gpu.py: {' '.join(call)} failed")
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    ends = {line["epoch"]: line["elapsed_s"] for line in lines}
    seconds = ends[3] - ends[2]
    # The end of the run is the end of the third epoch but for its last files.
    last = samples[-1][0]
    busy = [percent for at, percent in samples if last - 0.8 * seconds < at < last - 0.1 * seconds]
    return seconds, statistics.mean(busy) if busy else float("nan")


def main():
    parser = arguments(__doc__, pictures=10_000, epochs=2)
    parser.set_defaults(device="cuda")
    args = parser.parse_args()
    shared = [sys.executable, str(ROOT / "scripts/bench/compare.py"), "--facegan", args.facegan, "--data", args.data,
              "--device", args.device, "--threads", str(args.threads), "--output", args.output]
    part("whole trainings", shared + ["--pictures", str(args.pictures), "--epochs", str(args.epochs), "--rounds", "2"])
    part("one axis at a time", shared + ["--axes", "--steps", "20"])
    rows = [f"{processor(args)}; {WHOLE_CELEBA:,} pictures, the third epoch.", "",
            "| precision | seconds | GPU busy |", "| --- | --- | --- |"]
    for precision in ("tf32", "bf16"):
        seconds, busy = whole_epoch(args, precision)
        rows.append(f"| {precision} | {seconds:.1f} | {busy:.0f} % |")
        print(rows[-1], flush=True)
    write(args, "an epoch", "\n".join(rows))


if __name__ == "__main__":
    main()
