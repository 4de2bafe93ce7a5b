"""How the music makes room for speech: from the known times of the words, so that it is out of the way in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import Ducking, Span


class Ducker:
    """The music's gain at any sample of the timeline; positions are samples at 48 kHz.

    Speech separated by less than the merge gap is one stretch. The gain falls during ``attack_ms`` to ``depth_db``,
    which it reaches ``ahead_ms`` before the stretch, holds ``hold_ms`` beyond its end and comes back during
    ``release_ms``; both slopes are raised cosines in dB. Where two stretches' slopes meet, the lower gain counts.
    """

    def __init__(self, spoken: Sequence[Span], ducking: Ducking) -> None:
        stretches = np.array(merge(spoken, _samples(ducking.merge_gap_ms)), dtype=np.int64).reshape(-1, 2)
        self._depth = ducking.depth_db
        self._low = stretches[:, 0] - _samples(ducking.ahead_ms)
        self._high = stretches[:, 1] + _samples(ducking.hold_ms)
        self._fall = max(1, _samples(ducking.attack_ms))
        self._rise = max(1, _samples(ducking.release_ms))

    def gain(self, start: int, stop: int) -> NDArray[np.float32]:
        """Factors for the samples ``[start, stop)``."""
        depth = np.zeros(stop - start)  # 0: the music as it is, 1: fully ducked
        touched = (self._low - self._fall < stop) & (self._high + self._rise > start)
        for low, high in zip(self._low[touched], self._high[touched], strict=True):
            first, last = max(start, low - self._fall), min(stop, high + self._rise)
            places = np.arange(first, last)
            outside = np.maximum((low - places) / self._fall, (places - high) / self._rise)
            near = 0.5 + 0.5 * np.cos(np.pi * np.clip(outside, 0.0, 1.0))
            window = depth[first - start : last - start]
            np.maximum(window, near, out=window)
        factors: NDArray[np.float32] = (10 ** (self._depth * depth / 20)).astype(np.float32)
        return factors


def ducking_gain(spoken: Sequence[Span], samples: int, ducking: Ducking) -> NDArray[np.float32]:
    """The whole envelope, one factor a sample; long timelines are better asked for in parts, of :class:`Ducker`."""
    return Ducker(spoken, ducking).gain(0, samples)


def merge(spoken: Sequence[Span], gap: int) -> list[tuple[int, int]]:
    """Stretches of speech in order, those less than ``gap`` samples apart joined; spans may overlap and be unsorted."""
    stretches: list[tuple[int, int]] = []
    for span in sorted(spoken, key=lambda span: span.start):
        if stretches and span.start - stretches[-1][1] < gap:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], span.end))
        elif span.end > span.start:
            stretches.append((span.start, span.end))
    return stretches


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
