"""A folder with a ``reelforge.toml``, and the real command run in it as a person runs it: in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

SETTINGS: Final = """
[reelforge]
min_free_gb = 0.1
[render]
quality = "low"
[channels.quick]
voice = { engine = "espeak" }
pictures = { engines = ["backdrop"] }
music = { engine = "none" }
shape = "1:1"
"""
"""A channel whose Reels are the cheapest there are: a quick voice, no music, the fewest pixels."""

TIMEOUT_SECONDS: Final = 120

_SEVERAL: Final = """
import contextlib, io, json, os, runpy, sys

for home, words in json.load(sys.stdin):
    os.environ["REELFORGE_HOME"] = home
    sys.argv = ["reelforge", *words]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module("reelforge", run_name="__main__")
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
_LIMITED: Final = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv = ["reelforge", *sys.argv[2:]]
runpy.run_module("reelforge", run_name="__main__")
"""


class Answer(NamedTuple):
    """What a command that has ended gave: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


class WorkFolder:
    """A folder to call ``reelforge`` in; ``home`` is where its work goes, ``environment`` what its processes are given
    besides the caller's own.
    """

    def __init__(self, folder: Path, settings: str = SETTINGS, **environment: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {**os.environ, "REELFORGE_HOME": str(self.home), **environment}
        self.write("reelforge.toml", settings)

    def write(self, name: str, text: str) -> str:
        """Write a file of the folder; gives its name, as commands take it."""
        (self.folder / name).write_text(text, "utf-8")
        return name

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def start(self, *words: str, largest: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """``reelforge`` with these words, under way; ``largest`` is how many bytes a file may have that it writes."""
        program = ["-m", "reelforge"] if largest is None else ["-c", _LIMITED, str(largest)]
        return subprocess.Popen(
            [sys.executable, *program, *words],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What a command writes to its two outputs. Raises AssertionError when it ends with another exit code."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == code, err
        return out, err

    def json(self, *words: str, code: int = 0) -> Any:
        """The document that a command with ``--json`` answers with."""
        return json.loads(self.run(*words, "--json", code=code)[0])

    def several(self, orders: Sequence[Sequence[str]], homes: Sequence[Path] = ()) -> list[Answer]:
        """The answers to many short commands, one after another in one process, whose imports are then paid once;
        ``homes`` are their work folders, where they have others than this one's.
        """
        asked = [
            [str(home), list(words)] for home, words in zip(homes or [self.home] * len(orders), orders, strict=True)
        ]
        ran = subprocess.run(
            [sys.executable, "-c", _SEVERAL],
            cwd=self.folder,
            env=self.environment,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return [Answer(*json.loads(line)) for line in ran.stdout.splitlines()]


class Gate:
    """An ffmpeg (``program``) that is the real one, and begins nothing but trials while the gate is shut."""

    def __init__(self, folder: Path, real: str) -> None:
        self._pipe = folder / "gate"
        self.program = folder / "ffmpeg"
        waiting = f'[ -p "{self._pipe}" ] && read -r _ < "{self._pipe}"'
        wait = f'case "$*" in *reelforge-try*) ;; *) {waiting};; esac'
        self.program.write_text(f'#!/bin/sh\n{wait}\nexec "{real}" "$@"\n', "utf-8")
        self.program.chmod(0o755)

    def shut(self) -> None:
        os.mkfifo(self._pipe)

    def open(self) -> None:
        """Let everything through from now on; waits for the first that wants to pass."""
        with self._pipe.open("w"):
            self._pipe.unlink()
