#!/usr/bin/env python3
"""compare_builds.py OLD_PROGRAM NEW_PROGRAM: whether two builds of facegan do the same, byte for byte.

Each preset, in each precision, on drawn faces, and small networks with each update order and loss: 3 steps,
a stop, a resume, 3 more. Both builds get the same commands in folders of their own; then all that they wrote
and said is compared: tensors, pictures, animations, numbers, pages, messages. A run that OLD began is
continued by NEW, and has to end at the tensors of OLD's run without a stop. Left out are times, speeds, free
space and the fields that hold the version and a checkpoint's checksum. A line of a configuration that only
NEW has is allowed where it holds a default, and told in the end. Exit code 1: something differs.
"""
import argparse
import collections
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile

from differences import Differences

# Two steps are an epoch: the stop after the third is amid one.
TRAIN = ["train", "--dataset", "faces", "--faces-count", "8", "--batch", "4", "--seed", "5",
         "--log-every", "1", "--grid", "2x2", "--device", "cpu", "--threads", "2", "--workers", "2"]
TINY = """
size: 16
z: 8
checkpoint_every: 1
keep: 9
generator:
  - dense: {units: 128}
  - reshape: {channels: 8, height: 4, width: 4}
  - batch_norm
  - relu
  - dropout: {rate: 0.2}
  - conv_transpose: {filters: 8, kernel: 4, stride: 2, padding: 1}
  - batch_norm
  - relu
  - conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}
  - tanh
discriminator:
  - conv: {filters: 8, kernel: 4, stride: 2, padding: 1, spectral_norm: true}
  - minibatch_stddev
  - leaky_relu
  - dropout: {rate: 0.3}
  - conv: {filters: 8, kernel: 4, stride: 2, padding: 1}
  - batch_norm
  - leaky_relu
  - flatten
  - dense: {units: 1}
"""
WITH_LABELS = ("bce", "minimax", "lsgan")
PARTS = {  # each alone, with every update order
    "r1": ["--r1", "2"],
    "gp": ["--gp", "3"],
    "penalties every 2": ["--r1", "2", "--gp", "3", "--penalty-every", "2"],
    "d_steps 2": ["--d-steps", "2"],
    "label smoothing": ["--label-smoothing", "0.1"],
    "label flip": ["--label-flip", "0.2"],
    "mirrored": ["--flip"],
}
PICTURES = ["sample --from run --count 4 --out sample.png",
            "interpolate --from run --frames 4 --out walk.gif",
            "sweep --from run --directions 2 --steps 3 --out sweep.png",
            "arithmetic --from run --plus 1,2 --minus 3 --count 2 --out sums.png"]
ALL_LOOKS = [
    "sample --from run@3 --seed 1-3 --truncation 0.7 --each --out each",
    "sample --from run --seed 2 --index 3 --scale 2 --out one.png",
    "sample --from run --count 2 --nearest 2 --json --out nearest.png",
    "interpolate --from run --seed 1,2,3 --closed --linear --frames 3 --out strip.png",
    "interpolate --from run --frames 3 --count 2 --out walk.webp",
    "sweep --from run --dim 0 --steps 3 --out sweep.gif",
    "score --from run each/seed_1_0000.png each/seed_2_0000.png one.png --json --sheet score.png",
    "score --from run each/seed_1_0000.png one.png", "score --from run --sets --count 8 --json",
    "explain sample.png --json", "explain sweep.png", "explain sweep.gif", "explain run/samples/epoch_0001.png --json",
    "animate run --caption --size 100 --out run.gif", "animate run --frames sqrt --out run.webp",
    "report run", "report run second --out comparison.html",
    "list runs --runs . --json", "list runs --runs .", "summary --from run",
    "train --resume run --verify", "train --resume run --max-steps 8 --dry-run"]
LISTS = ["presets", "datasets", "losses", "updates", "initialisers", "layers"]
WITHOUT_A_RUN = [
    "list", "list --markdown", "config",
    *(f"list {what} --json" for what in LISTS), *(f"list {what}" for what in LISTS),
    "data check --dataset faces --faces-count 6", "data stats --dataset faces --faces-count 6",
    "data preview --dataset faces --faces-count 6 --out preview.png"]
# Threads that wait for each other asleep leave the processors to the other program.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("FACEGAN_")}
ENVIRONMENT["OMP_WAIT_POLICY"] = "passive"


class Builds:
    """Both programs, each at work in its own folder below that of a case."""

    def __init__(self, programs, folder):
        self.programs, self.folders = programs, [os.path.join(folder, name) for name in ("old", "new")]
        self.count, self.failures = 0, []
        for place in self.folders:
            os.makedirs(place)

    def run(self, old, new=None):
        """Runs a command with both programs, side by side; or `new`, which is not compared then, with the new
        one. What they say goes into files beside the rest; each has to succeed."""
        self.count += 1
        running = []
        for program, place, words in zip(self.programs, self.folders, (old, new or old)):
            name = os.path.join(place, f"{self.count:02}_{words[0]}.")
            with open(name + "out", "w") as out, open(name + "err", "w") as err:
                running.append((name, subprocess.Popen([program, *words], cwd=place, env=ENVIRONMENT,
                                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err)))
        for _, process in running:
            process.wait()
        for name, process in running:
            if process.returncode != 0:
                with open(name + "err") as file:
                    last = (file.read().splitlines() or [""])[-1]
                self.failures.append(("exit codes", " ".join(process.args), f"{process.returncode}, {last}"))
            if new:
                os.remove(name + "out")
                os.remove(name + "err")

    def copy(self, name, to):
        """A run folder again; checkpoints, which are replaced and never changed, by links."""
        for place in self.folders:
            shutil.copytree(os.path.join(place, name), os.path.join(place, to), copy_function=linked)


def linked(source, target):
    (os.link if source.endswith(".safetensors") else shutil.copy2)(source, target)


class Report:
    """Counts the groups that were compared, and prints a line for each that differs and for each case."""

    def __init__(self, differences):
        self.differences = differences
        self.compared = self.differ = 0

    def case(self, name, compare, builds):
        """`compare` runs what there is to run, and returns (group, file, difference) of each part."""
        try:
            found = list(compare(self.differences, builds))
        except Exception as error:  # pylint: disable=broad-except; the other cases are to be seen, too
            found = [("all", type(error).__name__, str(error))]
        found += builds.failures
        groups = collections.defaultdict(list)
        for group, file, difference in found:
            groups[group].append((file, difference))
        bad = 0
        for group, parts in groups.items():
            wrong = [": ".join(part) for part in parts if part[1]]
            if wrong:
                bad += 1
                print(f"DIFFERS {name}: {group}, {len(wrong)} of {len(parts)}; {wrong[0]}")
        self.compared += len(groups)
        self.differ += bad
        if not bad:
            print(f"ok      {name}: " + ", ".join(groups))
        sys.stdout.flush()


def continued(differences, builds, train):
    """Three steps, a stop, three more; and whether OLD's first three, continued by NEW, end as OLD's run to
    six without a stop: its numbers and its tensors."""
    builds.run([*train, "--max-steps", "3", "--out", "run"])
    begun, whole = os.path.join(builds.folders[1], "begun"), os.path.join(builds.folders[0], "whole")
    shutil.copytree(os.path.join(builds.folders[0], "run"), begun, copy_function=linked)
    builds.run(["train", "--resume", "run", "--max-steps", "6"])
    builds.run([*train, "--max-steps", "6", "--out", "whole"],
               new=["train", "--resume", "begun", "--max-steps", "6"])
    for name, compare in (("checkpoints/step_00000006.safetensors", differences.of_tensors),
                          ("metrics.jsonl", differences.of_files)):
        difference = compare(os.path.join(whole, name), os.path.join(begun, name))
        yield "old run continued by new", name, difference
    shutil.rmtree(begun)
    shutil.rmtree(whole)


def preset_case(train, looks, differences, builds):
    yield from continued(differences, builds, train)
    if looks == PICTURES + ALL_LOOKS:
        builds.copy("run", "second")
    for command in looks:
        builds.run(command.split())
    yield from differences.of_folders(*builds.folders)


def small_case(recipe, keras, differences, builds):
    for place in builds.folders:
        with open(os.path.join(place, "tiny.yaml"), "w") as file:
            file.write(TINY + ("adam_form: keras\n" if keras else ""))
    yield from continued(differences, builds, [*TRAIN, "--config", "tiny.yaml", *recipe])
    yield from differences.of_folders(*builds.folders)


def case_without_a_run(presets, differences, builds):
    about = [f"{what} --preset {name}" for name in presets for what in ("config", "summary --json")]
    for command in WITHOUT_A_RUN + about:
        builds.run(command.split())
    yield from differences.of_folders(*builds.folders)


def preset_cases(presets, precisions):
    for number, preset in enumerate(presets):
        for precision in precisions:
            train = [*TRAIN, "--preset", preset, "--precision", precision, "--checkpoint-every", "9"]
            all_of_them = precision == precisions[0] and (number == 0 or preset == "mnist")  # colour, grey
            yield f"{preset} {precision}", functools.partial(
                preset_case, train, PICTURES + (ALL_LOOKS if all_of_them else []))


def small_cases(program, precisions):
    first = ["--precision", precisions[0]]
    for order in names_of(program, "updates"):
        for loss in names_of(program, "losses"):
            plain = ["--update", order, "--loss", loss]
            loaded = [*plain, *PARTS["penalties every 2"], *PARTS["d_steps 2"]]
            if loss in WITH_LABELS:
                loaded += PARTS["label smoothing"] + PARTS["label flip"]
            yield f"small {order} {loss}", functools.partial(small_case, plain + first, False)
            for precision in precisions:
                yield f"small {order} {loss} {precision}, all parts", functools.partial(
                    small_case, [*loaded, "--precision", precision], True)
        for name, part in PARTS.items():
            yield f"small {order} bce {name}", functools.partial(
                small_case, ["--update", order, *part, *first], False)


def said(program, *command):
    return subprocess.run([program, *command], check=True, capture_output=True, text=True).stdout


def names_of(program, what):
    return [row["name"] for row in json.loads(said(program, "list", what, "--json"))]


def defaults_of(program):
    """The lines of a configuration that nobody has set."""
    lines = [line.split("# from ") for line in said(program, "config").splitlines()]
    return [line[0].strip() for line in lines if len(line) == 2 and line[1].startswith("default")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs=2, metavar="PROGRAM", help="the old one, then the new one")
    parser.add_argument("--presets", help="only these, with commas; '' = none [all]")
    parser.add_argument("--precision", default="fp32,bf16", help="[fp32,bf16]")
    parser.add_argument("--small", action=argparse.BooleanOptionalAction, default=True,
                        help="small networks with each update order and loss")
    parser.add_argument("--work", help="folder to work in [that of temporary files]")
    parser.add_argument("--keep", action="store_true", help="keep what the programs wrote (gigabytes)")
    arguments = parser.parse_args()
    programs = [os.path.abspath(program) for program in arguments.programs]
    precisions = arguments.precision.split(",")
    presets = names_of(programs[0], "presets")
    if arguments.presets is not None:
        presets = [name for name in arguments.presets.split(",") if name]

    cases = [("without a run", functools.partial(case_without_a_run, presets)),
             *preset_cases(presets, precisions)]
    if arguments.small:
        cases += small_cases(programs[0], precisions)
    report = Report(Differences(programs, defaults_of(programs[1])))
    if arguments.work:
        os.makedirs(arguments.work, exist_ok=True)
    work = tempfile.mkdtemp(prefix="compare_builds_", dir=arguments.work)
    try:
        for name, compare in cases:
            folder = os.path.join(work, name.replace(" ", "_"))
            report.case(name, compare, Builds(programs, folder))
            if not arguments.keep:
                shutil.rmtree(folder)
    finally:
        if not arguments.keep:
            shutil.rmtree(work)
    for line in sorted(report.differences.additions):
        print(f"new, at its default: {line}")
    print(f"{report.compared} compared, {report.differ} differ")
    return 1 if report.differ else 0


if __name__ == "__main__":
    sys.exit(main())
