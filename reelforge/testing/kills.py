"""``kill -9`` at every moment: starts a program that runs a job, kills it, starts it again until the job is done, and
looks whether anything was done twice, forgotten or left lying about.

What is killed is a :class:`Subject`: a command, its work folder, and what must hold. The command is started again and
again with the same arguments and must go on with its interrupted job.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from reelforge.domain.events import StepFinished, StepStarted
from reelforge.store.opening import DATABASE_NAME
from reelforge.store.reader import Reader, open_reader

MOST_STARTS: Final = 12
"""A job that is still not done after so many starts in one round does not get on."""


class Subject(Struct, frozen=True):
    """A program under attack, in a work folder of its own.

    ``speaks`` says that it prints a line whenever something happens, so that it can be killed between any two things;
    otherwise it is killed at a time drawn from how long it takes undisturbed. ``looks`` are further questions, asked
    after every death with ``over=False`` and at the end with ``over=True``; each answers with what is wrong.
    ``again`` does what a person would do before the program is started once more, and gives the command for that;
    without it ``command`` goes on by itself. ``moment`` says, after a death, what was under way.
    """

    command: Sequence[str]
    home: Path
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    speaks: bool = False
    assets: str = "assets"
    looks: Sequence[Callable[[bool], Iterator[str]]] = ()
    again: Callable[[], Sequence[str]] | None = None
    moment: Callable[[], str] | None = None


@dataclass
class Verdict:
    """What a campaign found; ``moments`` counts what had just happened when the program was killed."""

    kills: int = 0
    rounds: int = 0
    problems: list[str] = field(default_factory=list)
    moments: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        found = "\n".join(f"  {problem}" for problem in self.problems) or "  nothing was repeated, lost or left behind"
        return f"{self.kills} kills in {self.rounds} jobs at {len(self.moments)} different moments:\n{found}"


def campaign(prepare: Callable[[int], Subject], kills: int, seed: int, longest: float = 120.0) -> Verdict:
    """Kill ``prepare(round)``'s program so many times, each round in a fresh folder, and let every job end.

    The first round runs undisturbed to learn how long a job is; the moments of death are then spread evenly over that.
    Each job is killed at one of them, and often again soon after its next start. ``longest`` bounds one start, in
    seconds.
    """
    dice = random.Random(seed)  # noqa: S311  # moments, not secrets
    verdict = Verdict()
    whole = _undisturbed(prepare(0), longest, verdict)
    shares = [(number + dice.random()) / kills for number in range(kills)]
    dice.shuffle(shares)
    while verdict.kills < kills and not verdict.problems:
        verdict.rounds += 1
        deaths = [whole * (shares.pop() if shares else dice.random())]
        while len(deaths) < kills - verdict.kills and dice.random() < 0.4:
            deaths.append(whole * 0.3 * dice.random())
        _round(prepare(verdict.rounds), deaths, dice, longest, verdict)
    return verdict


def _undisturbed(subject: Subject, longest: float, verdict: Verdict) -> float:
    """Lines (of a program that speaks) or seconds of a job that nobody kills."""
    began = time.monotonic()
    with _started(subject, longest) as process:
        lines = sum(1 for _ in process.stdout) if process.stdout else 0
        code = process.wait()
    if code != 0:
        verdict.problems.append(f"the undisturbed job ended with exit code {code}")
    verdict.problems.extend(_wrong(subject, over=True))
    return lines if subject.speaks else time.monotonic() - began


def _round(subject: Subject, deaths: list[float], dice: random.Random, longest: float, verdict: Verdict) -> None:
    for death in deaths:
        with _started(subject, longest) as process:
            last = _kill_at(process, subject.speaks, death, dice)
        if last is None:
            break
        last = subject.moment() if subject.moment else last
        verdict.kills += 1
        verdict.moments[last] += 1
        verdict.problems.extend(f"after {last}: {problem}" for problem in _wrong(subject, over=False))
    for _ in range(MOST_STARTS):
        with _started(subject, longest) as process:
            if process.stdout:
                for _line in process.stdout:
                    pass
            if process.wait() == 0:
                verdict.problems.extend(_wrong(subject, over=True))
                return
    verdict.problems.append(f"the job in {subject.home} did not end in {MOST_STARTS} starts")


def _kill_at(process: subprocess.Popen[str], speaks: bool, death: float, dice: random.Random) -> str | None:
    """Kill the program at its moment; what had just happened, or ``None`` when it was over before."""
    last = f"{death:.2f} s"
    if speaks:
        assert process.stdout is not None
        heard, last = 0, "start"
        while heard < int(death):
            line = process.stdout.readline()
            if not line:
                return None
            heard, last = heard + 1, line.strip()
        time.sleep(dice.random() * 0.01)  # to die not just after something happened, but also on the way to the next
    else:
        with suppress(subprocess.TimeoutExpired):
            process.wait(death)
    if process.poll() is not None:
        return None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return last


@contextmanager
def _started(subject: Subject, longest: float) -> Iterator[subprocess.Popen[str]]:
    """The program, running for ``longest`` seconds at most; what is left of it after the block is killed."""
    log = subject.home.with_suffix(".log")
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            subject.again() if subject.again else subject.command,
            env={**os.environ, **subject.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if subject.speaks else errors,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    too_long = threading.Timer(longest, process.kill)
    too_long.start()
    try:
        yield process
    finally:
        too_long.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _wrong(subject: Subject, *, over: bool) -> list[str]:
    """Everything that does not hold now."""
    database = subject.home / DATABASE_NAME
    found: list[str] = []
    if database.exists():
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            health = [row[0] for row in connection.execute("PRAGMA quick_check")]
            found.extend(health if health != ["ok"] else [])
    elif over:
        found.append("there is no database")
    if over and not found:
        with open_reader(subject.home) as reader:
            found.extend(_account(reader))
        left = sorted(path.name for path in (subject.home / subject.assets / "tmp").glob("*"))
        found.extend(f"a stray file is left: {name}" for name in left)
    for look in subject.looks:
        found.extend(look(over))
    return found


def _account(reader: Reader) -> Iterator[str]:
    """What the journal itself says: every job done, and no step begun again after it was finished."""
    for job in reader.jobs():
        if job.state != "done":
            yield f"job {job.id} is {job.state}: {job.error}"
        finished: set[str] = set()
        for event in reader.job_events(job.id):
            if isinstance(event, StepFinished):
                finished.add(event.step)
            elif isinstance(event, StepStarted) and event.step in finished:
                yield f"the step {event.step} of job {job.id} was finished and ran again"
