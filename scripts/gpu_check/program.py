"""Calls of facegan and of its tests, in an environment without anybody's settings."""
import json
import os
import threading

from . import child
from .child import Broken


def environment(torch_folder, temporary):
    """Caches and temporary files below one folder; this Python's LibTorch, unless another one is named."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEGAN_")}
    env["FACEGAN_LIBTORCH"] = os.environ.get("FACEGAN_LIBTORCH", str(torch_folder))
    env["FACEGAN_CACHE"] = str(temporary / "cache")
    env["TMPDIR"] = str(temporary)
    env["LC_ALL"] = "C"
    return env


def flags(options):
    """{"faces_count": 3, "json": True} as --faces-count 3 --json."""
    words = []
    for name, value in options.items():
        words.append("--" + name.replace("_", "-"))
        if value is not True:
            words.append(str(value))
    return words


class Program:
    def __init__(self, path, env, at_once):
        self.path, self.env = path, env
        self._slots = threading.Semaphore(at_once)  # processes at the same time

    def __call__(self, command, deadline, code=0, meanwhile=None, **options):
        """Broken unless it ends with `code`."""
        return self.run([self.path, command, *flags(options)], self.env, deadline, code, meanwhile)

    def run(self, words, env, deadline, code=0, meanwhile=None):
        with self._slots:
            ended = child.call(words, env, deadline, meanwhile)
        if code is not None and ended.code != code:
            raise Broken(f"exit code {ended.code}, not {code}: {child.shown(words)}", ended.err or ended.out)
        return ended

    def bench(self, deadline, **options):
        """facegan bench --steps-only as a dictionary."""
        ended = self("bench", deadline, steps_only=True, json=True, **options)
        try:
            return json.loads(ended.out)
        except ValueError:
            raise Broken("no JSON from facegan bench", ended.out) from None

    def recipe(self, preset, deadline):
        """As YAML."""
        return self.run([self.path, "config", "--preset", preset], self.env, deadline).out

    def presets(self, deadline):
        listed = self.run([self.path, "list", "presets", "--json"], self.env, deadline)
        return [row["name"] for row in json.loads(listed.out)]
