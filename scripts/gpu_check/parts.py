"""The parts of a call: their time, their state, what they found."""
import threading
import time
from dataclasses import dataclass, field

from .child import Broken, OutOfTime

CORRECT, MEASURED, BROKEN, SKIPPED, NO_TIME = "correct", "measured", "broken", "skipped", "not measured: no time"


class Skipped(Exception):
    """Why a part cannot be on this machine."""


@dataclass
class Part:
    name: str
    work: object  # called with (session, this part, deadline): fills it in; raises Broken, OutOfTime, Skipped
    most_s: float  # it may take so long
    least_s: float = 5  # is not begun with less
    good: str = MEASURED  # its state when all went well
    state: str = NO_TIME
    seconds: float = 0.0
    why: str = ""  # of a state that is not good
    tail: str = ""  # the last lines of what failed
    findings: list = field(default_factory=list)  # sentences
    tables: list = field(default_factory=list)  # (title, [heads], [rows])
    figures: dict = field(default_factory=dict)  # for the JSON
    left_out: list = field(default_factory=list)  # what did not fit into the time, or cannot be here


class Budget:
    """Of the whole call. Monotonic seconds."""

    def __init__(self, seconds, now=time.monotonic):
        self._now = now
        self.begin = now()
        self.end = self.begin + seconds

    def left(self):
        return self.end - self._now()

    def spent(self):
        return self._now() - self.begin

    def deadline(self, part):
        """None when the part is not worth beginning."""
        if self.left() < part.least_s:
            return None
        return self._now() + min(part.most_s, self.left())


def run(part, session):
    """Never raises: a part that fails leaves the others alone."""
    begin = time.monotonic()
    deadline = session.budget.deadline(part)
    if deadline is None:
        part.why = f"{max(session.budget.left(), 0):.0f} s are left"
    else:
        cut_short = deadline >= session.budget.end - 0.5
        try:
            part.work(session, part, deadline)
            part.state = part.good
        except Broken as error:
            part.state, part.why, part.tail = BROKEN, str(error), error.tail
        except Skipped as why:
            part.state, part.why = SKIPPED, str(why)
        except OutOfTime as error:
            # With all of its time it hangs, or nearly; at the end of the call it only came last.
            part.state = NO_TIME if cut_short or part.good == MEASURED else BROKEN
            what, _, part.tail = str(error).partition("\n")
            part.why = f"not done within {time.monotonic() - begin:.0f} s: {what}"
        except Exception as error:  # pylint: disable=broad-except
            part.state, part.why = BROKEN, f"gpu-check itself: {type(error).__name__}: {error}"
        if part.state == NO_TIME and part.good == MEASURED and (part.figures or part.tables):
            part.left_out.append(part.why)
            part.state = f"{MEASURED}, but for what did not fit"
    part.seconds = time.monotonic() - begin
    session.finished(part)


def run_together(parts, session):
    threads = [threading.Thread(target=run, args=(part, session)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
