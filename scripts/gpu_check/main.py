"""The call from its arguments to its exit code."""
import argparse
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from . import child, correctness, figures, parts, report, sizes, smi
from .program import Program, environment
from .yardsticks import Yardsticks

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SCRIPTS = pathlib.Path(__file__).resolve().parent.parent


def arguments(description):
    parser = argparse.ArgumentParser(prog="gpu-check", description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--device", choices=["cuda", "cpu"], default="cuda")
    add("--tiny", action="store_true", help="everything shrunk: whether all of it runs")
    add("--out", type=pathlib.Path, default=pathlib.Path("gpu-check"), metavar="DIR",
        help="where gpu-check.json and .md are written [./gpu-check]")
    add("--program", type=pathlib.Path, metavar="FILE", help="facegan [build/release/facegan beside scripts]")
    add("--tests", type=pathlib.Path, metavar="DIR", help="the folder of gpu_tests [that of the program]")
    add("--data", type=pathlib.Path, metavar="PATH",
        help="photographs: CelebA's zip (with 'celeba' in its name), or a folder or zip of others")
    add("--only", action="append", metavar="TEXT",
        help="the parts with TEXT in their names alone; may be given again")
    add("--minutes", type=float, default=8.5, metavar="X", help="of the whole call [8.5]")
    args = parser.parse_args()
    if not 0 < args.minutes < 1e6:  # nan, too
        parser.error("--minutes is more than 0")
    args.program = args.program or SCRIPTS.parent / "build/release/facegan"
    if not args.program.is_file():
        parser.error(f"there is no program {args.program}; --program names it")
    args.tests = args.tests or args.program.resolve().parent
    if not (args.tests / "gpu_tests").is_file():
        parser.error(f"there is no gpu_tests in {args.tests}; --tests names its folder")
    if args.data and not args.data.exists():
        parser.error(f"there is no {args.data}")
    found = importlib.util.find_spec("torch")
    if not found or not found.origin:
        parser.error(f"{sys.executable} has no torch; call it with a Python that does: PYTHON scripts/gpu-check")
    args.torch_folder = pathlib.Path(found.origin).parent
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return parser, args


class Session:
    """What all parts share."""

    def __init__(self, args, temporary):
        self.budget = parts.Budget(60 * args.minutes)
        self.device, self.tiny, self.out = args.device, args.tiny, args.out.resolve()
        self.tests, self.data = args.tests.resolve(), args.data.resolve() if args.data else None
        self.torch_folder, self.temporary = args.torch_folder, temporary
        self.size = sizes.tiny() if args.tiny else sizes.Size()
        self.only = args.only
        self.cores = len(os.sched_getaffinity(0))
        self.at_once = max(1, self.cores // 4)  # pairs of processes
        self.cpu_threads = max(2, min(4, self.cores // 2))
        # The first is the one that the axes and the profile have.
        self.precisions = ["bf16", "tf32", "fp32"] if self.device == "cuda" else ["fp32", "bf16"]
        self.compiled_precisions = self.precisions[:2] if self.device == "cuda" else ["fp32"]
        self.program = Program(args.program.resolve(), environment(self.torch_folder, temporary),
                               max(1, self.cores // 2))
        gpu = (os.environ.get("CUDA_VISIBLE_DEVICES") or "0").split(",")[0]
        self.card = smi.facts(gpu) if self.device == "cuda" else {}
        self.samples = smi.Samples(gpu) if self.device == "cuda" else smi.NoSamples()
        self.yardsticks = Yardsticks(self.device, temporary)
        self.parts, self.ended, self._lock = [], False, threading.Lock()

    def machine(self):
        torch = self.yardsticks.facts
        cpu = next((line.split(":", 1)[1].strip()
                    for line in open("/proc/cpuinfo", encoding="utf-8", errors="replace")
                    if line.startswith("model name")), "unknown CPU")
        name = self.card.get("name") or torch.get("name") or ("unknown GPU" if self.device == "cuda" else cpu)
        return {"name": name, "driver": self.card.get("driver_version"), "memory": self.card.get("memory.total"),
                "power limit": self.card.get("power.limit"), "torch": torch.get("torch"),
                "CUDA": torch.get("cuda"), "cuDNN": torch.get("cudnn"), "processor": f"{cpu}, {self.cores} cores"}

    def remove(self, run):
        shutil.rmtree(run, ignore_errors=True)

    def finished(self, part):
        with self._lock:
            if self.ended:  # what is killed now has not failed
                return
            why = f": {part.why}" if part.why else ""
            print(f"{self.budget.spent():5.0f} s  {part.name}: {part.state}{why} ({part.seconds:.0f} s)",
                  flush=True)
            report.write(self, self.parts, complete=False)

    def write(self, complete):
        with self._lock:
            self.ended = True
            for part in self.parts:
                if part.state == parts.NO_TIME:
                    part.why = part.why or "the call was ended"
            report.write(self, self.parts, complete)

    def close(self):
        self.samples.close()
        self.yardsticks.close()
        child.kill_all()


class Ended(BaseException):
    """By a signal."""


def stop(number, _frame):
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Ended(number)


def version(parser, program, env):
    try:
        done = subprocess.run([program, "--version"], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        parser.error(f"{program} does not run: {getattr(error, 'strerror', None) or error}")
    if done.returncode != 0:
        parser.error(f"{program} does not run: {child.tail(done.stderr)}")
    if not done.stdout.startswith("facegan "):
        parser.error(f"{program} is not facegan")
    return done.stdout.strip()


def require_device(parser, program, env, device):
    """What doctor says against it ends the call before any time is spent."""
    done = subprocess.run([program, "doctor", "--device", device, "--json"], env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        try:
            found = [f for f in json.loads(done.stdout)["findings"] if f["kind"] == "problem"]
            parser.error("; ".join(f"{f['what']}: {f['do']}" for f in found))
        except (ValueError, KeyError):
            parser.error(f"no training would start with {device}: {child.tail(done.stderr or done.stdout)}")


def work(session):
    """The number of the signal that ended it, or 0."""
    checks, measured = correctness.parts(session), figures.parts(session)
    if session.only:
        checks, measured = ([part for part in parts_of if any(text in part.name for text in session.only)]
                            for parts_of in (checks, measured))
    session.parts = checks + measured
    try:
        if measured:
            figures.warm_up(session)
        parts.run_together(checks, session)
        for part in measured:
            parts.run(part, session)
    except Ended as ended:
        return ended.args[0]
    return 0


def main(description):
    parser, args = arguments(description)
    for number in SIGNALS:
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory(prefix="gpu-check-", ignore_cleanup_errors=True) as folder:
        temporary = pathlib.Path(folder)
        name = version(parser, args.program.resolve(), environment(args.torch_folder, temporary))
        require_device(parser, args.program.resolve(), environment(args.torch_folder, temporary), args.device)
        print(f"{name}, {args.device}, at most {args.minutes:g} minutes; writes to {args.out}", flush=True)
        session = Session(args, temporary)
        ended_by = work(session)
        session.write(complete=ended_by == 0)
        session.close()
        print(f"written to {session.out}/gpu-check.md and gpu-check.json", flush=True)
    if ended_by:
        os._exit(128 + ended_by)  # threads may still wait for what was killed
    return report.exit_code(session.parts)
