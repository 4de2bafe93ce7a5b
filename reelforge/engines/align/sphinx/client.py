"""Asking pocketsphinx: a few worker programs, started when needed, each kept warm until the aligning is over."""

from __future__ import annotations

import base64
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.doctor import Finding
from reelforge.engines.align.sphinx.decoding import RATE, Graph, Span
from reelforge.engines.voice.helper import HelperProgram, own_environment
from reelforge.errors import NeedsPersonError

Samples = NDArray[np.float32]

FRAMES_A_SECOND: Final = 100
LONGEST_SECONDS: Final = 90
"""Of sound in one request; its time and memory grow with sound times text."""
_MOST_WORKERS: Final = 8
_TIMEOUT: Final = 300.0
_LEVEL: Final = 0.1
"""Root mean square that loud syllables are brought to."""
_NOISE: Final = 1e-3
"""−60 dBFS: the model has never heard digital silence."""
_REMEDY: Final = "Install it: `pip install pocketsphinx`."


def pocketsphinx_version() -> str:
    """Of the installed package, or an empty string where there is none; its code is not touched."""
    try:
        return importlib.metadata.version("pocketsphinx")
    except importlib.metadata.PackageNotFoundError:
        return ""


def pocketsphinx_finding() -> Finding:
    """Whether words can be found by the acoustic model, for ``reelforge check``. It is optional."""
    if importlib.util.find_spec("pocketsphinx") is None:
        return Finding(
            subject="word times",
            ok=False,
            sentence="pocketsphinx is not installed, so words are placed by the pauses in the sound, less exactly.",
            remedy=f"{_REMEDY} There are no wheels for Python 3.12 on Linux: use Python 3.13 there.",
            optional=True,
        )
    return Finding(subject="word times", ok=True, sentence=f"Words are found by pocketsphinx {pocketsphinx_version()}.")


class Laid(Struct, frozen=True):
    """The spans of words, silences and unwritten sounds in frames of 10 ms, from the front to the end of the sound.

    ``free``, when it was asked for, is the score of each frame when any sound may follow any other, else empty.
    """

    spans: tuple[Span, ...]
    free: tuple[float, ...] = ()


def worker_count() -> int:
    """One for each core, eight at most: each holds 80 MB."""
    return min(_MOST_WORKERS, os.cpu_count() or 1)


def prepared(samples: Samples) -> bytes:
    """Mono speech at 16 kHz as the model wants it: brought to one level, with noise that is always the same."""
    hop = RATE // FRAMES_A_SECOND
    count = len(samples) // hop
    power = np.mean(np.square(samples[: count * hop].reshape(count, hop), dtype=np.float64), axis=1) if count else None
    loud = float(np.sqrt(np.percentile(power, 95))) if power is not None else 0.0
    noise = np.random.default_rng(0).normal(0.0, _NOISE, len(samples))
    levelled = samples * (_LEVEL / loud if loud > 0 else 0.0) + noise
    return np.asarray(np.clip(levelled, -1, 1) * 32767, "<i2").tobytes()


class SphinxWorkers:
    """Workers for one piece of aligning. Each request goes to an idle one; more requests than workers wait their turn.

    A worker that dies, or is silent for ``timeout`` seconds, is ended and TryLaterError raised for its request alone.
    """

    def __init__(
        self, count: int | None = None, *, timeout: float = _TIMEOUT, command: Sequence[str] | None = None
    ) -> None:
        self._count = count or worker_count()
        self._idle = [
            HelperProgram(
                "word finder",
                command or (sys.executable, "-m", __package__),
                timeout=timeout,
                remedy=_REMEDY,
                environment=own_environment(),
            )
            for _ in range(self._count)
        ]
        self._limit = anyio.CapacityLimiter(self._count)

    async def lay(self, samples: Samples, graph: Graph, *, judge: bool = False) -> Laid:
        """The likeliest way through the graph for mono speech at 16 kHz; no spans when there is none.

        Raises NeedsPersonError when pocketsphinx cannot be loaded.
        """
        request = {
            "pcm": base64.b64encode(prepared(samples)).decode("ascii"),
            "words": [[word.spelling, list(word.phones)] for word in graph.words],
            "loose": list(graph.loose),
            "skips": [list(pair) for pair in graph.skips],
            "open_end": graph.open_end,
            "judge": judge,
        }
        answer = await self._ask(request)
        if "error" in answer:
            raise NeedsPersonError(f"pocketsphinx could not be loaded: {answer['error']}.", remedy=_REMEDY)
        return Laid(tuple(Span(*span) for span in answer["spans"]), tuple(answer.get("free", ())))

    async def aclose(self) -> None:
        """End all workers."""
        with anyio.CancelScope(shield=True):
            for worker in self._idle:
                await worker.aclose()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._limit:
            worker = self._idle.pop()
            try:
                return await worker.ask(request)
            finally:
                self._idle.append(worker)


@asynccontextmanager
async def sphinx_workers(count: int | None = None) -> AsyncIterator[SphinxWorkers | None]:
    """Workers for as long as the block lasts, or None where pocketsphinx is not installed."""
    if importlib.util.find_spec("pocketsphinx") is None:
        yield None
        return
    workers = SphinxWorkers(count)
    try:
        yield workers
    finally:
        await workers.aclose()
