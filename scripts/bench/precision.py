#!/usr/bin/env python3
"""Whether bf16 training is fp32 training but for noise: the same recipe with several seeds in both precisions.

    ~/.cache/facegan/bench/bin/python scripts/bench/precision.py --data data/celeba/img_align_celeba.zip

Writes a table to docs/benchmarks.md: losses and D's accuracy as means over the second half of the run, and of 2,000
samples the mean and the spread of each colour and the sharpness (variance of the Laplacian of the grey picture). The
precisions agree where the ranges over the seeds overlap.
"""
import json
import pathlib
import subprocess
import tempfile

import numpy as np
from compare import arguments, processor, write
from PIL import Image


def train_and_sample(args, folder, precision, seed):
    run = folder / f"{precision}-{seed}"
    subprocess.run([args.facegan, "train", "--preset", "dcgan", "--dataset", "celeba", "--data", args.data, "--limit",
                    str(args.pictures), "--epochs", str(args.epochs), "--precision", precision, "--seed", str(seed),
                    "--device", args.device, "--threads", str(args.threads), "--log-every", "5", "--sample-every", "1000", "--out", str(run)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([args.facegan, "sample", "--from", str(run), "--seed", "1", "--count", str(args.samples), "--each",
                    "--out", str(run / "pictures")], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    late = lines[len(lines) // 2:]
    pictures = np.stack([np.asarray(Image.open(f).convert("RGB"), np.float64)
                         for f in sorted((run / "pictures").glob("*.png"))])
    assert len(pictures) == args.samples
    grey = pictures.mean(axis=3)
    laplacian = (grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:] + grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1]
                 - 4 * grey[:, 1:-1, 1:-1])
    out = {key: float(np.mean([line[key] for line in late])) for key in ("d_loss", "g_loss", "d_accuracy")}
    for channel, name in enumerate(("red", "green", "blue")):
        out[f"{name}, mean"] = float(pictures[..., channel].mean())
        out[f"{name}, spread"] = float(pictures[..., channel].std())
    out["sharpness"] = float(laplacian.var(axis=(1, 2)).mean())
    return out


def main():
    parser = arguments(__doc__, pictures=6400, epochs=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=2000)
    args = parser.parse_args()
    results = {"fp32": [], "bf16": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, args.seeds + 1):
            for precision, runs in results.items():
                runs.append(train_and_sample(args, pathlib.Path(folder), precision, seed))
                print(precision, seed, runs[-1], flush=True)
    steps = args.pictures // 128 * args.epochs
    lines = [f"{processor(args)}; {steps} steps of 128, seeds 1 to {args.seeds}, {args.samples} samples.", "",
             "| | fp32 | bf16 | ranges |", "| --- | --- | --- | --- |"]
    for key in results["fp32"][0]:
        columns = [[run[key] for run in runs] for runs in results.values()]
        overlap = max(map(min, columns)) <= min(map(max, columns))
        shown = [", ".join(f"{value:.4g}" for value in column) for column in columns]
        lines.append(f"| {key} | {shown[0]} | {shown[1]} | {'overlap' if overlap else 'apart'} |")
    write(args, "precisions", "\n".join(lines))


if __name__ == "__main__":
    main()
