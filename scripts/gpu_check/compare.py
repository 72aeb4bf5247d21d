"""Runs and pictures of two devices, or of two ways on one, against each other. Broken says what differs."""
import math

from .child import Broken
from .formats import Tensors, checkpoint, read_metrics, read_png

# fp32 on a GPU adds in another order than on a CPU. What that does to three steps was tried on a CPU with other
# numbers of threads, and with bf16 as a fault to be found. At a preset's own rate it says little: Adam's first
# steps are the rate times the sign of each gradient, D's weights go apart where that is noise, and G's gradient
# follows (threads up to 16 % of the weights' change, bf16 38 %). At RATE, in batches of 16, only rounding is left
# (and leaky units that it makes change sides):
#                        losses        first moments        weights          running statistics
#   other threads        3e-6          0.007 G, 0.001 D     0.04 G, 0.01 D   4e-6
#   bf16                 1e-3..7e-3    0.13 G, 0.012 D      0.30 G, 0.10 D   2e-3..3e-3   (the least)
# and a gradient that is wrong anywhere is of the order of 1.
STEPS = 3
RATE = 1e-6
LOSS_BOUND = 1e-3  # relative, of each loss in each step
MOMENT_BOUND = 0.08  # Adam's first moments, the mean gradients: RMS of the difference / RMS, each network
WEIGHT_BOUND = 0.2  # weights: RMS of the difference / RMS of their change, each network
STATE_BOUND = 1e-3  # running statistics: RMS of the difference / RMS, each tensor
SAMPLED = 100_000  # values of a tensor that take part


def losses(ours, theirs):
    """The largest relative difference of losses in the lines of two runs."""
    a, b = read_metrics(ours), read_metrics(theirs)
    if [line["step"] for line in a] != [line["step"] for line in b] or not a:
        raise Broken(f"{ours.name} has lines of {len(a)} steps, {theirs.name} of {len(b)}")
    worst = 0.0
    for one, other in zip(a, b):
        for key in ("d_loss", "g_loss"):
            x, y = float(one[key]), float(other[key])
            worst = worst_of(worst, abs(x - y) / max(abs(y), 1e-3))
    return worst


def worst_of(a, b):
    """The larger one; NaN is the worst."""
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def states(ours, theirs, steps=STEPS):
    """{"moments" and "weights": the worse network's, "statistics": the worst tensor's} relative differences."""
    first, a, b = (Tensors(checkpoint(*which)) for which in ((theirs, 0), (ours, steps), (theirs, steps)))
    if a.header.keys() != b.header.keys():
        raise Broken(f"other tensors: {sorted(a.header.keys() ^ b.header.keys())[:5]}")
    worst = {"moments": 0.0, "weights": 0.0, "statistics": 0.0}

    def add(kind, value):
        worst[kind] = worst_of(worst[kind], value)

    for network in ("g.", "d.", "mean.g."):
        weights = [name for name in a.names()
                   if name.startswith(network) and f"adam.{name}.exp_avg" in a.header]
        add("weights", relative((a, b, name, first) for name in weights))
        add("moments", relative((a, b, f"adam.{name}.exp_avg", None) for name in weights))
        for name in a.names():
            if name.startswith(network) and name not in weights:
                add("statistics", relative([(a, b, name, None)]))
    return worst


def relative(tensors):
    """RMS of the difference over all tensors / RMS of them, or of how far they are from `first`."""
    difference = size = 0.0
    for a, b, name, first in tensors:
        x, y = a.floats(name, SAMPLED), b.floats(name, SAMPLED)
        scale = math.prod(a.header[name]["shape"]) / max(len(x), 1)  # a tensor weighs as much as it is long
        difference += scale * math.dist(x, y)**2
        size += scale * (math.dist(y, first.floats(name, SAMPLED)) if first else math.hypot(*y))**2
    if size == 0:
        return 0.0 if difference == 0 else math.inf
    return math.sqrt(difference / size)


def same_numbers(one, other, step):
    """Broken unless two runs have the same lines and the same bytes in every tensor."""
    a, b = read_metrics(one), read_metrics(other)
    if a != b:
        at = next((x["step"] for x, y in zip(a, b) if x != y), "the end")
        raise Broken(f"metrics.jsonl of {one.name} and {other.name} differ from step {at} on")
    x, y = Tensors(checkpoint(one, step)), Tensors(checkpoint(other, step))
    differing = [n for n in sorted(x.header.keys() | y.header.keys())
                 if n not in x.header or n not in y.header or x.bytes_of(n) != y.bytes_of(n)]
    if differing:
        raise Broken(f"{len(differing)} of {len(x.header)} tensors differ between {one.name} and {other.name}: "
                     f"{', '.join(differing[:5])}")


def same_bytes(one, other, step):
    same_numbers(one, other, step)  # says more
    if checkpoint(one, step).read_bytes() != checkpoint(other, step).read_bytes():
        raise Broken(f"the tensors of {one.name} and {other.name} are the same, other bytes are not")


def pictures(one, other):
    """The largest difference of two PNGs, the share of values that differ, and how far values are apart."""
    a, b = read_png(one), read_png(other)
    if (a.width, a.height, a.channels) != (b.width, b.height, b.channels):
        raise Broken(f"{one.name} has other sides or channels than {other.name}")
    differences = [abs(x - y) for x, y in zip(a.pixels, b.pixels) if x != y]
    return max(differences, default=0), len(differences) / len(a.pixels), max(a.pixels) - min(a.pixels)
