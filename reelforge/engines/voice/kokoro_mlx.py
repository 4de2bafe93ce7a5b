"""Kokoro-82M on Apple's GPU through mlx-audio, when a person has installed it: text in, speech and word times out.

Written to mlx-audio 0.6's documented interface (``load_model``, ``KokoroPipeline``, tokens with ``start_ts`` and
``end_ts``). Its English phonemes come from misaki, which belongs to it. It downloads weights and voices itself.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.doctor import Finding
from reelforge.engines.voice.lettering import Mark
from reelforge.errors import NeedsPersonError

REPOSITORY: Final = "mlx-community/Kokoro-82M-bf16"
RATE: Final = 24_000
Backend = Literal["onnx", "mlx"]
_PACKAGES: Final = ("mlx_audio", "misaki")
_INSTALL: Final = 'Install it with `pip install mlx-audio "misaki[en]"`, or set `backend = "onnx"`.'


class MlxSpeech(Struct, frozen=True):
    """Mono ``samples`` at 24 kHz and the time of each token of the text, in order."""

    samples: NDArray[np.float32]
    marks: tuple[Mark, ...]


def on_apple_silicon() -> bool:
    return sys.platform == "darwin" and platform.machine() == "arm64"


def installed() -> bool:
    return all(importlib.util.find_spec(package) is not None for package in _PACKAGES)


def fetched(voice: str) -> bool:
    """Whether the weights and the voice lie in the cache already, so that nothing has to be downloaded to speak."""
    if importlib.util.find_spec("huggingface_hub") is None:
        return False
    hub = importlib.import_module("huggingface_hub")
    wanted = ("config.json", f"voices/{voice}.safetensors")
    return all(isinstance(hub.try_to_load_from_cache(REPOSITORY, name), str) for name in wanted)


def backend_for(wanted: Literal["auto", "onnx", "mlx"], voice: str) -> Backend:
    """What speaks: by itself mlx only where it works without a download, so that a Reel never waits for one unasked."""
    if wanted != "auto":
        return wanted
    return "mlx" if on_apple_silicon() and installed() and fetched(voice) else "onnx"


def findings(voice: str) -> Iterable[Finding]:
    """What speaking by mlx lacks."""
    if not installed():
        yield Finding(subject="Kokoro by mlx-audio", ok=False, sentence="mlx-audio is not installed.", remedy=_INSTALL)
        return
    here = fetched(voice)
    yield Finding(
        subject="Kokoro by mlx-audio",
        ok=here,
        sentence=f"Kokoro speaks through mlx-audio ({REPOSITORY})."
        if here
        else f"mlx-audio will download {REPOSITORY} and the voice {voice} when it first speaks.",
        remedy="" if here else "Let it, while there is a network; nothing else must be done.",
        optional=True,
    )


class KokoroMlx:
    """The loaded pipeline. Its methods block and may be called from several threads: one thread of its own does the
    work, because MLX's arrays belong to the thread that made them.
    """

    def __init__(self, voice: str, speed: float) -> None:
        self._voice = voice
        self._speed = speed
        self._lock = threading.Lock()
        self._lane: ThreadPoolExecutor | None = None
        self._pipeline: Any = None

    def speak(self, text: str) -> MlxSpeech:
        """Say one text. Raises NeedsPersonError when mlx-audio, its weights or the voice cannot be loaded."""
        with self._lock:
            lane = self._lane = self._lane or ThreadPoolExecutor(1, thread_name_prefix="kokoro-mlx")
        return lane.submit(self._run, text).result()

    def close(self) -> None:
        with self._lock:
            lane, self._lane = self._lane, None
        if lane is not None:
            lane.shutdown(wait=True, cancel_futures=True)
        self._pipeline = None

    def _run(self, text: str) -> MlxSpeech:
        if self._pipeline is None:
            self._pipeline = self._load()
        parts: list[NDArray[np.float32]] = []
        marks: list[Mark] = []
        passed = 0.0
        for result in self._pipeline(text, voice=self._voice, speed=self._speed):
            part = np.asarray(result.audio, np.float32).ravel()
            marks += _marks(result.tokens or (), passed)
            parts.append(part)
            passed += len(part) / RATE
        return MlxSpeech(np.concatenate(parts) if parts else np.zeros(0, np.float32), tuple(marks))

    def _load(self) -> Any:
        try:
            models = importlib.import_module("mlx_audio.tts.models.kokoro")
            load_model = importlib.import_module("mlx_audio.tts.utils").load_model
            pipeline = models.KokoroPipeline(lang_code=self._voice[0], model=load_model(REPOSITORY), repo_id=REPOSITORY)
            pipeline.load_voice(self._voice)
        except (ImportError, OSError, ValueError) as problem:
            raise NeedsPersonError(
                f"Kokoro cannot be loaded through mlx-audio: {problem}.".replace("..", "."), remedy=_INSTALL
            ) from problem
        return pipeline


def _marks(tokens: Iterable[Any], passed: float) -> list[Mark]:
    """Tokens with their times; one that got none stands where the one before it ended."""
    marks: list[Mark] = []
    last = passed
    for token in tokens:
        start, end = getattr(token, "start_ts", None), getattr(token, "end_ts", None)
        begin = last if start is None else passed + float(start)
        last = begin if end is None else passed + float(end)
        marks.append(Mark(str(token.text), begin, max(begin, last)))
    return marks
