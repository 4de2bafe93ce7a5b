"""A person's recording, whatever its format, as mono speech at 48 kHz and the loudness of a narration.

Everything is read, filtered and written in blocks: three hours take as little memory as three minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.errors import InputError
from reelforge.sound.dynamics import compress, de_ess, high_pass
from reelforge.sound.files import BLOCK, LONGEST_SECONDS, Sound
from reelforge.sound.levelling import HOP, solve
from reelforge.sound.loudness import LoudnessMeter
from reelforge.sound.resample import resample_blocks

Samples = NDArray[np.float32]
Check = Callable[[], None]

_PART: Final = HOP * 45_000
"""Samples filtered at once: 30 s."""
_CONTEXT: Final = HOP * 3_000
"""Samples heard around each part: 2 s, many times as long as any filter or release remembers."""
_BYTES: Final = 4
"""A raw sample takes."""
_CLIPPED: Final = 0.985
_CLIPPED_RUN: Final = 3
"""Samples in a row at full scale: a single one may be a peak, three are a cut-off wave."""
_CLIPPED_SHARE: Final = 5e-4
_CONTAINERS: Final = (b"\x1a\x45\xdf\xa3", b"\xff\xf1", b"\xff\xf9", b"\x30\x26\xb2\x75")
"""Matroska and WebM, AAC in ADTS, ASF: what PyAV reads and libsndfile does not. MP4 has ``ftyp`` at its fifth byte."""
_EXPORT: Final = "Export it again, as WAV or FLAC."


@dataclass(frozen=True)
class Taken:
    """What was taken in: its length at 48 kHz, its loudness (LUFS, −∞ for silence), and whether it is clipped."""

    samples: int
    loudness: float
    clipped: bool


def take_in(source: Path, raw: Path, check: Check) -> Taken:
    """Decode ``source`` into ``raw``: bare 32-bit floats, mono, 48 kHz.

    Channels are averaged, or the louder is taken where they cancel each other. Raises InputError for a file that is
    missing, damaged, empty, without sound, or over four hours long.
    """
    mix = _mixing(source, check)
    clipping = _Clipping()
    with raw.open("wb") as file:
        count = 0
        rate, blocks = _open(source)
        for block in resample_blocks(((clipping.seen(block) @ mix)[:, None] for block in blocks), rate, SAMPLE_RATE):
            check()
            file.write(np.ascontiguousarray(block, "<f4").data)
            count += len(block)
    if not count:
        raise InputError(f"The sound file {source} is empty.", remedy="Export or record it again.")
    meter = LoudnessMeter(SAMPLE_RATE, 1)
    for _, clear in _parts(raw, count, check):
        meter.add(clear)
    return Taken(count, meter.integrated(), clipping.found)


def master(raw: Path, taken: Taken, out: Path, target: float, ceiling: float, check: Check) -> None:
    """Make a narration of what :func:`take_in` wrote, as the voices' is made (:func:`.dynamics.speech_chain`): 24-bit
    FLAC of the same length at ``target`` LUFS, peaks under ``ceiling`` dBTP. ``raw`` is used up.
    """
    with raw.open("r+b") as file:
        for start, pressed in _parts(raw, taken.samples, check, _pressed(taken.loudness)):
            file.seek(start * _BYTES)
            file.write(np.ascontiguousarray(pressed, "<f4").data)
            file.flush()

    def blocks() -> Iterator[Samples]:
        return (_read_raw(raw, start, BLOCK) for start in range(0, taken.samples, BLOCK))

    gain = solve(blocks, SAMPLE_RATE, target=target, ceiling=ceiling, check=check)
    with soundfile.SoundFile(out, "w", SAMPLE_RATE, 1, "PCM_24", format="FLAC") as made:
        for number, block in enumerate(blocks()):
            check()
            made.write(gain.apply(block, number * BLOCK))


def _pressed(loudness: float) -> Callable[[Samples], Samples]:
    def change(clear: Samples) -> Samples:
        held = de_ess(clear, SAMPLE_RATE, loudness=loudness)
        return compress(held, SAMPLE_RATE, threshold=loudness + 2.0)

    return change if isfinite(loudness) else np.zeros_like


def _read_raw(raw: Path, start: int, count: int) -> Samples:
    return np.fromfile(raw, np.float32, count, offset=start * _BYTES)


def _parts(
    raw: Path, count: int, check: Check, change: Callable[[Samples], Samples] | None = None
) -> Iterator[tuple[int, Samples]]:
    """The high-passed (and ``change``d) sound part by part, each heard with what is around it.

    The caller may overwrite a part once it has it: its end is remembered for the next.
    """
    before = np.zeros(0, np.float32)
    for start in range(0, count, _PART):
        check()
        part = _read_raw(raw, start, _PART + _CONTEXT)
        own = min(_PART, count - start)
        around = np.concatenate([before, part])
        clear = high_pass(around, SAMPLE_RATE)
        done = change(clear) if change else clear
        lead = len(before)
        before = part[max(0, own - _CONTEXT) : own]
        yield start, done[lead : lead + own]


def _open(source: Path) -> tuple[int, Iterator[Samples]]:
    """The rate, and consecutive (n, channels) blocks."""
    try:
        with source.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise InputError(f"The recording {source} cannot be opened: {why}.") from error
    if head[4:8] == b"ftyp" or head.startswith(_CONTAINERS):
        return SAMPLE_RATE, _decoded(source)
    sound = Sound(source)
    return sound.rate, _read(sound)


def _read(sound: Sound) -> Iterator[Samples]:
    with sound:
        yield from sound.blocks()


def _decoded(source: Path) -> Iterator[Samples]:
    import av  # noqa: PLC0415 - only recordings in containers need it
    import av.error  # noqa: PLC0415

    try:
        with av.open(str(source)) as container:
            if not container.streams.audio:
                raise InputError(f"There is no sound in {source}.", remedy="Give the file with the voice in it.")
            stream = container.streams.audio[0]
            layout = "stereo" if stream.codec_context.channels > 1 else "mono"
            resampler = av.AudioResampler(format="flt", layout=layout, rate=SAMPLE_RATE)
            frames = 0
            for frame in _with_end(container.decode(stream)):
                for part in resampler.resample(frame):
                    block: Samples = np.asarray(part.to_ndarray(), np.float32).reshape(
                        -1, 2 if layout == "stereo" else 1
                    )
                    frames += len(block)
                    if frames > LONGEST_SECONDS * SAMPLE_RATE:
                        raise InputError(f"The recording {source} is over {LONGEST_SECONDS // 3600} hours long.")
                    yield block
    except av.error.FFmpegError as error:
        raise InputError(f"The recording {source} is damaged: {error.strerror}.", remedy=_EXPORT) from error


def _with_end(frames: Iterator[Any]) -> Iterator[Any]:
    """The frames, and None, at which a resampler gives what it still holds."""
    yield from frames
    yield None


def _mixing(source: Path, check: Check) -> Samples:
    """How much of each channel goes into the voice: even shares, or the loudest alone when they cancel out."""
    power: NDArray[np.float64] | None = None
    together = 0.0
    _, blocks = _open(source)
    for block in blocks:
        check()
        if block.shape[1] == 1:
            return np.ones(1, np.float32)
        squares = np.square(block, dtype=np.float64).sum(axis=0)
        power = squares if power is None else power + squares
        together += float(np.square(block.mean(axis=1, dtype=np.float64)).sum())
    if power is None:
        return np.ones(1, np.float32)
    count = len(power)
    if together < 0.1 * float(power.max()) / count:
        return np.asarray(np.arange(count) == int(power.argmax()), np.float32)
    return np.full(count, 1 / count, np.float32)


class _Clipping:
    """Notices waves that were cut off at full scale."""

    def __init__(self) -> None:
        self._runs = 0
        self._seen = 0

    def seen(self, block: Samples) -> Samples:
        """The block itself."""
        top = np.abs(block).max(axis=1) >= _CLIPPED
        held = top.copy()
        for step in range(1, _CLIPPED_RUN):
            held[step:] &= top[:-step]
            held[:step] = False
        self._runs += int(held.sum())
        self._seen += len(block)
        return block

    @property
    def found(self) -> bool:
        return self._runs > _CLIPPED_SHARE * self._seen
