"""Talking to the espeak-ng helper program: started when needed, started again when it died, ended with its engine."""

from __future__ import annotations

import base64
import contextlib
import difflib
import importlib.metadata
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc
import numpy as np
import numpy.typing as npt
from anyio.streams.buffered import BufferedByteReceiveStream

import reelforge
from reelforge.domain.doctor import Finding
from reelforge.errors import InputError, NeedsPersonError, TryLaterError

_LONGEST_ANSWER: Final = 256 * 1024 * 1024
_COMPLAINTS_KEPT: Final = 2000
_REINSTALL: Final = "Install ReelForge's packages again: `pip install --force-reinstall espeakng-loader`."


def espeak_version() -> str:
    """The version of the package that carries espeak-ng, or an empty string; the library itself is not touched."""
    try:
        return importlib.metadata.version("espeakng-loader")
    except importlib.metadata.PackageNotFoundError:
        return ""


def espeak_finding(subject: str) -> Finding:
    """Whether espeak-ng is installed, for ``reelforge check``."""
    if importlib.util.find_spec("espeakng_loader") is None:
        return Finding(subject=subject, ok=False, sentence="espeak-ng is not installed.", remedy=_REINSTALL)
    return Finding(subject=subject, ok=True, sentence=f"espeak-ng is installed (espeakng-loader {espeak_version()}).")


@dataclass(frozen=True)
class EspeakSpeech:
    """16-bit mono ``pcm`` at ``rate`` Hz; (first character in the text, length, sample) of each word espeak told."""

    rate: int
    pcm: npt.NDArray[np.int16]
    words: tuple[tuple[int, int, int], ...]


def _environment() -> dict[str, str]:
    """Ours, plus where this very package lies, so that a checkout runs its own helper from any folder."""
    home = str(Path(reelforge.__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in (home, known) if part)}


class EspeakProcess:
    """One helper program. Requests from many tasks are answered one after another.

    A request that is cancelled, times out (``timeout`` seconds) or finds the program dead kills the whole process
    group; the next one starts a fresh program. Raises TryLaterError then, InputError for a voice espeak does not have,
    and NeedsPersonError when the library is missing.
    """

    def __init__(self, *, timeout: float = 60.0, command: Sequence[str] | None = None) -> None:
        self._timeout = timeout
        self._command = list(command or (sys.executable, "-m", __package__))
        self._turn = anyio.Lock()
        self._process: anyio.abc.Process | None = None
        self._answers: BufferedByteReceiveStream | None = None
        self._complaints = b""

    async def phonemes(self, words: Sequence[str], pauses: Sequence[str], voice: str) -> tuple[str, ...]:
        """IPA of each word as said in this sentence (``^`` ties phonemes of two letters); ``pauses`` follow words."""
        answer = await self._ask({"op": "phonemes", "voice": voice, "words": list(words), "pauses": list(pauses)})
        return tuple(answer["ipa"])

    async def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> EspeakSpeech:
        request = {"op": "speak", "voice": voice, "text": text, "words_per_minute": words_per_minute, "pitch": pitch}
        answer = await self._ask(request)
        pcm = np.frombuffer(base64.b64decode(answer["pcm"]), dtype="<i2").astype(np.int16)
        return EspeakSpeech(answer["rate"], pcm, tuple((at, length, sample) for at, length, sample in answer["words"]))

    async def voices(self) -> tuple[str, ...]:
        """The language tags espeak-ng has voices for."""
        return tuple((await self._ask({"op": "voices"}))["voices"])

    async def aclose(self) -> None:
        """End the program. Safe to call twice, and when it never ran."""
        async with self._turn:
            await self._end()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._turn:
            if self._process is not None and self._process.returncode is not None:
                await self._end()
            answered = False
            try:
                with anyio.fail_after(self._timeout):
                    answer = await self._exchange(json.dumps(request).encode("ascii") + b"\n")
                answered = True
            except TimeoutError:
                raise TryLaterError(
                    f"The espeak-ng helper did not answer within {self._timeout:g} seconds and was stopped.",
                    remedy="It is started afresh at the next try.",
                ) from None
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead):
                raise TryLaterError(
                    f"The espeak-ng helper died while it was asked.{await self._last_words()}",
                    remedy=f"It is started afresh at the next try. If this goes on: {_REINSTALL}",
                ) from None
            finally:
                if not answered:
                    await self._end()
        return self._checked(answer, request)

    async def _exchange(self, line: bytes) -> dict[str, Any]:
        process, answers = await self._started()
        assert process.stdin is not None
        answer = b""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._drain, process)
                await process.stdin.send(line)
                answer = await answers.receive_until(b"\n", _LONGEST_ANSWER)
                tasks.cancel_scope.cancel()
        except* (anyio.EndOfStream, anyio.BrokenResourceError, anyio.IncompleteRead) as dead:
            raise dead.exceptions[0] from None
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    async def _drain(self, process: anyio.abc.Process) -> None:
        assert process.stderr is not None
        async for block in process.stderr:
            self._complaints = (self._complaints + block)[-_COMPLAINTS_KEPT:]

    async def _started(self) -> tuple[anyio.abc.Process, BufferedByteReceiveStream]:
        if self._process is None or self._answers is None:
            self._complaints = b""
            try:
                self._process = await anyio.open_process(self._command, env=_environment(), start_new_session=True)
            except OSError as problem:
                raise TryLaterError(f"The espeak-ng helper could not be started: {problem}.") from problem
            assert self._process.stdout is not None
            self._answers = BufferedByteReceiveStream(self._process.stdout)
        return self._process, self._answers

    async def _end(self) -> None:
        process, self._process, self._answers = self._process, None, None
        if process is None:
            return
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):  # it ended between the look and the kill
                    os.killpg(process.pid, signal.SIGKILL)
            await process.aclose()

    async def _last_words(self) -> str:
        """What a dead program left on its standard error, as the end of a sentence."""
        if self._process is not None:
            with anyio.move_on_after(1):
                await self._drain(self._process)
        said = self._complaints.decode("utf-8", "replace").strip().splitlines()
        return f" It said: {said[-1]}." if said else ""

    def _checked(self, answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
        if "error" not in answer:
            return answer
        if answer["error"] == "voice":
            wanted = str(request["voice"])
            near = difflib.get_close_matches(wanted.lower(), answer["voices"], n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Use a language tag such as en-us, de or pt-br."
            raise InputError(f"espeak-ng has no voice for {wanted!r}.", remedy=hint)
        raise NeedsPersonError(f"espeak-ng could not be loaded: {answer['message']}.", remedy=_REINSTALL)
