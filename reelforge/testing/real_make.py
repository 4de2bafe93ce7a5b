"""The real command, to be killed: ``reelforge make`` with a writer that is paid by the call, a voice, pictures, ffmpeg.

The writer is the product's own, pointed at :mod:`reelforge.testing.llm_server`, which counts what it is asked. A paid
call that was cut off waits for a person; here that person runs ``reelforge retry``, and each such retry, and nothing
else, may ask the writer once more.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from anyio.from_thread import start_blocking_portal

from reelforge.store.opening import DATABASE_NAME
from reelforge.store.reader import open_reader
from reelforge.testing import llm_server
from reelforge.testing.kills import Subject
from reelforge.testing.llm_server import LlmServer

CHANNEL: Final = "quick"
ANSWER_SECONDS: Final = 0.4
"""The writer takes its time, so that it can be interrupted."""
ORPHAN_SECONDS: Final = 10.0
"""A program whose starter was killed must have ended by itself within this time."""
SETTINGS: Final = """
[reelforge]
min_free_gb = 0.1
[render]
quality = "low"
[engines.writer.openai]
base_url = "{url}"
model = "canned-1"
price_per_million_input_tokens = 1
price_per_million_output_tokens = 1
[channels.quick]
seconds = [3, 5]
voice = {{ engine = "espeak" }}
pictures = {{ engines = ["backdrop"] }}
"""
KNOWN_FILES: Final = re.compile(
    r"reelforge\.db(-wal|-shm)?|ballast|runner\.lock|logs/(\.writer|reelforge\.log(\.\d+)?)"
    r"|backups/reelforge-\d{8}T\d{6}Z\.db|cache/encoder\.json|cache/music/plays\.json|cache/clips/[0-9a-f]{2}/[0-9a-f]{64}\.[0-9a-f]{32}"
)
KNOWN_FOLDERS: Final = re.compile(
    r"assets(/tmp|/[0-9a-f]{2})?|backups|cache(/clips(/[0-9a-f]{2})?|/tmp|/music(/heard|/numba)?)?|logs|music"
    r"|videos(/quick)?"
)


@contextmanager
def writer(seconds: float = ANSWER_SECONDS) -> Iterator[LlmServer]:
    """A writer's server in a thread of this process, which outlives every kill; it answers after ``seconds``."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(llm_server.serving([f"slow={seconds}"] * 10_000)) as server,
    ):
        yield server


def real_make(folder: Path, server: LlmServer) -> Subject:
    """``reelforge make`` as a subject of a campaign: everything it uses is in ``folder``, its work folder is ``home``.

    ``folder`` is made, and its name is the topic: it must be no other subject's of the same server.
    """
    return _RealMake(folder, server).subject()


class _RealMake:
    def __init__(self, folder: Path, server: LlmServer) -> None:
        self.home = folder / "home"
        self._folder = folder
        self._server = server
        self._topic = f"the tides of {folder.name}"
        self._retries = 0
        self._environment = {"REELFORGE_HOME": str(self.home), "TMPDIR": str(folder / "tmp")}
        (folder / "tmp").mkdir(parents=True)
        (folder / "reelforge.toml").write_text(SETTINGS.format(url=server.base_url), "utf-8")

    def subject(self) -> Subject:
        looks = (self._writer_asked_once, self._one_video, self._nothing_strange, self._nobody_left)
        return Subject(self._make, self.home, self._environment, looks=looks, again=self._again, moment=self._under_way)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "reelforge", *words, "--config", str(self._folder / "reelforge.toml")]

    @property
    def _make(self) -> list[str]:
        return self._command("make", CHANNEL, "--topic", self._topic, "--out", str(self._folder / "out"), "--json")

    def _again(self) -> Sequence[str]:
        """As a person goes on: retry what waits for one; when the Reel was done already, just start and stop once."""
        with open_reader(self.home) as reader:
            jobs = reader.jobs()
        for job in jobs:
            if job.state == "needs_person" and "nobody can tell" in job.error:
                self._retries += 1
                environment = {**os.environ, **self._environment}
                subprocess.run(self._command("retry", job.id), env=environment, check=True, stdout=subprocess.DEVNULL)
        if jobs and all(job.state == "done" for job in jobs):
            return self._command("run", "--until-idle")
        return self._make

    def _under_way(self) -> str:
        with open_reader(self.home) as reader:
            jobs = reader.jobs()
            found = reader.job(jobs[0].id) if jobs else None
        if found is None:
            return "nothing yet"
        if found.state == "done":
            return "the end"
        begun = [step.name for step in found.steps if step.state == "started"]
        inner = [name for name in begun if not any(other.startswith(f"{name}/") for other in begun)]
        return " + ".join(sorted({re.sub(r"-\d+", "", name) for name in inner})) or "between two steps"

    def _writer_asked_once(self, over: bool) -> Iterator[str]:
        keys = Counter(
            headers["Idempotency-Key"]
            for body, headers in zip(self._server.requests, self._server.headers, strict=True)
            if f"Topic: {self._topic}\n" in "\n".join(message["content"] for message in body["messages"])
        )
        if len(keys) > 1:
            yield f"the writer was asked {len(keys)} different things for one job"
        if keys.total() > 1 + self._retries:
            yield f"the writer was asked {keys.total()} times, and a person allowed {self._retries} repetitions"
        if over:
            with open_reader(self.home) as reader:
                booked = [cost for job in reader.jobs() for cost in reader.costs(job.id)]
            if len(booked) != 1:
                yield f"the books tell of {len(booked)} paid answers instead of one"

    def _one_video(self, over: bool) -> Iterator[str]:
        if not over:
            return
        with open_reader(self.home) as reader:
            jobs = reader.jobs()
        if len(jobs) != 1:
            yield f"there are {len(jobs)} jobs instead of one"
        videos = [*(self.home / "videos").rglob("*.mp4"), *(self._folder / "out").rglob("*.mp4")]
        if len(videos) != 2 or len({digest(video) for video in videos}) != 1:
            yield f"there is not one video, and its copy: {videos}"
        if any(video.stat().st_size < 10_000 for video in videos):
            yield "the video is empty"

    def _nothing_strange(self, over: bool) -> Iterator[str]:
        if not over:
            return
        yield from strays(self.home)
        yield from (f"a part was left: {part}" for part in (self._folder / "out").rglob(".*"))
        if "Traceback" in self.home.with_suffix(".log").read_text("utf-8"):
            yield "the command showed a traceback"

    def _nobody_left(self, over: bool) -> Iterator[str]:
        if not over:
            return
        until = time.monotonic() + ORPHAN_SECONDS
        while (left := processes(self.home)) and time.monotonic() < until:
            time.sleep(0.05)  # they are nobody's children any more, so nobody is told of their end
        yield from (f"a process is left: {process}" for process in left)


def strays(home: Path) -> Iterator[str]:
    """What lies in a work folder that no row of its journal and no rule accounts for, or is not what its name says."""
    with closing(sqlite3.connect(f"{(home / DATABASE_NAME).as_uri()}?mode=ro", uri=True)) as connection:
        told = "\n".join(row[0] for row in connection.execute("SELECT body FROM results"))
    with open_reader(home) as reader:
        results = [job.result or {} for job in reader.jobs(("done",))]
    published = {path for result in results for place in result["publications"] for path in place["files"].values()}
    folders = {place["folder"] for result in results for place in result["publications"]}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_dir():
            if not KNOWN_FOLDERS.fullmatch(name) and str(path) not in folders:
                yield f"a stray folder is left: {name}"
        elif asset := re.fullmatch(r"assets/([0-9a-f]{2})/([0-9a-f]{62})", name):
            if "".join(asset.groups()) not in told:
                yield f"nothing refers to {name}"
            if "".join(asset.groups()) != digest(path):
                yield f"{name} is damaged"
        elif str(path) not in published and not KNOWN_FILES.fullmatch(name):
            yield f"a stray file is left: {name}"
        elif name.startswith("cache/clips/") and not digest(path).startswith(path.suffix[1:]):
            yield f"{name} is damaged"


def processes(home: Path) -> list[str]:
    """The programs that still work for a work folder, seen by their environment: process id and name."""
    mark = f"REELFORGE_HOME={home}"
    if sys.platform == "darwin":
        listed = subprocess.run(
            ["ps", "-A", "-E", "-ww", "-o", "pid=,command="], capture_output=True, text=True, check=True
        )
        return [line[:200] for line in listed.stdout.splitlines() if mark in line.split()]
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                found.append(f"{place.name} {(place / 'comm').read_text().strip()}")
        except OSError:  # it has ended, or is not ours
            continue
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
