"""Programs that are started: with a time-out, in a process group that is killed as a whole, output kept."""
import atexit
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

TAIL_LINES = 20
_living, _closed = set(), []
_lock = threading.Lock()


class Broken(Exception):
    """A check that failed, or a program that did: says what, and how its output ended."""

    def __init__(self, what, output=""):
        super().__init__(what)
        self.tail = tail(output)


class OutOfTime(Exception):
    """What was begun did not fit into the time that was left."""


@dataclass
class Ended:
    code: int
    out: str
    err: str
    begin: float  # time.time()
    end: float


def tail(text):
    return "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])


def shown(words):
    """A call without the folders, for people."""
    return " ".join(re.sub(r"^/.*/", "", str(word)) for word in words)


def start(words, **how):
    """A process that leads a group of its own and ends with this one (but for SIGKILL)."""
    with _lock:
        if _closed:
            raise OutOfTime(f"{shown(words)}: not begun, the call has ended")
        process = subprocess.Popen([str(word) for word in words], start_new_session=True, **how)
        _living.add(process)
    return process


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    with _lock:
        _living.discard(process)


@atexit.register
def kill_all():
    """For good: none is started after it."""
    with _lock:
        _closed.append(True)
        living = list(_living)
    for process in living:
        kill(process)


def call(words, env, deadline, meanwhile=None):
    """Runs to the end; OutOfTime at `deadline` (time.monotonic()). meanwhile(process) is called all the time."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.time()
        process = start(words, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    kill(process)
                    raise OutOfTime(f"{shown(words)}\n{tail(text_of(err))}")
                if meanwhile:
                    meanwhile(process)
                time.sleep(0.02)
        finally:
            kill(process)  # what it started and left behind, too
        return Ended(process.returncode, text_of(out), text_of(err), begin, time.time())


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="replace")
