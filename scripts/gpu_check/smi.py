"""nvidia-smi in the background: how busy the GPU is and how much of its memory is taken, ten times a second."""
import shutil
import statistics
import subprocess
import threading
import time

from . import child

INTERVAL_MS = 100


def facts(device_index):
    """Name, driver and memory of the card; {} without nvidia-smi."""
    keys = ("name", "driver_version", "memory.total", "clocks.max.sm", "power.limit")
    try:
        out = subprocess.run(
            ["nvidia-smi", f"--id={device_index}", f"--query-gpu={','.join(keys)}", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=20,
            check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(keys, (value.strip() for value in out.split("\n", 1)[0].split(","))))


def parse(line):
    """(seconds since 1970, busy percent, MiB in use) of "2026/11/25 12:34:56.789, 97, 1234"; else None."""
    try:
        when, busy, used = (field.strip() for field in line.split(","))
        day, _, fraction = when.partition(".")
        seconds = time.mktime(time.strptime(day, "%Y/%m/%d %H:%M:%S")) + float(f"0.{fraction or 0}")
        return seconds, float(busy), float(used)
    except ValueError:  # such as [N/A]
        return None


class Samples:
    def __init__(self, device_index):
        self._all, self._process = [], None
        if not shutil.which("nvidia-smi"):
            return
        words = ["nvidia-smi", f"--id={device_index}", "--query-gpu=timestamp,utilization.gpu,memory.used",
                 "--format=csv,noheader,nounits", f"--loop-ms={INTERVAL_MS}"]
        self._process = child.start(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            sample = parse(line)
            if sample:
                self._all.append(sample)

    def busy_percent(self, begin, end):
        """The mean between two times (time.time()); None without samples. The driver's own window is up to a
        second long, so of short times it says little."""
        busy = [percent for at, percent, _ in list(self._all) if begin <= at <= end]
        return statistics.mean(busy) if busy else None

    def close(self):
        if self._process:
            child.kill(self._process)


class NoSamples:
    def busy_percent(self, begin, end):
        return None

    def close(self):
        pass
