"""How strong a sound is from moment to moment, for what follows it: effects, and bars that dance."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from reelforge.sound.files import Sound

_LOUD_SHARE: Final = 0.95
"""The level that this share of all moments stays below counts as full: no single hit sets the scale."""
_DIGITS: Final = 3


def strength(path: Path, moments_a_second: int = 30) -> tuple[float, ...]:
    """The root mean square of each moment, 0–1, 1 where the sound is at its loudest; all 0 for silence.

    Raises InputError for a file that cannot be read.
    """
    squares: list[float] = []
    with Sound(path) as sound:
        edges = [round(number * sound.rate / moments_a_second) for number in range(_count(sound, moments_a_second) + 1)]
        for first, last in pairwise(edges):
            block = sound.read(last - first)
            squares.append(float(np.mean(np.square(block, dtype=np.float64))) if len(block) else 0.0)
    levels = np.sqrt(np.asarray(squares))
    full = float(np.quantile(levels, _LOUD_SHARE)) if len(levels) else 0.0
    if full <= 0:
        return (0.0,) * len(squares)
    return tuple(round(float(level), _DIGITS) for level in np.clip(levels / full, 0, 1))


def _count(sound: Sound, moments_a_second: int) -> int:
    return -(-sound.frames * moments_a_second // sound.rate)
