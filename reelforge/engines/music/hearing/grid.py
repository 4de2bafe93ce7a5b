"""Bar lines from beats: a steady tempo as two numbers, exact over the whole track, or each beat where it is not."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.engines.music.hearing.meter import Bars

Floats = NDArray[np.float64]

_STEADY_SECONDS: Final = 0.02
"""Nine of ten beats of a steady track lie this near to its grid ..."""
_WANDER_SECONDS: Final = 0.008
"""... and the mean of sixteen in a row so near."""
_SNAP_SECONDS: Final = 0.012
"""A whole tempo is taken instead of a measured one that leads to the same place within this over the whole track."""
_EDGE_SECONDS: Final = 0.02
"""By how much the first bar line may lie before the file, or the last beyond it, and still be meant."""
_RUN: Final = 16


class Grid(NamedTuple):
    """``bars`` bars of ``beats_per_bar`` beats from ``first`` (seconds) on, at ``bpm``; ``beats`` (samples at 48 kHz,
    one more than there are in the bars) where the tempo is not steady, else empty.
    """

    bpm: float
    first: float
    beats_per_bar: int
    bars: int
    beats: tuple[int, ...] = ()

    def line(self, bar: int) -> float:
        """The second at which a bar begins."""
        if self.beats:
            return self.beats[bar * self.beats_per_bar] / SAMPLE_RATE
        return self.first + bar * self.beats_per_bar * 60 / self.bpm


def grid_of(times: Floats, bars: Bars, seconds: float) -> Grid | None:
    """The grid of beats at ``times`` in a file of ``seconds``; None when not a single bar is whole."""
    return _steady(times, bars, seconds) or _uneven(times, bars, seconds)


def _steady(times: Floats, bars: Bars, seconds: float) -> Grid | None:
    numbers = _numbers(times)
    period, start = np.polyfit(numbers, times, 1, w=_inliers(numbers, times))
    off = times - (start + period * numbers)
    run = np.convolve(off, np.ones(_RUN) / _RUN, "valid") if len(off) >= _RUN else off
    if np.quantile(np.abs(off), 0.9) > _STEADY_SECONDS or np.abs(run).max() > _WANDER_SECONDS:
        return None
    bpm = 60 / period
    whole = float(round(bpm))
    if abs(60 / whole - period) * numbers[-1] / 2 < _SNAP_SECONDS:
        bpm, period = whole, 60 / whole
    start = float(np.median(times - period * numbers))
    bar = period * bars.beats
    first = start + period * numbers[bars.first]
    first -= bar * np.floor((first + _EDGE_SECONDS) / bar)
    first = max(0.0, float(first))
    count = int((seconds - first + _EDGE_SECONDS) / bar)
    if count < 1:
        return None
    first = round(max(0.0, min(first, seconds - count * bar)), 6)
    if first + count * bar > seconds + 0.5 / SAMPLE_RATE:
        count -= 1
    return Grid(round(float(bpm), 4), first, bars.beats, count) if count else None


def _uneven(times: Floats, bars: Bars, seconds: float) -> Grid | None:
    kept = times[bars.first :]
    kept = kept[kept <= seconds]
    count = (len(kept) - 1) // bars.beats
    if count < 1:
        return None
    samples = np.round(kept[: count * bars.beats + 1] * SAMPLE_RATE).astype(int)
    bpm = round(60 / float(np.median(np.diff(kept))), 3)
    return Grid(bpm, round(float(kept[0]), 6), bars.beats, count, tuple(int(sample) for sample in samples))


def _numbers(times: Floats) -> Floats:
    """The beats' numbers, where a gap of about two periods counts two."""
    steps = np.maximum(1, np.round(np.diff(times) / np.median(np.diff(times))))
    return np.concatenate([[0.0], np.cumsum(steps)])


def _inliers(numbers: Floats, times: Floats) -> Floats:
    """Weights for a line through the beats: little for those far from the line through the medians of either half."""
    half = len(times) // 2
    slope = (np.median(times[half:]) - np.median(times[:half])) / (
        np.median(numbers[half:]) - np.median(numbers[:half])
    )
    off = times - slope * numbers
    off -= np.median(off)
    return 1 / (1 + np.square(off / 0.02))
