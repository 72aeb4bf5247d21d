"""The Python loops of ../bench/baseline.py in one process: torch is imported and every loop compiled once.

Reads a request a line from standard input, {"id", "loop", "precision", "batch", "size", "width", "seconds"}, and
answers in a line of JSON; the first answer is about the machine. seconds 0: only the first steps.
"""

import argparse
import json
import os
import pathlib
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))

import torch  # noqa: E402

import baseline  # noqa: E402

WARM_UP = 3
KEY = ("loop", "precision", "batch", "size", "width")


class Loop:
    def __init__(self, args, device):
        self.args, self.device = args, device
        torch.manual_seed(1)
        before = self.memory(reset=True)
        self.step = baseline.make_step(args, device)
        self.real = next(baseline.batches(args, device))
        if args.loop != "example" and args.layout == "nhwc":
            self.real = self.real.contiguous(memory_format=torch.channels_last)
        begin = time.perf_counter()
        self.run(WARM_UP)
        self.warm_up_s = time.perf_counter() - begin
        self.memory_bytes = self.memory() - before

    def memory(self, reset=False):
        """What the allocator holds; without reset: at most since then."""
        if self.device.type != "cuda":
            return 0
        if reset:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        return torch.cuda.max_memory_reserved()

    def run(self, steps):
        for _ in range(steps):
            self.step(self.real, False)
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def images_per_s(self, seconds):
        baseline.set_switches(self.args)
        begin = time.perf_counter()
        self.run(2)
        steps = max(5, int(2 * seconds / max(time.perf_counter() - begin, 1e-6)))
        begin = time.perf_counter()
        self.run(steps)
        return steps * self.args.batch / (time.perf_counter() - begin)


def make_loop(named, device):
    """torch.compile 2.11 trips over transposed convolutions in channels-last on CUDA: there in PyTorch's own layout."""
    nchw = named["loop"] == "compiled" and device.type == "cuda"
    return Loop(argparse.Namespace(**named, layout="nchw" if nchw else "nhwc"), device)


def answer(request, loops, device):
    key = tuple(request[name] for name in KEY)
    if key not in loops:
        loops[key] = make_loop(dict(zip(KEY, key), data="synthetic", compile_mode="default"), device)
    loop = loops[key]
    out = {"memory_bytes": loop.memory_bytes, "warm_up_s": loop.warm_up_s, "layout": loop.args.layout}
    if request["seconds"] > 0:
        out["images_per_s"] = loop.images_per_s(request["seconds"])
    if device.type == "cuda":
        torch.cuda.empty_cache()  # others measure in between
    return out


def facts(device):
    out = {"torch": torch.__version__, "python": sys.version.split()[0]}
    if device.type == "cuda":
        out.update(name=torch.cuda.get_device_name(device), cuda=torch.version.cuda,
                   cudnn=torch.backends.cudnn.version(), capability=torch.cuda.get_device_capability(device))
    return out


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    device = torch.device(sys.argv[1])

    def say(**what):
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    # Every loop, precision and shape is one more variant of the same functions.
    torch._dynamo.config.recompile_limit = 256
    say(id=0, **facts(device))
    loops = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(id=request["id"], **answer(request, loops, device))
        except Exception as error:  # pylint: disable=broad-except
            text = " ".join(str(error).split())[:300]
            say(id=request["id"], error=f"{type(error).__name__}: {text}", tail=traceback.format_exc()[-4000:])


if __name__ == "__main__":
    main()
