"""What a Chrome trace of `facegan bench --profile` says: time by kernel, and how long the device is busy."""
import collections
import json
import pathlib
import re

STEP = "facegan step"
ON_DEVICE = {"kernel", "gpu_memcpy", "gpu_memset"}


def table(path):
    """{steps, step_ms, on_device, busy_percent, rows: [(name, ms a step, calls a step)], the slowest first}.

    Of kernels where there are any, else of the CPU's operators without what others do inside them."""
    events = [e for e in json.loads(pathlib.Path(path).read_text())["traceEvents"] if e.get("ph") == "X"]
    steps = [e for e in events if e.get("cat") == "user_annotation" and e["name"] == STEP]
    on_device = [e for e in events if e.get("cat") in ON_DEVICE]
    if not steps:
        raise ValueError(f"{path} has no steps")
    if on_device:
        times = [(e["name"], e["dur"]) for e in on_device]
    else:
        times = own_times([e for e in events if e.get("cat") == "cpu_op"])
    whole = on_device or steps
    span = max(e["ts"] + e["dur"] for e in whole) - min(e["ts"] for e in whole)
    busy = 100 * covered((e["ts"], e["ts"] + e["dur"]) for e in on_device) / span if on_device else None
    sums, calls = collections.Counter(), collections.Counter()
    for name, duration in times:
        sums[name] += duration
        calls[name] += 1
    count = len(steps)
    return {"steps": count, "step_ms": span / 1e3 / count, "on_device": bool(on_device), "busy_percent": busy,
            "rows": [(name, us / 1e3 / count, calls[name] / count) for name, us in sums.most_common()]}


def covered(intervals):
    """The length of the union."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(intervals):
        total += max(end - max(begin, reached), 0)
        reached = max(reached, end)
    return total


def own_times(events):
    """(name, time without that of the events inside) of events that are nested within each thread."""
    out = []
    threads = collections.defaultdict(list)
    for event in events:
        threads[event["tid"]].append(event)
    for of_thread in threads.values():
        around = []  # (end, index into out) of the events that are open
        for event in sorted(of_thread, key=lambda e: (e["ts"], -e["dur"])):
            while around and around[-1][0] <= event["ts"]:
                around.pop()
            if around:
                out[around[-1][1]][1] -= event["dur"]
            around.append((event["ts"] + event["dur"], len(out)))
            out.append([event["name"], event["dur"]])
    return out


def short(name, length=90):
    """A kernel's name without the noise of its templates."""
    name = re.sub(r"\(anonymous namespace\)::|^void |at::native::", "", name)
    return name if len(name) <= length else name[:length - 1] + "…"
