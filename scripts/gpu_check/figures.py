"""How fast a device is: steps against the Python loops, one thing changed, whole trainings, time by kernel."""
import statistics
import time

from .child import Broken, OutOfTime
from .formats import timed_metrics
from .kernels import short, table
from .parts import Part

GIB = 2**30
MOST_EACH_S = 60  # one program of those that are measured in turn
TOP_KERNELS = 20


def parts(session):
    """In order of worth."""
    out = [Part("steps", steps, session.size.steps_s), Part("an epoch", epoch, 80, least_s=20),
           Part("a step by kernel", profile, 40, least_s=10), Part("one thing changed", axes, 120, least_s=10)]
    if session.data:
        out.append(Part("whole trainings on photographs", photographs, 60, least_s=15))
    out.append(Part("whole trainings on drawn faces", drawn, 60, least_s=15))
    return out


def shown(value, form="{:,.0f}"):
    return "-" if value is None else form.format(value)


# ---- steps ------------------------------------------------------------------------------------------------

def loop_request(session, loop, precision, changed=None):
    recipe = {name: session.size.recipe[name] for name in ("size", "batch", "width")}
    return {"loop": loop, "precision": precision, "seconds": session.size.loop_s, **recipe, **(changed or {})}


def loops_of(session):
    """(loop, precision), those first that are soon ready."""
    examples = [("example", precision) for precision in session.precisions if precision != "bf16"]
    return (examples + [("tuned", precision) for precision in session.precisions]
            + [("compiled", precision) for precision in session.compiled_precisions])


def warm_up(session):
    """What the Python loops can do while the device is checked."""
    requests = [loop_request(session, *loop) for loop in loops_of(session)]
    requests += [loop_request(session, "compiled", session.precisions[0], changed)
                 for changed, compiled in session.size.axes if compiled]
    session.yardsticks.warm_up(requests)


def facegan(session, precision, cuda_graphs, deadline, changed=None):
    r = session.program.bench(deadline, preset="dcgan", steps=session.size.bench_steps, device=session.device,
                              precision=precision, cuda_graphs=cuda_graphs,
                              **{**session.size.recipe, **(changed or {})})
    return {"images_per_s": r["step_images_per_s"], "memory_bytes": r["peak_memory_bytes"],
            "step_ms": r["step_ms"], "d_phase_ms": r["d_phase_ms"], "tflop_per_s": r["step_gflop_per_s"] / 1e3,
            "share_of_matrix_rate": r["step_gflop_per_s"] / r["matrix_gflop_per_s"]}


def programs_of(session):
    """{name: a function of the deadline}"""
    programs = {}
    for precision in session.precisions:
        for graphs in ["auto", "off"] if session.device == "cuda" else ["auto"]:
            name = f"facegan {precision}" + (", no graphs" if graphs == "off" else "")
            programs[name] = lambda until, p=precision, g=graphs: facegan(session, p, g, until)
    for loop, precision in loops_of(session):
        request = loop_request(session, loop, precision)
        programs[f"{loop} {precision}"] = lambda until, r=request: session.yardsticks.measure(r, until)
    return programs


def steps(session, part, deadline):
    if not session.yardsticks.begun(min(deadline, time.monotonic() + session.size.steps_s / 2)):
        part.left_out.append("torch.compile: not done within its time, or its process ended")
        session.compiled_precisions = []
    programs = programs_of(session)
    results, broken = {name: [] for name in programs}, []
    try:
        in_turn(session, part, programs, results, broken, deadline)
    finally:
        part.figures = {name: found for name, found in results.items() if found}
        part.tables = [rates(session, part.figures), ratios(session, part.figures)]
        plain = [name for name, found in part.figures.items() if found[0].get("layout") == "nchw"]
        if plain:
            part.findings.append(f"{', '.join(plain)}: in NCHW, since torch.compile cannot do it in channels-last")
    if broken:
        raise broken[0]


def in_turn(session, part, programs, results, broken, deadline):
    """A B C A B C ... What is impossible here drops out, and is named."""
    for number in range(1, session.size.rounds + 1):
        begin = time.monotonic()
        for name in list(programs):
            try:
                results[name].append(programs[name](min(deadline, time.monotonic() + MOST_EACH_S)))
            except Broken as error:
                part.left_out.append(f"{name}: {error}")
                part.tail = part.tail or error.tail
                del programs[name]
                if name.startswith("facegan"):
                    broken.append(error)
            except OutOfTime:
                if time.monotonic() >= deadline:
                    raise
                part.left_out.append(f"{name}: not done within {MOST_EACH_S} s")
                del programs[name]
        took = time.monotonic() - begin
        if number < session.size.rounds and time.monotonic() + 1.1 * took > deadline:
            part.left_out.append(f"only {number} of {session.size.rounds} rounds: no time")
            return


def middle(found, key):
    values = [one[key] for one in found if one.get(key)]
    return statistics.median(values) if values else None


def rates(session, results):
    rows = []
    for name, found in results.items():
        # On a CPU it is of a process, and the Python loops share one.
        memory = middle(found, "memory_bytes") if session.device == "cuda" else None
        rows.append([name, ", ".join(f"{one['images_per_s']:,.0f}" for one in found),
                     shown(middle(found, "images_per_s")), shown(middle(found, "tflop_per_s"), "{:,.1f}"),
                     shown(middle(found, "share_of_matrix_rate"), "{:.0%}"),
                     shown(memory and memory / GIB, "{:.2f}")])
    recipe = session.size.recipe
    return (f"Steps on one batch of noise that lies on the device: {recipe['size']}x{recipe['size']}, batch "
            f"{recipe['batch']}, width {recipe['width']}; images/s, measured in turn. On a GPU PyTorch's own "
            "default, and so the published example's, is tf32 in convolutions",
            ["program", "each round", "median", "TFLOP/s", "of the matrix rate", "memory, GiB"], rows)


def ratios(session, results):
    rows = []
    for precision in session.precisions:
        ours = results.get(f"facegan {precision}")
        rivals = (f"example {precision}", "example tf32", f"tuned {precision}", f"compiled {precision}",
                  f"facegan {precision}, no graphs")
        for rival in dict.fromkeys(rivals):
            theirs = results.get(rival)
            if ours and theirs:
                each = [a["images_per_s"] / b["images_per_s"] for a, b in zip(ours, theirs)]
                rows.append([f"facegan {precision}", rival, ", ".join(f"{ratio:.2f}" for ratio in each),
                             f"{statistics.median(each):.2f}"])
    return "Times as fast", ["program", "against", "each round", "median"], rows


# ---- one thing changed ------------------------------------------------------------------------------------

def axes(session, part, deadline):
    precision, recipe, rows = session.precisions[0], session.size.recipe, []
    part.tables = [(f"One thing changed, from {recipe['size']}x{recipe['size']}, batch {recipe['batch']}, width "
                    f"{recipe['width']}; {precision}",
                    ["changed", "images/s", "D phase, ms", "step, ms", "TFLOP/s", "of the matrix rate",
                     "memory, GiB", "compiled, images/s", "times as fast"], rows)]
    names = [", ".join(f"{name} {value}" for name, value in changed.items()) for changed, _ in session.size.axes]
    try:
        for name, (changed, compiled) in zip(names, session.size.axes):
            r = facegan(session, precision, "auto", deadline, changed)
            rival = compiled_rate(session, part, name, changed, deadline) if compiled else None
            part.figures[name] = dict(r, compiled_images_per_s=rival)
            rows.append([name, f"{r['images_per_s']:,.0f}", f"{r['d_phase_ms']:.2f}", f"{r['step_ms']:.2f}",
                         f"{r['tflop_per_s']:,.1f}", f"{r['share_of_matrix_rate']:.0%}",
                         f"{r['memory_bytes'] / GIB:.2f}", shown(rival),
                         shown(rival and r["images_per_s"] / rival, "{:.2f}")])
    finally:
        part.left_out += [f"{name}: not measured" for name in names[len(rows):]]


def compiled_rate(session, part, name, changed, deadline):
    """None where torch.compile is impossible, or has no time."""
    if not session.compiled_precisions:
        return None
    request = loop_request(session, "compiled", session.precisions[0], changed)
    try:
        until = min(deadline, time.monotonic() + MOST_EACH_S)
        return session.yardsticks.measure(request, until)["images_per_s"]
    except (Broken, OutOfTime) as error:
        part.left_out.append(f"compiled, {name}: {error}")
        return None


# ---- whole trainings --------------------------------------------------------------------------------------

def training(session, name, precision, options, deadline):
    run = session.temporary / f"{name}-{precision}"
    session.program("train", deadline, out=run, preset="dcgan", epochs=session.size.epochs, device=session.device,
                    precision=precision, workers=session.cores, log_every=100, **session.size.recipe, **options)
    lines = timed_metrics(run)
    ends = {line["epoch"]: line["elapsed_s"] for line in lines}
    seconds = {number: ends[number] - ends.get(number - 1, 0) for number in ends}
    last, images = seconds[max(seconds)], lines[-1]["images"]
    written = (run / "metrics.jsonl").stat().st_mtime  # the end of the last epoch
    # The driver's samples look back by up to a second.
    busy = session.samples.busy_percent(written - max(last - 1, last / 2), written)
    session.remove(run)
    return {"images": images, "epochs_s": seconds, "images_per_s": images / lines[-1]["elapsed_s"],
            "last_images_per_s": images / len(seconds) / last, "busy_percent": busy}


def trainings(session, part, name, title, options, deadline, precisions):
    epochs, rows = range(1, session.size.epochs + 1), []
    part.tables = [(title, ["precision", *(f"epoch {number}, s" for number in epochs), "whole, images/s",
                            "last epoch, images/s", "GPU busy in it"], rows)]
    try:
        for precision in precisions:
            r = part.figures[precision] = training(session, name, precision, options, deadline)
            rows.append([precision, *(f"{r['epochs_s'][number]:.2f}" for number in epochs),
                         f"{r['images_per_s']:,.0f}", f"{r['last_images_per_s']:,.0f}",
                         shown(r["busy_percent"], "{:.0f} %")])
    finally:
        part.left_out += [f"{precision}: not measured" for precision in precisions[len(rows):]]


def epoch(session, part, deadline):
    count = session.size.whole_set
    title = (f"facegan train, {count:,} drawn faces, as many as CelebA has photographs; on a GPU they lie on the "
             "device as bytes from the second epoch on")
    trainings(session, part, "epoch", title, {"dataset": "faces", "faces_count": count}, deadline,
              session.precisions[:2])


def photographs(session, part, deadline):
    kind = "celeba" if "celeba" in session.data.name else "folder"
    trainings(session, part, "photographs", f"facegan train, the photographs of {session.data.name}",
              {"dataset": kind, "data": session.data, "limit": session.size.photographs}, deadline,
              session.precisions)


def drawn(session, part, deadline):
    count = session.size.drawn
    trainings(session, part, "drawn", f"facegan train, {count:,} drawn faces",
              {"dataset": "faces", "faces_count": count}, deadline, session.precisions)


# ---- by kernel --------------------------------------------------------------------------------------------

def profile(session, part, deadline):
    trace, precision = session.temporary / "trace.json", session.precisions[0]
    session.program.bench(deadline, preset="dcgan", steps=session.size.bench_steps, device=session.device,
                          precision=precision, profile=trace, **session.size.recipe)
    found = table(trace)
    if session.device == "cuda" and not found["on_device"]:
        part.left_out.append("kernels: the profiler (CUPTI) saw none here; the table has the host's operators")
    total = sum(ms for _, ms, _ in found["rows"])
    first, rest = found["rows"][:TOP_KERNELS], found["rows"][TOP_KERNELS:]
    if rest:
        first.append((f"{len(rest)} others", sum(row[1] for row in rest), sum(row[2] for row in rest)))
    what = "kernels of the device" if found["on_device"] else "operators of the CPU, own time"
    busy = f"; one runs {found['busy_percent']:.1f} % of the time" if found["on_device"] else ""
    part.tables = [(f"One step in {precision}: {what}, mean of {found['steps']} steps of {found['step_ms']:.2f} ms "
                    f"under the profiler{busy}", ["name", "ms", "share", "calls"],
                    [[short(name), f"{ms:.3f}", f"{ms / total:.1%}", f"{calls:g}"] for name, ms, calls in first])]
    part.figures = found
