"""Talking to the espeak-ng helper program: started when needed, started again when it died, ended with its engine."""

from __future__ import annotations

import base64
import difflib
import importlib.metadata
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from reelforge.domain.doctor import Finding
from reelforge.engines.voice.helper import HelperProgram, own_environment
from reelforge.errors import InputError, NeedsPersonError

_CHECK_SECONDS: Final = 20.0
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


def espeak_voice_finding(subject: str, voice: str) -> Finding:
    """Whether espeak-ng has a voice, asked of a helper of its own. Blocking; takes a second."""
    installed = espeak_finding(subject)
    if not installed.ok:
        return installed
    request = {"op": "phonemes", "voice": voice, "words": ["a"], "pauses": ["."]}
    command = (sys.executable, "-m", __package__)
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode() + b"\n",
            capture_output=True,
            env=own_environment(),
            timeout=_CHECK_SECONDS,
            check=True,
        )
        _checked(json.loads(done.stdout), request)
    except (InputError, NeedsPersonError) as error:
        return Finding(subject=subject, ok=False, sentence=error.message, remedy=error.remedy)
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        return Finding(subject=subject, ok=False, sentence=f"espeak-ng does not answer: {problem}.", remedy=_REINSTALL)
    return Finding(subject=subject, ok=True, sentence=f"espeak-ng is installed and has the voice {voice}.")


class EspeakSpeech(Struct, frozen=True):
    """16-bit mono ``pcm`` at ``rate`` Hz; (first character in the text, length, sample) of each word espeak told."""

    rate: int
    pcm: npt.NDArray[np.int16]
    words: tuple[tuple[int, int, int], ...]


class EspeakProcess:
    """The helper program with espeak-ng in it. Requests from many tasks are answered one after another.

    Raises TryLaterError when it dies or is silent for ``timeout`` seconds, InputError for a voice espeak does not have,
    and NeedsPersonError when the library is missing.
    """

    def __init__(self, *, timeout: float = 60.0, command: Sequence[str] | None = None) -> None:
        self._program = HelperProgram(
            "espeak-ng helper",
            command or (sys.executable, "-m", __package__),
            timeout=timeout,
            remedy=_REINSTALL,
            environment=own_environment(),
        )

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
        await self._program.aclose()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return _checked(await self._program.ask(request), request)


def _checked(answer: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    if "error" not in answer:
        return answer
    if answer["error"] == "voice":
        wanted = str(request["voice"])
        near = difflib.get_close_matches(wanted.lower(), answer["voices"], n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Use a language tag such as en-us, de or pt-br."
        raise InputError(f"espeak-ng has no voice for {wanted!r}.", remedy=hint)
    raise NeedsPersonError(f"espeak-ng could not be loaded: {answer['message']}.", remedy=_REINSTALL)
