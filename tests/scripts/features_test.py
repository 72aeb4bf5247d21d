#!/usr/bin/env python3
"""scripts/features without a network: a wheel of its own kind is read, all else refused, nothing executed."""

import array
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "features"
LOADER = importlib.machinery.SourceFileLoader("features_script", str(SCRIPT))
features = importlib.util.module_from_spec(importlib.util.spec_from_loader("features_script", LOADER))
LOADER.exec_module(features)


class Storage:
    def __init__(self, key, kind, numbers):
        self.key, self.kind, self.numbers = key, kind, numbers


class Name:
    """Stands for a global of a module that is not here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Made:
    def __init__(self, *arguments):
        self.arguments = arguments


def pickled(value):
    """Protocol 2 by hand: the standard pickler checks that names exist."""
    out = bytearray(b"\x80\x02")

    def put(v):
        nonlocal out
        if v is None:
            out += b"N"
        elif v is True or v is False:
            out += b"\x88" if v else b"\x89"
        elif isinstance(v, int):
            body = v.to_bytes((v.bit_length() + 8) // 8, "little", signed=True)
            out += b"\x8a" + bytes([len(body)]) + body
        elif isinstance(v, str):
            out += b"X" + struct.pack("<I", len(v.encode())) + v.encode()
        elif isinstance(v, Name):
            out += f"c{v.module}\n{v.name}\n".encode()
        elif isinstance(v, tuple):
            out += b"("
            for item in v:
                put(item)
            out += b"t"
        elif isinstance(v, list):
            out += b"("
            for item in v:
                put(item)
            out += b"l"
        elif isinstance(v, dict):
            out += b"("
            for key, item in v.items():
                put(key), put(item)
            out += b"d"
        elif isinstance(v, Storage):
            put(("storage", Name("torch", v.kind), v.key, "cpu", len(v.numbers), None))
            out += b"Q"
        elif isinstance(v, Made):
            put(v.arguments[0]), put(v.arguments[1:])
            out += b"R"
        else:
            raise TypeError(v)

    put(value)
    return bytes(out) + b"."


def tensor(storage, offset, shape, stride):
    return Made(Name("torch._utils", "_rebuild_tensor_v2"), storage, offset, shape, stride, False, {})


def stored(state, storages, magic=features.MAGIC):
    out = pickled(magic) + pickled(1001) + pickled({"little_endian": True}) + pickled(state)
    out += pickled([s.key for s in storages])
    for s in storages:
        kind = "f" if s.kind == "FloatStorage" else "q"
        out += struct.pack("<q", len(s.numbers)) + array.array(kind, s.numbers).tobytes()
    return out


def example():
    a, b = Storage("1", "FloatStorage", [0, 1, 2, 3, 4, 5, 6]), Storage("2", "LongStorage", [9])
    return {"conv": tensor(a, 1, (2, 3), (1, 2)), "row": tensor(a, 0, (2,), (1,)), "seen": tensor(b, 0, (), ())}, [a, b]


class Features(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def wheel(self, data, member=features.MEMBER):
        path = self.folder / "weights.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, data)
        return path

    def call(self, *arguments, digest=None):
        """The script as a program; digest: in place of the SHA-256 that it knows."""
        text = SCRIPT.read_text()
        if digest:
            text = text.replace(features.SHA256, digest)
        script = self.folder / "script.py"
        script.write_text(text)
        environment = {**os.environ, "FACEGAN_CACHE": str(self.folder / "cache"), "PIP_NO_INDEX": "1"}
        return subprocess.run([sys.executable, script, *map(str, arguments)], env=environment, check=False,
                              capture_output=True, text=True)

    def test_reads_tensors_whatever_their_strides(self):
        found = features.tensors_of(stored(*example()))
        self.assertEqual(found["conv"], ([2, 3], array.array("f", [1, 3, 5, 2, 4, 6])))
        self.assertEqual(found["row"], ([2], array.array("f", [0, 1])))
        self.assertEqual(found["seen"], ([], array.array("q", [9])))

    def test_writes_safetensors_into_the_cache(self):
        data = stored(*example())
        outcome = self.call("lite0", "--wheel", self.wheel(data), digest=hashlib.sha256(data).hexdigest())
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        path = self.folder / "cache" / "features" / "lite0.safetensors"
        self.assertEqual(outcome.stdout, f"{path}\n")
        written = path.read_bytes()
        length, = struct.unpack("<Q", written[:8])
        header = json.loads(written[8:8 + length])
        self.assertEqual(length % 8, 0)
        self.assertEqual(header["conv"], {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]})
        self.assertEqual(header["row"], {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]})
        self.assertEqual(set(header), {"__metadata__", "conv", "row"})  # counts of batches are no weights
        self.assertEqual(struct.unpack("<8f", written[8 + length:]), (1, 3, 5, 2, 4, 6, 0, 1))
        self.assertEqual([p.name for p in path.parent.iterdir()], ["lite0.safetensors"])

    def test_refuses_other_weights_and_files(self):
        data = stored(*example())
        for make, why in ((lambda: self.wheel(data), "SHA-256"), (lambda: self.folder / "none.whl", "none.whl"),
                          (lambda: self.wheel(data, "other.pth"), "is not the wheel")):
            outcome = self.call("lite0", "--wheel", make())
            self.assertEqual(outcome.returncode, 3)
            self.assertIn(why, outcome.stderr)
        self.assertFalse((self.folder / "cache").exists())

    def test_executes_nothing(self):
        mark = self.folder / "mark"
        for hostile in (Made(Name("os", "system"), f"touch {mark}"), Made(Name("builtins", "eval"), "1"),
                        Made(Name("torch._utils", "_rebuild_tensor"), 1), Name("features_script", "fail")):
            with self.assertRaises(pickle.UnpicklingError):
                features.tensors_of(stored({"x": hostile}, []))
            data = stored({"x": hostile}, [])
            outcome = self.call("lite0", "--wheel", self.wheel(data), digest=hashlib.sha256(data).hexdigest())
            self.assertEqual(outcome.returncode, 3, outcome.stderr)
            self.assertIn("cannot be read", outcome.stderr)
        self.assertFalse(mark.exists())

    def test_damaged_weights_end_in_a_line(self):
        data = stored(*example())
        for end in range(0, len(data), 3):
            wheel = self.wheel(data[:end])
            with self.assertRaises((pickle.UnpicklingError, struct.error, ArithmeticError, AttributeError, EOFError,
                                    LookupError, TypeError, ValueError)):
                features.tensors_of(data[:end])
        outcome = self.call("lite0", "--wheel", wheel, digest=hashlib.sha256(data[:end]).hexdigest())
        self.assertEqual(outcome.returncode, 3)
        self.assertEqual(outcome.stderr.count("\n"), 1, outcome.stderr)

    def test_without_a_network_says_what_to_do(self):
        outcome = self.call("lite0")
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("--wheel FILE", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
