"""What pyproject.toml leaves open: the version, the dependency on torch, and the LibTorch that a wheel is built with.

    python3 packaging/build_facts.py     prints that LibTorch's folder (CMake asks, when it builds a wheel)

A wheel takes LibTorch from FACEGAN_LIBTORCH, from the cache of the set-up scripts, or from the torch of the Python
that it is built for. Only in the last case, and in a portable wheel, it depends on the package torch: otherwise it
finds what it was linked with, and nothing else has to be fetched.
"""
import os
import pathlib
import re
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[1]


def pinned():
    """The LibTorch of the set-up scripts, as "2.11.0"."""
    return re.search(r"^libtorch_pinned=(.*)$", (ROOT / "scripts/lib/libtorch.sh").read_text(), re.M)[1]


def own_torch():
    """The torch of this Python. An isolated build does not see it among its modules."""
    for scheme in ("purelib", "platlib"):
        folder = pathlib.Path(sysconfig.get_path(scheme)) / "torch"
        if (folder / "lib/libtorch_cpu.so").exists():
            return folder
    return None


def libtorch():
    """The folder and whether it is the package torch; (None, False) when there is none."""
    own = own_torch()
    if os.environ.get("FACEGAN_LIBTORCH"):
        folder = pathlib.Path(os.environ["FACEGAN_LIBTORCH"])
        return folder, bool(own and folder.exists() and folder.samefile(own))
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = pathlib.Path(os.environ.get("FACEGAN_SETUP_CACHE") or home + "/facegan")
    for variant in ("cuda", "cpu"):
        folder = cache / f"libtorch-{pinned()}-{variant}/torch"
        if (folder / "lib/libtorch_cpu.so").exists():
            return folder, False
    return own, own is not None


def version_of(folder):
    """"2.11" by the headers of a LibTorch."""
    for header in ("torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"):
        path = folder / "include" / header
        if path.exists():
            numbers = re.findall(r"#define TORCH_VERSION_(?:MAJOR|MINOR) (\d+)", path.read_text())
            return ".".join(numbers)
    return None


class Provider:
    state = "sdist"

    def build_state(self, state):
        self.state = state

    def dynamic_metadata(self, settings, project):
        version = re.search(r"^project\(facegan VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
        return {"version": version, "dependencies": self.dependencies()}

    def dynamic_wheel(self, settings):
        return {"dependencies": True}

    def dependencies(self):
        minor = ".".join(pinned().split(".")[:2])
        if self.state == "sdist" or os.environ.get("FACEGAN_PORTABLE"):
            return [f"torch=={minor}.*"]
        folder, is_package = libtorch()
        return [f"torch=={version_of(folder) or minor}.*"] if is_package else []


if __name__ == "__main__":
    found, _ = libtorch()
    if found is None:
        sys.exit(f"no LibTorch: pip install torch=={pinned()} into this Python first, or set FACEGAN_LIBTORCH")
    print(found)
