"""Having a file listened to in a process of its own: what that takes is never imported here."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import reelforge
from reelforge.domain.music import Analysis
from reelforge.engines.voice.helper import HelperProgram
from reelforge.errors import InputError

_SECONDS: Final = 240.0
"""The longest track takes some 10 s once numba's cache is filled, and its first use may compile."""
_REINSTALL: Final = "Install ReelForge's packages again: `pip install --force-reinstall librosa`."


class Listener:
    """A worker process that hears one file after another."""

    def __init__(self, program: HelperProgram) -> None:
        self._program = program

    async def hear(self, path: Path) -> Analysis:
        """What there is to hear in a file. Raises InputError with the reason when it cannot be used, and TryLaterError
        when the worker died over it or took too long.
        """
        answer = await self._program.ask({"path": str(path)})
        if "refused" in answer:
            raise InputError(answer["refused"], remedy=answer["remedy"])
        return Analysis.model_validate(answer["analysis"])


@asynccontextmanager
async def listening(cache: Path) -> AsyncIterator[Listener]:
    """A worker for as long as the block lasts, started by its first question. Compiled code is kept under ``cache``."""
    command = (sys.executable, "-m", __package__ or "")
    program = HelperProgram(
        "music listener", command, timeout=_SECONDS, remedy=_REINSTALL, environment=_environment(cache)
    )
    try:
        yield Listener(program)
    finally:
        await program.aclose()


def _environment(cache: Path) -> dict[str, str]:
    """Ours, with numba's cache in a place that lasts, one thread for numpy (it works beside renders), and the way to
    this very package.
    """
    home = str(Path(reelforge.__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(part for part in (home, known) if part),
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "OPENBLAS_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
    }
