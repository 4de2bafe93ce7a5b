"""Level: the gain that brings a sound to a loudness without letting a true peak through.

Gains are computed once for every :data:`HOP` samples (0.7 ms at 48 kHz) and interpolated between. Nothing here delays
the sound: word times stay true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from math import isfinite
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from reelforge.sound.filters import highest_around, smoothed
from reelforge.sound.loudness import BLOCK, HighestPeak, LoudnessMeter, PeakMeter, amplitude, decibels

Samples = NDArray[np.float32]
Curve = NDArray[np.float64]
"""One value a hop."""
Blocks = Callable[[], Iterable[Samples]]
"""Starts the same sound again: consecutive (n, channels) blocks."""

HOP: Final = 32
TOLERANCE_LU: Final = 0.05
MOST_GAIN_DB: Final = 48.0
"""A recording that needs more than this holds no sound worth bringing up."""

_LOOK_AHEAD_S = 0.005
_RELEASE_S = 0.06
_PASSES = 10
_MARGIN_DB = 0.005
_LARGEST_STEP_DB = 6.0
_CLOSE_LU = 0.01
_LEAST_SLOPE = 0.1
"""Where a decibel more of gain brings less loudness than this, the limiter has nothing left to give."""
_WITHIN: Final = np.arange(HOP, dtype=np.float32) / HOP


class Gain(Struct, frozen=True):
    """A gain to apply: one factor at the start of every hop, straight lines between."""

    factors: Curve
    loudness: float
    """LUFS of what comes out, −∞ when nothing does."""
    peak: float
    """dBTP of what comes out."""
    steady: bool = False
    """Whether all factors are one."""

    def apply(self, block: Samples, start: int) -> Samples:
        """The samples from ``start`` on, (n,) or (n, channels), changed by the gain."""
        return block * np.float32(self.factors[0]) if self.steady else ride(block, start, self.factors)

    def changed(self, db: float) -> Gain:
        """This gain and ``db`` more."""
        return Gain(self.factors * amplitude(db), self.loudness + db, self.peak + db, self.steady)


def limit(x: Samples, rate: int, ceiling: float = -1.0) -> Samples:
    """Hold the true peak at or below ``ceiling`` dBTP; sound that stays below it comes back unchanged."""
    if not len(x):
        return x
    return solve(_blocks_of(x), rate, target=None, ceiling=ceiling).apply(x, 0)


def level(x: Samples, rate: int, target: float, ceiling: float = -1.0) -> Samples:
    """Bring (n,) or (n, channels) to ``target`` LUFS (±0.1) with no true peak above ``ceiling`` dBTP.

    When both cannot be had (single clicks, say) the ceiling is held and the sound is quieter. Silence stays silence.
    """
    if not len(x):
        return x
    return solve(_blocks_of(x), rate, target=target, ceiling=ceiling).apply(x, 0)


def solve(
    blocks: Blocks, rate: int, *, target: float | None, ceiling: float, check: Callable[[], None] = lambda: None
) -> Gain:
    """Find the gain that brings a sound to ``target`` LUFS (``None``: keep its level) under ``ceiling`` dBTP.

    The sound is gone through two or three times and never held as a whole; ``check`` is called between blocks and may
    raise.
    """
    levels = Levels(rate)
    for block in blocks():
        check()
        levels.add(block)
    aim, bound = target, ceiling - _MARGIN_DB
    for _ in range(_PASSES):
        gain = levels.gain(aim, bound)
        if gain.steady:
            return gain
        gain = _heard(blocks, rate, gain, check)
        over, off = gain.peak - ceiling, 0.0 if target is None else target - gain.loudness
        if over <= 0 and (abs(off) <= TOLERANCE_LU or aim is None or not isfinite(off) or levels.spent(aim, bound)):
            return gain
        aim, bound = None if aim is None else aim + off, bound - max(0.0, over)
    return gain.changed(min(0.0, ceiling - gain.peak))


class Levels:
    """What a sound's loudness and peaks would be under any gain, known after going through it once: the weighted energy
    and the true peak of every hop. (A gain moves so little within a hop and within the weighting's memory that its
    square on the energies is the loudness to some hundredths.)
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._meter: LoudnessMeter | None = None
        self._peak_meter = PeakMeter(rate, HOP)

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        self._meter = self._meter or LoudnessMeter(self._rate, 1 if block.ndim == 1 else block.shape[1], HOP)
        self._meter.add(block)
        self._peak_meter.add(block)

    @cached_property
    def _peaks(self) -> NDArray[np.float32]:
        return self._peak_meter.finish()

    def gain(self, target: float | None, ceiling: float) -> Gain:
        """The gain to ``target`` LUFS (``None``: the sound's own level) under ``ceiling`` dBTP, once all is added.

        The limiter takes loudness away, so gain is added again until it is met, or until adding changes nothing more.
        """
        db, loudness = self._plain(target)
        top = decibels(float(self._peaks.max(initial=0.0)))
        if top + db <= ceiling:
            return Gain(np.full(len(self._peaks) + 1, amplitude(db)), loudness, top + db, steady=True)
        before: tuple[float, float] | None = None
        for _ in range(_PASSES):
            factors = _limited(self._peaks, db, ceiling, self._rate)
            got = self._loudness(factors)
            missing = 0.0 if target is None or not isfinite(got) else target - got
            slope = min(1.0, (got - before[1]) / (db - before[0])) if before else 1.0
            if abs(missing) <= _CLOSE_LU or slope < _LEAST_SLOPE:
                break
            before = (db, got)
            db += float(np.clip(missing / slope, -_LARGEST_STEP_DB, _LARGEST_STEP_DB))
        return Gain(factors, got, ceiling)

    def spent(self, target: float, ceiling: float) -> bool:
        """Whether the limiter cannot give as much as ``target`` LUFS under ``ceiling``."""
        return self.gain(target, ceiling).loudness < target - TOLERANCE_LU

    def _loudness(self, factors: float | Curve) -> float:
        if self._meter is None:
            return float("-inf")
        if isinstance(factors, float):
            return self._meter.integrated(factors)
        return self._meter.integrated((factors[:-1] + factors[1:]) / 2)

    def _plain(self, target: float | None) -> tuple[float, float]:
        """(dB to add to reach the target without limiting, LUFS then)."""
        loudness = self._loudness(1.0)
        if target is None or not isfinite(loudness):
            return 0.0, loudness
        gain = 0.0
        for _ in range(_PASSES):  # a very quiet sound has parts that come over the absolute gate as it gets louder
            gain = min(gain + target - loudness, MOST_GAIN_DB)
            loudness = self._loudness(amplitude(gain))
            if abs(loudness - target) < TOLERANCE_LU or gain == MOST_GAIN_DB:
                break
        return gain, loudness


def _heard(blocks: Blocks, rate: int, gain: Gain, check: Callable[[], None]) -> Gain:
    """The same gain, with the loudness and peak that it really gives."""
    meter, peak, start = None, HighestPeak(rate), 0
    for block in blocks():
        check()
        ridden = gain.apply(block, start)
        meter = meter or LoudnessMeter(rate, 1 if block.ndim == 1 else block.shape[1])
        meter.add(ridden)
        peak.add(ridden)
        start += len(block)
    return replace(gain, loudness=meter.integrated() if meter else float("-inf"), peak=decibels(peak.finish()))


def _limited(peaks: NDArray[np.float32], gain: float, ceiling: float, rate: int) -> Curve:
    """Factors at the edges of hops that add ``gain`` and bring every hop's peak under ``ceiling``.

    The reduction is widened by half the look-ahead on both sides and then averaged over as much, so that no average
    can fall short of the peak it is for.
    """
    over = np.maximum(0.0, 20 * np.log10(np.maximum(peaks, 1e-9).astype(np.float64)) + gain - ceiling)
    edges = np.maximum(np.append(over, 0.0), np.insert(over, 0, 0.0))
    reach = max(1, round(_LOOK_AHEAD_S / 2 * rate / HOP))
    held = highest_around(fall_back(edges, _RELEASE_S * rate / HOP), reach)
    return np.asarray(10 ** ((gain - smoothed(held, 2 * reach + 1)) / 20))


def fall_back(reduction: Curve, hops: float) -> Curve:
    """Each reduction (dB), or what is left of an earlier one that shrinks to 1/e in so many ``hops``: the greater."""
    passed = np.arange(len(reduction)) / hops
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.maximum.accumulate(np.log(reduction) + passed) - passed))


def ride(x: Samples, start: int, factors: Curve, out: Samples | None = None) -> Samples:
    """Samples from ``start`` on, (n,) or (n, channels), under factors at the edges of hops; ``out`` may be ``x``."""
    result = np.empty_like(x) if out is None else out
    for at in range(0, len(x), BLOCK):
        piece = x[at : at + BLOCK]
        first, lead = divmod(start + at, HOP)
        edges = factors[first : first - (-(lead + len(piece)) // HOP) + 1].astype(np.float32)
        lines = edges[:-1, None] + (edges[1:] - edges[:-1])[:, None] * _WITHIN
        gains = lines.reshape(-1)[lead : lead + len(piece)]
        np.multiply(piece, gains if x.ndim == 1 else gains[:, None], out=result[at : at + BLOCK])
    return result


def _blocks_of(x: Samples) -> Blocks:
    return lambda: (x[start : start + BLOCK] for start in range(0, len(x), BLOCK))
