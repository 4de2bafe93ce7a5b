"""How the music makes room for speech: from the known times of the words, so that it is out of the way in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.timeline import AudioPlan, Ducking, Span


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
        fall, rise = max(1, _samples(ducking.attack_ms)), max(1, _samples(ducking.release_ms))
        down, up = np.arange(fall, 0, -1) / fall, np.arange(1, rise + 1) / rise
        self._fall, self._rise = self._curve(down), self._curve(up)
        self._floor = np.float32(10 ** (self._depth / 20))

    def _curve(self, outside: NDArray[np.float64]) -> NDArray[np.float32]:
        """Factors on a slope; ``outside`` is how far along it one is from full ducking (0) to none (1)."""
        near = 0.5 + 0.5 * np.cos(np.pi * outside)
        return np.asarray(10 ** (self._depth * near / 20), np.float32)

    def gain(self, start: int, stop: int) -> NDArray[np.float32]:
        """Factors for the samples ``[start, stop)``."""
        factors = np.ones(stop - start, np.float32)
        touched = (self._low - len(self._fall) < stop) & (self._high + len(self._rise) >= start)
        for low, high in zip(self._low[touched], self._high[touched], strict=True):
            _lower(factors, low - len(self._fall) - start, self._fall)
            factors[max(0, low - start) : max(0, high + 1 - start)] = self._floor
            _lower(factors, high + 1 - start, self._rise)
        return factors


def _lower(factors: NDArray[np.float32], at: int, curve: NDArray[np.float32]) -> None:
    """Bring the factors from place ``at`` on, which may lie outside, down to those of a curve."""
    first, last = max(0, at), min(len(factors), at + len(curve))
    if first < last:
        window = factors[first:last]
        np.minimum(window, curve[first - at : last - at], out=window)


def ducking_gain(spoken: Sequence[Span], samples: int, ducking: Ducking) -> NDArray[np.float32]:
    """The whole envelope, one factor a sample; long timelines are better asked for in parts, of :class:`Ducker`."""
    return Ducker(spoken, ducking).gain(0, samples)


def told(plan: AudioPlan, samples: int, *, clips: bool) -> list[tuple[int, int]]:
    """What a mix of ``samples`` samples depends on of when someone speaks: nothing where nothing makes room for it,
    else the stretches. Sound effects look at each span, and spans beyond the end are refused. With ``clips``, shots
    are heard.
    """
    beyond = any(span.end > samples for span in plan.spoken)
    if plan.effects or beyond:
        return [(span.start, span.end) for span in plan.spoken]
    return merge(plan.spoken, _samples(plan.ducking.merge_gap_ms)) if plan.music or clips else []


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
