#!/usr/bin/env python3
"""scaling.py FACEGAN [--ranks 1,2,4] [--batch 32] [--steps 60] [--rounds 3]: ranks on this machine's cores.

One thread a rank. Weak scaling: as many pictures for each rank; strong scaling: as many in all. What processes apart
lose against one is what the cores share; what ranks lose beside them, communication and waiting. Also what one rank
costs under torchrun's variables. Then the calculation of docs/scaling.md: what is expected of GPUs. --paper: that alone.
"""
import argparse
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import tempfile


def images_per_s(program, ranks, batch, steps, joined, threads=1):
    """Of a training's steps, medians of lines of ten, without the first one. Not joined: the sum of trainings of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    out = tempfile.mkdtemp()
    call = [program, "train", "--preset", "dcgan", "--dataset", "faces", "--faces-count", "2000", "--hold-out", "0",
            "--width", "32", "--batch", str(batch), "--max-steps", str(steps), "--log-every", "10", "--threads", str(threads),
            "--workers", "1", "--device", "cpu", "--precision", "fp32", "--quiet", "--out"]
    started = []
    for rank in range(ranks):
        variables = dict(os.environ)
        if joined:
            variables |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1",
                          "LOCAL_WORLD_SIZE": str(ranks), "MASTER_PORT": str(port)}
        run = os.path.join(out, "run" if joined else f"run{rank}")
        started.append(subprocess.Popen([*call, run], env=variables, stdout=subprocess.DEVNULL))
    assert [process.wait() for process in started] == [0] * ranks
    rates = []
    for run in os.listdir(out):
        lines = [json.loads(line) for line in open(os.path.join(out, run, "metrics.jsonl"))]
        rates.append(statistics.median(line["images_per_s"] for line in lines[1:]))
    shutil.rmtree(out)
    return sum(rates)


def measured(options):
    counts = [int(n) for n in options.ranks.split(",")]
    ways = {"one process": (1, options.batch, False)}
    ways["one rank"] = (1, options.batch, True)
    for n in counts[1:]:
        ways[f"{n} processes apart"] = (n, options.batch, False)
        ways[f"{n} ranks, weak"] = (n, options.batch * n, True)
        ways[f"{n} ranks, strong"] = (n, options.batch, True)
    rates = {name: [] for name in ways}
    for _ in range(options.rounds):  # in turn
        for name, (ranks, batch, joined) in ways.items():
            rates[name].append(images_per_s(options.program, ranks, batch, options.steps, joined))
    alone = statistics.median(rates["one process"])
    print(f"| ranks (a thread each) | batch | images/s, {options.rounds} rounds | median | of one process |\n| --- | --- | --- | --- | --- |")
    for name, values in rates.items():
        print(f"| {name} | {ways[name][1]} | {', '.join(f'{v:.1f}' for v in values)} | {statistics.median(values):.1f} | "
              f"{statistics.median(values) / alone:.2f} |")


# ---- what is expected of GPUs -------------------------------------------------------------------------------

STEP_S = 128 / 16903      # measured: dcgan, 64x64, batch 128 on each, bf16 on an H100, without recorded steps
PARAMETERS = 3_576_704 + 2_765_568
# Bytes/s at which a ring's sum goes through a machine of 8 GPUs: inside; between machines, at 400 Gbit/s for each GPU
# and at 100 Gbit/s for all.
NVLINK, INFINIBAND, ETHERNET = 350e9, 340e9, 11e9
SUMS = 5                  # a step: two buckets for each network, and the statistics
START_S, HOP_S = 20e-6, 5e-6  # of a sum, and for each doubling of machines
MESSAGE_S = 30e-6         # between two hosts, of which an agreement takes 2 (n - 1), every n/8th step


def expected_step_s(n, between):
    if n == 1:
        return STEP_S
    machines = math.ceil(n / 8)
    bandwidth = NVLINK if machines == 1 else min(between, NVLINK)
    bytes_ = 2 * (n - 1) / n * 4 * PARAMETERS
    sums = bytes_ / bandwidth + SUMS * (START_S + HOP_S * math.ceil(math.log2(machines)) if machines > 1 else START_S)
    agreement = 2 * (n - 1) * MESSAGE_S / max(n // 8, 1)
    return STEP_S + sums + agreement


def paper():
    print("| GPUs | batch | ms a step, 400 Gbit/s for each | images/s | efficiency | ms, 100 Gbit/s for 8 | efficiency |\n"
          "| --- | --- | --- | --- | --- | --- | --- |")
    for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        fast, slow = expected_step_s(n, INFINIBAND), expected_step_s(n, ETHERNET)
        print(f"| {n:,} | {128 * n:,} | {1000 * fast:.2f} | {128 * n / fast:,.0f} | {100 * STEP_S / fast:.0f} % | "
              f"{1000 * slow:.1f} | {100 * STEP_S / slow:.0f} % |")


parser = argparse.ArgumentParser()
parser.add_argument("program", nargs="?")
parser.add_argument("--ranks", default="1,2,4")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--paper", action="store_true")
arguments = parser.parse_args()
if arguments.paper:
    paper()
else:
    measured(arguments)
