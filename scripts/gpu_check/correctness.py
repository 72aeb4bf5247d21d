"""Whether a device computes what it should. Each check ends at the first thing that is broken."""
import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor, as_completed

from . import compare
from .child import Broken
from .compare import LOSS_BOUND, MOMENT_BOUND, RATE, STATE_BOUND, STEPS, WEIGHT_BOUND
from .formats import timed_metrics
from .parts import CORRECT, Part, Skipped

LEAST_SPREAD = 25  # of 255: what was trained before pictures are compared shows in them
HOST_GROWTH_BYTES = 64 << 20


def parts(session):
    works = {"the tests of tests/gpu": gpu_tests, "presets against the CPU": presets, "graphs on and off": graphs,
             "resume and SIGTERM": resume, "sample against the CPU": sample, "no growth of memory": growth}
    return [Part(name, work, session.size.correctness_s, good=CORRECT) for name, work in works.items()]


def first_broken(jobs, at_once):
    """Results of all jobs in their order; what is not begun when one breaks is left out."""
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


# ---- the tests --------------------------------------------------------------------------------------------

def gpu_tests(session, part, deadline):
    env = dict(session.program.env, FACEGAN_PROGRAM=str(session.program.path))
    folders = (str(session.torch_folder / "lib"), env.get("LD_LIBRARY_PATH"))
    env["LD_LIBRARY_PATH"] = ":".join(filter(None, folders))
    shards = session.size.shards

    def shard(number):
        path = session.temporary / f"tests-{number}.json"
        of_shard = dict(env, GTEST_TOTAL_SHARDS=str(shards), GTEST_SHARD_INDEX=str(number))
        words = [session.tests / "gpu_tests", f"--gtest_output=json:{path}"]
        ended = session.program.run(words, of_shard, deadline, code=None)
        if not path.exists():
            raise Broken(f"gpu_tests ended with exit code {ended.code} before its report", ended.out + ended.err)
        return ended, json.loads(path.read_text())

    passed, skipped, failed, output = [], [], [], ""
    for ended, report in first_broken([lambda n=n: shard(n) for n in range(shards)], shards):
        for suite in report["testsuites"]:
            for test in suite["testsuite"]:
                if test["result"] == "SUPPRESSED":
                    continue  # another shard's
                to = failed if "failures" in test else skipped if test["result"] == "SKIPPED" else passed
                to.append(f"{suite['name']}.{test['name']}")
        if ended.code != 0:
            output = ended.out + ended.err
    part.figures = {"passed": passed, "skipped": skipped, "failed": failed}
    if failed or output:
        raise Broken(f"{len(failed)} of {len(passed) + len(failed)} tests failed: {', '.join(failed)}", output)
    if not passed and session.device == "cpu":
        raise Skipped(f"all {len(skipped)} tests say that they skip")
    if not passed:
        raise Broken(f"all {len(skipped)} tests say that they skip", ended.out + ended.err)
    part.findings.append(f"{len(passed)} tests passed, {len(skipped)} skipped")
    part.left_out += [f"{name} skips itself" for name in skipped]


# ---- devices ----------------------------------------------------------------------------------------------

def presets(session, part, deadline):
    names = session.program.presets(deadline)
    bounds = {"losses": LOSS_BOUND, "moments": MOMENT_BOUND, "weights": WEIGHT_BOUND, "statistics": STATE_BOUND}
    rows = []
    part.tables = [(f"Largest relative differences to the CPU after {STEPS} steps in fp32",
                    ["preset", "losses", "Adam's first moments", "change of weights", "running statistics"], rows)]

    def differences(name):
        runs, recipe = [], session.temporary / f"preset-{name}.yaml"
        recipe.write_text(without_dropout(session.program.recipe(name, deadline)), encoding="utf-8")
        for device, threads in ((session.device, 1), ("cpu", session.cpu_threads)):
            runs.append(session.temporary / f"preset-{name}-{device}-{threads}")
            session.program("train", deadline, out=runs[-1], config=recipe, dataset="faces", max_steps=STEPS,
                            log_every=1, grid="1x2", seed=7, lr=RATE, device=device, precision="fp32",
                            threads=threads, **session.size.preset)
        found = {"losses": compare.losses(*runs), **compare.states(*runs)}
        for run in runs:
            session.remove(run)
        return found

    def check(name):
        found = part.figures[name] = differences(name)
        rows.append([name, *(f"{found[what]:.1e}" for what in bounds)])
        over = [f"{what} {found[what]:.2e} > {bound}" for what, bound in bounds.items()
                if not found[what] <= bound]
        if over:
            raise Broken(f"preset {name}, {session.device} against cpu: {', '.join(over)}")

    try:
        first_broken([lambda name=name: check(name) for name in names], session.at_once)
    finally:
        rows.sort()
        rows.append(["bound", *(f"{bound:.1e}" for bound in bounds.values())])
    part.findings.append(f"{len(names)} presets, {STEPS} steps of {session.size.preset['batch']} in fp32, without dropout, at a rate "
                         f"of {RATE:g}: all within the bounds of the table below")


def without_dropout(recipe):
    """Its masks are other ones on another device."""
    return re.sub(r"(- dropout: \{rate: )[^}]+", r"\g<1>0", recipe)


def sample(session, part, deadline):
    run = session.temporary / "sampled"
    session.program("train", deadline, out=run, preset="dcgan", device=session.device, precision="fp32", grid="1x2",
                    grid_margin=0, **session.size.sampled)
    files = []
    for device in (session.device, "cpu"):
        files.append(session.temporary / f"sample-{len(files)}-{device}.png")
        options = {"from": run, "seed": 1, "count": 16, "grid": "4x4", "device": device, "out": files[-1]}
        session.program("sample", deadline, **options)
    most, share, spread = compare.pictures(*files)
    part.figures = {"largest_difference": most, "share_that_differs": share, "spread": spread}
    if spread < LEAST_SPREAD:
        raise Broken(f"the pictures are too flat to compare: their values are {spread} apart")
    if most > 1:
        raise Broken(f"{session.device} and cpu differ by {most} of 255 in {share:.2%} of the values")
    part.findings.append(f"16 pictures of one checkpoint: at most {most} of 255 apart, {share:.3%} of the values "
                         f"differ (their range is {spread})")


# ---- one device, two ways ---------------------------------------------------------------------------------

def graphs(session, part, deadline):
    if session.device == "cpu":
        raise Skipped("CUDA graphs are of CUDA")
    recipes = {"dcgan": {}, "mnist": {}, "quickstart": {"loss": "wgan-gp", "gp": 10}}
    steps = 24

    def check(name, more):
        runs = []
        for graphs_are in ("auto", "off"):
            runs.append(session.temporary / f"graphs-{name}-{graphs_are}")
            ended = session.program("train", deadline, out=runs[-1], verbose=True, preset=name, dataset="faces",
                                    faces_count=256, batch=32, max_steps=steps, log_every=1, grid="1x2",
                                    device=session.device, precision="fp32", deterministic=True,
                                    cuda_graphs=graphs_are, **more)
            if graphs_are == "auto" and "cannot be recorded" in ended.err:
                raise Broken(f"a step of {name} cannot be recorded as a CUDA graph", ended.err)
        compare.same_numbers(*runs, steps)

    first_broken([lambda item=item: check(*item) for item in recipes.items()], session.at_once)
    part.findings.append(f"{', '.join(recipes)}: {steps} deterministic steps with and without graphs, the same "
                         "lines and the same bytes of all tensors")


def resume(session, part, deadline):
    """Unbroken, ended by --max-steps and by SIGTERM: the same bytes in the end."""
    steps, folder = session.size.resumed_steps, session.temporary
    whole, ended_early, signalled = (folder / f"resume-{how}" for how in ("whole", "ended", "signalled"))

    def train(run, code=0, meanwhile=None, **more):
        session.program("train", deadline, code, meanwhile, out=run, preset="dcgan", device=session.device,
                        deterministic=True, precision="fp32", grid="1x2", **session.size.resumed, **more)

    def go_on(run, since):
        session.program("train", deadline, resume=run, max_steps=0)
        compare.same_bytes(run, whole, steps)
        part.findings.append(f"{since}, then resumed: lines and last checkpoint as those of the unbroken run")

    sent = []

    def interrupt(process):
        if not sent and (signalled / "metrics.jsonl").exists() and (signalled / "metrics.jsonl").stat().st_size:
            sent.append(process.send_signal(signal.SIGTERM))

    train(whole)
    cut = steps // 2 + 1
    train(ended_early, max_steps=cut)
    go_on(ended_early, f"ended after {cut} of {steps} steps")
    train(signalled, code=128 + signal.SIGTERM, meanwhile=interrupt)
    stopped = timed_metrics(signalled)[-1]["step"]
    go_on(signalled, f"SIGTERM at step {stopped} or soon after")


def growth(session, part, deadline):
    """Device memory by the program's own count, in the lines of --verbose; the host's by /proc."""
    run, resident = session.temporary / "growth", []

    def meanwhile(process):
        try:
            with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
                resident.append(int(file.read().split()[1]) * 4096)
        except (OSError, IndexError):
            pass  # it has ended

    ended = session.program("train", deadline, meanwhile=meanwhile, out=run, verbose=True, preset="dcgan",
                            device=session.device, grid="1x2", **session.size.growth)
    device = [int(number) for number in re.findall(r"memory in use: (\d+) bytes", ended.err)]
    if len(device) < 6:
        raise Broken("the program does not say its memory in use (--verbose)", ended.err)
    # Before that are the first steps, the recordings, what is kept of the pictures, and a checkpoint and a grid.
    settled = len(device) // 6
    grown = device[-1] - device[settled]
    half, late = len(resident) // 2, len(resident) * 9 // 10
    host = max(resident[late:]) - max(resident[:half]) if half else 0
    lines = timed_metrics(run)
    steps = lines[-1]["step"] - lines[settled]["step"]
    part.figures = {"steps": steps, "device_bytes": device[-1], "grown_bytes": grown, "host_grown_bytes": host}
    bound = session.size.growth_bytes
    if grown > bound or (session.device != "cpu" and host > HOST_GROWTH_BYTES):
        raise Broken(f"over {steps} steps the memory in use grew by {mib(grown)} (at most {mib(bound)}) to "
                     f"{mib(device[-1])}, the host's by {mib(host)} (at most {mib(HOST_GROWTH_BYTES)})")
    part.findings.append(f"over {steps} steps {mib(grown)} more (at most {mib(bound)}), of {mib(device[-1])}")


def mib(count):
    return f"{count / 2**20:.1f} MiB"
