#!/usr/bin/env python3
"""scripts/gpu_check without torch, a GPU or the program: its readers, comparisons, budget, processes and report."""

import json
import math
import os
import pathlib
import select
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.dont_write_bytecode = True
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from gpu_check import child, compare, formats, kernels, parts, report, smi  # noqa: E402


class InFolder(unittest.TestCase):

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)


# ---- files -------------------------------------------------------------------------------------------------


def png(width, height, channels, rows, filters, depth=8):
    """The specification's filters, the other way round."""
    raw, above = b"", bytes(width * channels)
    for row, kind in zip(rows, filters):
        out = bytearray()
        for i, value in enumerate(row):
            left = row[i - channels] if i >= channels else 0
            corner = above[i - channels] if i >= channels else 0
            up = above[i]
            nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                          (abs(left + up - 2 * corner), 2, corner))[2]
            out.append((value - (0, left, up, (left + up) >> 1, nearest)[kind]) & 255)
        raw += bytes([kind]) + bytes(out)
        above = row

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, {1: 0, 3: 2}[channels], 0, 0, 0)
    packed = zlib.compress(raw)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", b"a\0b") +
            chunk(b"IDAT", packed[:9]) + chunk(b"IDAT", packed[9:]) + chunk(b"IEND", b""))


class Png(InFolder):

    def read(self, data):
        path = self.folder / "a.png"
        path.write_bytes(data)
        return formats.read_png(path)

    def test_every_filter_in_grey_and_colour(self):
        for channels in (1, 3):
            rows = [
                bytes((y * 91 + x * x * 37 + (x ^ y) // 3) & 255 for x in range(7 * channels))
                for y in range(11)
            ]
            picture = self.read(png(7, 11, channels, rows, [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 4]))
            self.assertEqual((picture.width, picture.height, picture.channels), (7, 11, channels))
            self.assertEqual(picture.pixels, b"".join(rows))

    def test_what_it_does_not_read(self):
        good = png(3, 1, 1, [bytes(3)], [0])
        self.assertEqual(self.read(good).pixels, bytes(3))
        wider = good.replace(struct.pack(">II", 3, 1), struct.pack(">II", 4, 1))
        for data in (b"no", png(3, 1, 1, [bytes(3)], [0], depth=16), wider, good[:60]):
            with self.subTest(data), self.assertRaises((ValueError, struct.error, zlib.error)):
                self.read(data)

    def test_the_largest_difference_of_two(self):
        a, b = self.folder / "a.png", self.folder / "b.png"
        a.write_bytes(png(3, 1, 1, [bytes([5, 9, 200])], [1]))
        b.write_bytes(png(3, 1, 1, [bytes([5, 8, 203])], [0]))
        self.assertEqual(compare.pictures(a, b), (3, 2 / 3, 195))
        b.write_bytes(png(1, 3, 1, [b"\1"] * 3, [0] * 3))
        self.assertRaises(child.Broken, compare.pictures, a, b)


def safetensors(path, tensors, metadata=None):
    """{name: floats}"""
    header, data = {"__metadata__": metadata or {}}, b""
    for name, values in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {
            "dtype": "F32",
            "shape": [len(values)],
            "data_offsets": [len(data), len(data) + len(packed)]
        }
        data += packed
    text = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Runs(InFolder):

    def run_of(self, name, weights, moments=(1, 1), mean=(4, ), loss=1.0, start=(3, 2), metadata=None):
        run = self.folder / name
        for step, values in ((0, start), (compare.STEPS, weights)):
            safetensors(
                formats.checkpoint(run, step), {
                    "g.0.weight": values,
                    "adam.g.0.weight.exp_avg": moments,
                    "g.1.running_mean": mean,
                    "d.0.weight": (1, 2),
                    "adam.d.0.weight.exp_avg": (1, 1)
                }, metadata)
        lines = [{
            "step": s + 1,
            "epoch": 1,
            "d_loss": loss,
            "g_loss": 2,
            "images_per_s": s,
            "elapsed_s": s
        } for s in range(2)]
        (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return run

    def test_tensors(self):
        path = self.folder / "a.safetensors"
        safetensors(path, {"a": [1, 2], "b": [i % 7 for i in range(1000)]}, {"step": "3"})
        tensors = formats.Tensors(path)
        self.assertEqual((tensors.names(), tensors.metadata), (["a", "b"], {"step": "3"}))
        self.assertEqual(list(tensors.floats("a")), [1, 2])
        sampled = tensors.floats("b", 100)  # every 11th
        self.assertEqual(list(sampled), [i % 7 for i in range(0, 1000, 11)])

    def test_metrics_without_the_clock(self):
        run = self.run_of("a", (1, 1))
        self.assertEqual(formats.read_metrics(run)[1], {"step": 2, "epoch": 1, "d_loss": 1.0, "g_loss": 2})
        self.assertEqual(formats.timed_metrics(self.folder / "none"), [])

    def test_differences_are_relative(self):
        ours = self.run_of("a", (3, 4.5), moments=(1, 2), mean=(5, ), loss=1.1)
        theirs = self.run_of("b", (3, 4), moments=(1, 1), mean=(4, ), loss=1.0)
        found = compare.states(ours, theirs)
        self.assertAlmostEqual(found["weights"], 0.25)  # 0.5 of a change of 2
        self.assertAlmostEqual(found["moments"], math.sqrt(0.5))
        self.assertAlmostEqual(found["statistics"], 0.25)
        self.assertAlmostEqual(compare.losses(ours, theirs), 0.1)

    def test_nothing_is_within_bounds_with_nan(self):
        theirs = self.run_of("b", (3, 4))
        for ours in (self.run_of("a", (3, math.nan)), self.run_of("c", (3, 4), moments=(math.nan, 1)),
                     self.run_of("d", (3, 4), mean=(math.nan, ))):
            self.assertFalse(all(value <= 1 for value in compare.states(ours, theirs).values()))
        self.assertFalse(compare.losses(self.run_of("e", (3, 4), loss="NaN"), theirs) <= 1)

    def test_the_same_numbers_and_bytes(self):
        a, same = self.run_of("a", (3, 4)), self.run_of("b", (3, 4))
        compare.same_bytes(a, same, compare.STEPS)
        with self.assertRaisesRegex(child.Broken, "differ from step 1 on"):
            compare.same_numbers(a, self.run_of("c", (3, 4), loss=1.0000001), compare.STEPS)
        with self.assertRaisesRegex(child.Broken, r"1 of 5 tensors differ between a and d: g\.0\.weight"):
            compare.same_numbers(a, self.run_of("d", (3, 4.0000005)), compare.STEPS)
        other_settings = self.run_of("e", (3, 4), metadata={"cuda_graphs": "off"})
        compare.same_numbers(a, other_settings, compare.STEPS)
        self.assertRaises(child.Broken, compare.same_bytes, a, other_settings, compare.STEPS)


# ---- time and processes ------------------------------------------------------------------------------------


class Session:

    def __init__(self, budget):
        self.budget, self.device, self.tiny, self.ended = budget, "cuda", False, []

    def finished(self, part):
        self.ended.append(part.name)

    def machine(self):
        return {"name": "a card", "driver": "1.2", "torch": None}


class Clock:

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Budgets(unittest.TestCase):

    def test_a_part_has_its_most_and_what_is_left_of_the_call(self):
        clock = Clock()
        budget = parts.Budget(60, clock)
        part = parts.Part("a", None, most_s=30, least_s=10)
        self.assertEqual(budget.deadline(part), 130)
        clock.now = 145
        self.assertEqual(budget.deadline(part), 160)
        clock.now = 151
        self.assertIsNone(budget.deadline(part))
        self.assertEqual((budget.left(), budget.spent()), (9, 51))

    def state(self, work, good=parts.CORRECT, seconds=60, **how):
        session = Session(parts.Budget(seconds))
        part = parts.Part("a", work, **{"most_s": 5, "good": good, **how})
        parts.run(part, session)
        self.assertEqual(session.ended, ["a"])
        return part

    def test_states(self):

        def raising(error):

            def work(_session, _part, _deadline):
                raise error

            return work

        self.assertEqual(self.state(lambda *_: None).state, parts.CORRECT)
        broken = self.state(raising(child.Broken("no", "\n".join(map(str, range(50))))))
        self.assertEqual((broken.state, broken.why, broken.tail.split("\n")[0]), (parts.BROKEN, "no", "30"))
        self.assertEqual(self.state(raising(parts.Skipped("no GPU"))).state, parts.SKIPPED)
        self.assertEqual(self.state(raising(KeyError("x"))).why, "gpu-check itself: KeyError: 'x'")
        self.assertEqual(self.state(lambda *_: None, seconds=3).state, parts.NO_TIME)
        # A check that hangs is broken, one that came last is not, and figures just did not fit.
        late = raising(child.OutOfTime("facegan x\nlast line"))
        self.assertEqual(self.state(late).state, parts.BROKEN)
        self.assertEqual(self.state(late, seconds=5.2, least_s=1).state, parts.NO_TIME)
        self.assertEqual(self.state(late, good=parts.MEASURED).state, parts.NO_TIME)

        def half(_session, part, _deadline):
            part.figures["a"] = 1
            raise child.OutOfTime("facegan x\nlast line")

        found = self.state(half, good=parts.MEASURED)
        self.assertTrue(found.state.startswith("measured, but"))
        self.assertEqual(found.tail, "last line")


class Children(unittest.TestCase):

    def call(self, script, seconds=20.0, **how):
        return child.call(["sh", "-c", script], None, time.monotonic() + seconds, **how)

    def test_output_and_code(self):
        ended = self.call("echo out; echo err >&2; exit 3")
        self.assertEqual((ended.code, ended.out, ended.err), (3, "out\n", "err\n"))

    def test_time_out_kills_the_group(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(child.OutOfTime, "said"):
                # The grandchild holds the pipe open for as long as it lives.
                self.call(
                    f"cd {folder}; mkfifo p; echo said >&2; sh -c 'exec 3<>p; echo $$ > q; while :; do read x <&3; "
                    "done' & wait", 0.5)
            pid = pathlib.Path(folder, "q").read_text().strip()
            # A killed process is there until it has run once more.
            try:
                with open(os.pidfd_open(int(pid))) as ends:
                    self.assertTrue(select.select([ends], [], [], 10)[0])
            except ProcessLookupError:
                pass

    def test_meanwhile(self):
        ended = self.call("trap 'exit 7' TERM; while :; do :; done",
                          meanwhile=lambda process: process.terminate())
        self.assertIn(ended.code, (7, -15))  # -15: the signal came before the trap


class Smi(unittest.TestCase):

    def test_lines(self):
        at, busy, used = smi.parse("2026/11/25 12:34:56.789, 97, 1234\n")
        self.assertEqual((busy, used, time.localtime(at)[:6]), (97, 1234, (2026, 11, 25, 12, 34, 56)))
        self.assertAlmostEqual(at % 1, 0.789, places=3)
        for line in ("", "2026/11/25 12:34:56.789, [N/A], 3", "No devices were found"):
            self.assertIsNone(smi.parse(line))


# ---- what is told ------------------------------------------------------------------------------------------


class Kernels(InFolder):

    def table(self, events):
        path = self.folder / "trace.json"
        path.write_text(
            json.dumps({"traceEvents": [dict({
                "ph": "X",
                "tid": 1
            }, **event) for event in events]}))
        return kernels.table(path)

    def test_of_a_device(self):
        steps = [{"cat": "user_annotation", "name": kernels.STEP, "ts": t, "dur": 100} for t in (0, 100)]
        on_device = [{
            "cat": "kernel",
            "name": "gemm",
            "ts": 0,
            "dur": 40
        }, {
            "cat": "kernel",
            "name": "gemm",
            "ts": 20,
            "dur": 40
        }, {
            "cat": "gpu_memcpy",
            "name": "copy",
            "ts": 190,
            "dur": 10
        }]
        found = self.table([*steps, *on_device, {"cat": "cpu_op", "name": "aten::mm", "ts": 0, "dur": 1000}])
        self.assertEqual(found["rows"], [("gemm", 0.04, 1), ("copy", 0.005, 0.5)])
        self.assertEqual((found["steps"], found["step_ms"], found["busy_percent"]), (2, 0.1, 35))

    def test_of_a_cpu_by_own_time(self):
        found = self.table([{
            "cat": "user_annotation",
            "name": kernels.STEP,
            "ts": 0,
            "dur": 100
        }, {
            "cat": "cpu_op",
            "name": "outer",
            "ts": 0,
            "dur": 100
        }, {
            "cat": "cpu_op",
            "name": "inner",
            "ts": 10,
            "dur": 30
        }, {
            "cat": "cpu_op",
            "name": "inner",
            "ts": 40,
            "dur": 20
        }, {
            "cat": "cpu_op",
            "name": "inmost",
            "ts": 45,
            "dur": 5
        }, {
            "cat": "cpu_op",
            "name": "inner",
            "ts": 0,
            "dur": 7,
            "tid": 2
        }])
        self.assertEqual(found["rows"], [("inner", 0.052, 3), ("outer", 0.05, 1), ("inmost", 0.005, 1)])

    def test_a_trace_without_steps(self):
        with self.assertRaisesRegex(ValueError, "has no steps"):
            self.table([])


class Report(InFolder):

    def test_what_it_says(self):
        session = Session(parts.Budget(60))
        session.out = self.folder
        good = parts.Part("good", None, 1, good=parts.CORRECT, state=parts.CORRECT, findings=["fine"])
        broken = parts.Part("broken one",
                            None,
                            1,
                            good=parts.CORRECT,
                            state=parts.BROKEN,
                            why="a | b",
                            tail="last\nlines")
        figures = parts.Part("steps",
                             None,
                             1,
                             state=parts.MEASURED,
                             tables=[("Table", ["a"], [["x|y"]])],
                             left_out=["compiled bf16: no compiler"])
        late = parts.Part("late", None, 1, why="3 s are left")
        report.write(session, [good, broken, figures, late], complete=False)
        text = (self.folder / "gpu-check.md").read_text()
        for line in ("# gpu-check: a card, ", "driver 1.2.", "**Not complete**",
                     "| good | correct | 0 | fine |", "| broken one | broken | 0 | a \\| b |", "    lines",
                     "| x\\|y |", "- steps: compiled bf16: no compiler",
                     "- late: not measured: no time; 3 s are left"):
            self.assertIn(line, text)
        self.assertEqual(
            json.loads((self.folder / "gpu-check.json").read_text())["parts"][1]["tail"], "last\nlines")
        self.assertEqual((report.exit_code([good, figures, late]), report.exit_code([good, broken])), (0, 1))
        self.assertEqual(report.exit_code([late]), 1)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.suffix == ".new"], [])

    def test_wrong_calls(self):
        for words, said in ((["--program", "/nowhere"], "there is no program /nowhere"),
                            (["--minutes", "nan"], "--minutes is more than 0"),
                            (["--program", sys.executable, "--tests",
                              str(self.folder)], "there is no gpu_tests in"), (["--device",
                                                                                "tpu"], "invalid choice")):
            done = subprocess.run([sys.executable, SCRIPTS / "gpu-check", *words],
                                  stderr=subprocess.PIPE,
                                  text=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
