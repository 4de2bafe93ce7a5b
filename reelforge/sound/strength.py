"""How strong a sound is from moment to moment, for what follows it: effects, and bars that dance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.containers import open_sound
from reelforge.sound.files import Samples

_LOUD_SHARE: Final = 0.95
"""The level that this share of all moments stays below counts as full: no single hit sets the scale."""
_DIGITS: Final = 3


def strength(path: Path, moments_a_second: int = 30, check: Callable[[], None] = lambda: None) -> tuple[float, ...]:
    """The root mean square of each moment, 0–1, 1 where the sound is at its loudest; all 0 for silence.

    ``check`` is called between blocks and may raise. Raises InputError for a file that cannot be read.
    """
    with open_sound(path) as sound:
        meter = StrengthMeter(sound.rate, moments_a_second)
        for block in sound.blocks():
            check()
            meter.add(block)
        return meter.finish()


class StrengthMeter:
    """Takes consecutive (n, channels) blocks at ``rate`` Hz and keeps one number for each moment of them."""

    def __init__(self, rate: int, moments_a_second: int = 30) -> None:
        self._rate, self._moments = rate, moments_a_second
        self._sums: list[float] = []
        self._seen = 0

    def add(self, block: Samples) -> None:
        """The next samples."""
        if not len(block):
            return
        exact = block.astype(np.float64)
        power = np.einsum("ij,ij->i", exact, exact) / block.shape[1]
        first = self._moment(self._seen)
        last = self._moment(self._seen + len(block) - 1)
        edges = [max(0, self._edge(number) - self._seen) for number in range(first, last + 1)]
        sums = np.add.reduceat(power, edges)
        self._sums += [0.0] * (last + 1 - len(self._sums))
        for number, found in enumerate(sums, start=first):
            self._sums[number] += float(found)
        self._seen += len(block)

    def finish(self) -> tuple[float, ...]:
        """How strong each moment was, 0–1; the last may be of fewer samples."""
        counts = [min(self._edge(number + 1), self._seen) - self._edge(number) for number in range(len(self._sums))]
        levels: NDArray[np.float64] = np.sqrt(np.asarray(self._sums) / np.maximum(counts, 1))
        full = float(np.quantile(levels, _LOUD_SHARE)) if len(levels) else 0.0
        if full <= 0:
            return (0.0,) * len(levels)
        return tuple(round(float(level), _DIGITS) for level in np.clip(levels / full, 0, 1))

    def _edge(self, moment: int) -> int:
        return round(moment * self._rate / self._moments)

    def _moment(self, sample: int) -> int:
        """The moment that a sample belongs to; edges are rounded, so the neighbours are tried."""
        near = sample * self._moments // self._rate
        return next(number for number in (near + 1, near, near - 1) if self._edge(number) <= sample)
