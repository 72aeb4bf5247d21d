"""The other end of yardstick_loops.py: one process for all Python loops, which warms up while others work."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from . import child
from .child import Broken, OutOfTime

LOOPS = pathlib.Path(__file__).resolve().with_name("yardstick_loops.py")


class Yardsticks:
    def __init__(self, device, temporary):
        self._device = device
        self._env = {
            **os.environ, "TMPDIR": str(temporary),
            "TORCHINDUCTOR_CACHE_DIR": str(temporary / "inductor"),
            "TRITON_CACHE_DIR": str(temporary / "triton")
        }
        self._news = threading.Condition()
        self._number = 0
        self._begin()

    @property
    def facts(self):
        """Of torch and the device, once it has said them."""
        return self._answers.get(0, {})

    def _begin(self):
        self._answers, self._ended = {}, False
        self._errors = tempfile.TemporaryFile()
        self._process = child.start([sys.executable, LOOPS, self._device], env=self._env, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=self._errors, text=True)
        threading.Thread(target=self._listen, args=(self._process, self._answers), daemon=True).start()

    def _listen(self, process, answers):
        for line in process.stdout:
            answer = json.loads(line)
            with self._news:
                answers[answer.pop("id")] = answer
                self._news.notify_all()
        with self._news:
            if process is self._process:
                self._ended = True
            self._news.notify_all()

    def _send(self, request):
        self._number += 1
        try:
            self._process.stdin.write(json.dumps(dict(request, id=self._number)) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended, which the waiting tells
        return self._number

    def _wait(self, number, deadline):
        with self._news:
            while number not in self._answers and not self._ended:
                if time.monotonic() > deadline:
                    return None
                self._news.wait(0.2)
            if number in self._answers:
                return self._answers[number]
        raise Broken("the process of the Python loops has ended", child.text_of(self._errors))

    def warm_up(self, requests):
        """Begins with these; nobody waits."""
        for request in requests:
            self._send(dict(request, seconds=0))

    def begun(self, deadline):
        """Until the warm-ups have ended; False: they did not, and the process is a new one without them."""
        try:
            if self._wait(self._number, deadline) is not None:
                return True
        except Broken:
            pass  # it has ended
        self._restart()
        return False

    def _restart(self):
        child.kill(self._process)
        self._begin()

    def measure(self, request, deadline):
        """{images_per_s, memory_bytes, warm_up_s}. Broken when the loop is impossible here; OutOfTime."""
        if self._ended and self.facts:
            self._restart()  # else it cannot even begin
        found = self._wait(self._send(request), deadline)
        if found is None:
            self._restart()
            raise OutOfTime(f"the Python loop {request['loop']} {request['precision']}")
        if "error" in found:
            raise Broken(found["error"], found["tail"])
        return found

    def close(self):
        child.kill(self._process)
