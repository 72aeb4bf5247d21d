#!/usr/bin/env python3
"""Runs facegan and the Python loops of baseline.py in turn, A B C A B C ..., and writes docs/benchmarks.md.

    ~/.cache/facegan/bench/bin/python scripts/bench/compare.py --data data/celeba/img_align_celeba.zip
    ~/.cache/facegan/bench/bin/python scripts/bench/compare.py --data data/celeba/img_align_celeba.zip --axes

Whole trainings of the DCGAN on the same pictures, threads and batch: decoding, checkpoint and grid included for
facegan, which counts its warm-up too; the Python loops have some steps before they are measured. Needs a quiet
machine and about five minutes a round on two cores. --axes measures facegan alone (facegan bench), one thing
changed at a time: batch, size, width, threads. --device cuda measures a GPU.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "<!-- {} of {} -->"
AXES = [{}, {"batch": 16}, {"batch": 32}, {"batch": 64}, {"batch": 256}, {"size": 32}, {"size": 128},
        {"width": 32}, {"width": 128}, {"threads": 1}]


def facegan(args, precision):
    with tempfile.TemporaryDirectory() as folder:
        call = [args.facegan, "train", "--preset", "dcgan", "--dataset", "celeba", "--data", args.data, "--limit", str(args.pictures),
                "--epochs", str(args.epochs), "--batch", str(args.batch), "--threads", str(args.threads),
                "--device", args.device, "--precision", precision, "--out", f"{folder}/run"]
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        text = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    done = re.search(r"^done at step .*, ([\d,]+) images/s", text, re.M)
    if status != 0 or not done:
        sys.exit(f"compare.py: {' '.join(call)} failed:\n{text}")
    return {"images_per_s": float(done[1].replace(",", "")), "peak_memory_bytes": usage.ru_maxrss * 1024}


def python(args, loop, precision):
    steps = args.pictures // args.batch * args.epochs
    call = [sys.executable, str(ROOT / "scripts/bench/baseline.py"), loop, "--data", args.data, "--steps",
            str(steps), "--batch", str(args.batch), "--threads", str(args.threads), "--device", args.device,
            "--precision", precision]
    done = subprocess.run(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"compare.py: {' '.join(call)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def processor(args):
    if args.device != "cpu":
        import torch
        return torch.cuda.get_device_name(args.device)
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def table(args, results):
    median = {name: statistics.median(r["images_per_s"] for r in runs) for name, runs in results.items()}
    lines = [f"{processor(args)}, {args.threads} threads, {datetime.date.today()}; {args.rounds} rounds of "
             f"{args.pictures} pictures, {args.epochs} epochs, batch {args.batch}, 64x64, width 64.", "",
             "| program | images/s, each round | median | peak memory, GiB |", "| --- | --- | --- | --- |"]
    for name, runs in results.items():
        rates = ", ".join(f"{r['images_per_s']:.1f}" for r in runs)
        peak = max(r["peak_memory_bytes"] for r in runs) / 2 ** 30
        lines.append(f"| {name} | {rates} | {median[name]:.1f} | {peak:.2f} |")
    lines += ["", "| facegan | against | ratio, each round | median |", "| --- | --- | --- | --- |"]
    low, half = args.precisions
    for ours, theirs in ((low, "example"), (half, "example"), (low, f"tuned {low}"), (half, f"tuned {half}"),
                         (low, f"compiled {low}"), (half, f"compiled {half}")):
        if theirs not in results:
            continue
        ratios = [a["images_per_s"] / b["images_per_s"]
                  for a, b in zip(results[f"facegan {ours}"], results[theirs])]
        lines.append(f"| {ours} | {theirs} | {', '.join(f'{r:.2f}' for r in ratios)} | "
                     f"{statistics.median(ratios):.2f} |")
    return "\n".join(lines)


def axes(args):
    """Rows of facegan bench: the recipe of the paper at 64x64, width 64, batch 128, and one thing changed."""
    lines = [f"{processor(args)}, {args.threads} threads, {datetime.date.today()}; medians of {args.steps} steps.", "",
             "| changed | precision | D phase, ms | G phase, ms | step, images/s | GFLOP/s | of the matrix rate | "
             "whole training, images/s | peak memory, GiB |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for changed in AXES:
        for precision in args.precisions:
            call = [args.facegan, "bench", "--json", "--preset", "dcgan", "--dataset", "celeba", "--data", args.data, "--device",
                    args.device, "--precision", precision, "--steps", str(args.steps), "--threads",
                    str(args.threads)]
            for name, value in changed.items():
                call += [f"--{name}", str(value)]
            r = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                          text=True).stdout)
            what = ", ".join(f"{name} {value}" for name, value in changed.items()) or "nothing"
            lines.append(f"| {what} | {precision} | {r['d_phase_ms']:.0f} | {r['g_phase_ms']:.0f} | "
                         f"{r['step_images_per_s']:.1f} | {r['step_gflop_per_s']:.0f} | "
                         f"{100 * r['share_of_matrix_rate']:.0f} % | {r['train_images_per_s']:.1f} | "
                         f"{r['peak_memory_bytes'] / 2 ** 30:.2f} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def write(args, name, text_between):
    """Puts it between the two marks of that name, which a file without them gets at its end."""
    begin, end = MARK.format("begin", name), MARK.format("end", name)
    path = pathlib.Path(args.output)
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in text:
        text += f"\n{begin}\n{end}\n"
    head, _, rest = text.partition(begin)
    path.write_text(f"{head}{begin}\n{text_between}\n{end}{rest.partition(end)[2]}")
    print(f"written to {path}")


def arguments(description, pictures=None, epochs=None):
    """A parser of what every script that trains facegan asks for; pictures and epochs where they have a default."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facegan", default=str(ROOT / "build/release/facegan"))
    parser.add_argument("--data", required=True, help="CelebA's zip")
    if pictures is not None:
        parser.add_argument("--pictures", type=int, default=pictures)
        parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--output", default=str(ROOT / "docs/benchmarks.md"))
    return parser


def main():
    parser = arguments(__doc__, pictures=2048, epochs=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--axes", action="store_true", help="facegan alone, one thing changed at a time")
    parser.add_argument("--steps", type=int, default=8, help="of --axes")
    args = parser.parse_args()
    args.precisions = ("fp32" if args.device == "cpu" else "tf32", "bf16")
    if args.axes:
        write(args, "axes", axes(args))
        return

    programs = {f"facegan {p}": (lambda p=p: facegan(args, p)) for p in args.precisions}
    programs["example"] = lambda: python(args, "example", "fp32")
    for loop in ("tuned", "compiled"):
        for p in args.precisions:
            programs[f"{loop} {p}"] = lambda loop=loop, p=p: python(args, loop, p)
    results = {name: [] for name in programs}
    for number in range(args.rounds):
        for name, run in programs.items():
            results[name].append(run())
            print(f"round {number + 1}: {name} {results[name][-1]['images_per_s']:.1f} images/s", flush=True)

    write(args, "whole trainings", table(args, results))


if __name__ == "__main__":
    main()
