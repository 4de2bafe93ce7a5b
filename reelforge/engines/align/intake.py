"""A person's recording, whatever its format, as mono speech at 48 kHz and the loudness of a narration.

Everything is read, filtered and written in blocks: three hours take as little memory as three minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.errors import InputError
from reelforge.sound.containers import open_sound
from reelforge.sound.narration import voice_loudness
from reelforge.sound.resample import resample_blocks
from reelforge.sound.tape import Tape

Samples = NDArray[np.float32]
Check = Callable[[], None]

_CLIPPED: Final = 0.985
_CLIPPED_RUN: Final = 3
"""Samples in a row at full scale: a single one may be a peak, three are a cut-off wave."""
_CLIPPED_SHARE: Final = 5e-4


class Taken(Struct, frozen=True):
    """What was taken in: its length at 48 kHz, its loudness (LUFS, −∞ for silence), and whether it is clipped."""

    samples: int
    loudness: float
    clipped: bool


def take_in(source: Path, tape: Tape, check: Check) -> Taken:
    """Decode ``source`` onto an empty tape of mono sound at 48 kHz.

    Channels are averaged, or the louder is taken where they cancel each other. Raises InputError for a file that is
    missing, damaged, empty, without sound, or over four hours long.
    """
    mix = _mixing(source, check)
    clipping = _Clipping()
    with open_sound(source) as sound:
        mixed = ((clipping.seen(block) @ mix)[:, None] for block in sound.blocks())
        for block in resample_blocks(mixed, sound.rate, SAMPLE_RATE):
            check()
            tape.append(block[:, 0])
    if not len(tape):
        raise InputError(f"The sound file {source} is empty.", remedy="Export or record it again.")
    return Taken(len(tape), voice_loudness(tape, SAMPLE_RATE, check), clipping.found)


def _mixing(source: Path, check: Check) -> Samples:
    """How much of each channel goes into the voice: even shares, or the loudest alone when they cancel out."""
    power: NDArray[np.float64] | None = None
    together = 0.0
    with open_sound(source) as sound:
        if sound.channels == 1:
            return np.ones(1, np.float32)
        for block in sound.blocks():
            check()
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
