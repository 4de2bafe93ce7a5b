"""What a command costs: wall time, CPU time and peak memory of its whole tree of processes."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FIRST_SECONDS, _LOOK_SECONDS = 0.125, 1.0


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU time, and the most megabytes the tree held at once."""

    wall: float
    cpu: float
    peak: float


def run(
    command: Sequence[object],
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    *,
    looking: bool = True,
) -> Cost:
    """Run a command to its end. Raises CalledProcessError with what it said when it fails.

    ``looking`` at its memory slows it, most of all a tree of several processes: without it, the peak is 0.
    """
    line = [str(part) for part in command]
    around = {**os.environ, **(environment or {})}
    around.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's Python keeps what it compiles
    before, started = _children(), time.perf_counter()
    with (
        subprocess.Popen(
            line,
            stdin=stdin if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=around,
        ) as process,
        Peak(process.pid, looking=looking) as peak,
    ):
        said, _ = process.communicate()
        wall = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, line, said)
    return Cost(wall, _children() - before, peak.kilobytes / 1000)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Peak:
    """The most memory a process and all below it have held together: looked at in the beginning, again after an eighth
    of a second, a quarter, a half, and then once a second, for looking takes time too.

    On Linux pages that several share count once (PSS); elsewhere each process counts as ``ps`` sees it.
    """

    def __init__(self, pid: int, *, looking: bool) -> None:
        self.kilobytes = 0
        self._pid = pid
        self._looking = looking
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        if self._looking:
            self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._looking:
            self._watch.join()

    def _look(self) -> None:
        held = _proportional if sys.platform == "linux" else _resident
        pause = _FIRST_SECONDS
        while True:
            self.kilobytes = max(self.kilobytes, sum(map(held, _tree(self._pid))))
            if self._over.wait(pause):
                return
            pause = min(2 * pause, _LOOK_SECONDS)


def _tree(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    below: dict[int, list[int]] = {}
    for child, parent in (map(int, line.split()) for line in listed.splitlines()):
        below.setdefault(parent, []).append(child)
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += below.get(found[-1], [])
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it is over, or not ours
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _resident(pid: int) -> int:
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return int(said) if said.strip() else 0
