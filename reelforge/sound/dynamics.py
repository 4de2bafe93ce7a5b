"""Level: high-pass, compressor, look-ahead true-peak limiter, and the three together as a chain for speech.

Gains are computed once for every :data:`HOP` samples (0.7 ms at 48 kHz) for whole arrays at a time and interpolated
between. Nothing here delays the sound: word times stay true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.filters import butter, convolve1d, maximum_filter1d, sosfilt
from reelforge.sound.loudness import BLOCK, LoudnessMeter, PeakMeter, amplitude, decibels, integrated

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
_LEAST_SLOPE = 0.1
"""Where a decibel more of gain brings less loudness than this, the limiter has nothing left to give."""


@dataclass(frozen=True)
class Gain:
    """A gain to apply: one factor at the start of every hop, straight lines between."""

    factors: Curve
    loudness: float
    """LUFS of what comes out, −∞ when nothing does."""
    peak: float
    """dBTP of what comes out."""

    def apply(self, block: Samples, start: int) -> Samples:
        """The samples from ``start`` on, (n,) or (n, channels), changed by the gain."""
        return _ride(block, start, self.factors)

    def changed(self, db: float) -> Gain:
        """This gain and ``db`` more."""
        return Gain(self.factors * amplitude(db), self.loudness + db, self.peak + db)


def high_pass(x: Samples, rate: int, corner: float = 80.0) -> Samples:
    """Take away what lies below a voice: hum, steps, plosive thumps; −3 dB at ``corner`` Hz, 24 dB an octave.

    Filtered forwards and backwards: turning the phases of a voice's harmonics would raise its peaks by decibels.
    """
    each_way = corner * (2**0.5 - 1) ** 0.25  # twice −1.5 dB at the corner
    sections = butter(2, each_way, "highpass", fs=rate, output="sos")
    forwards = sosfilt(sections, x.astype(np.float64), axis=0)
    return np.asarray(sosfilt(sections, forwards[::-1], axis=0)[::-1], dtype=np.float32)


def compress(
    x: Samples,
    rate: int,
    *,
    threshold: float,
    ratio: float = 3.0,
    knee: float = 8.0,
    attack: float = 0.005,
    release: float = 0.12,
) -> Samples:
    """Bring loud syllables nearer to quiet ones, without make-up gain.

    ``threshold`` (dBFS of the short-time effective value) and ``knee`` in dB, times in seconds. The gain looks ahead by
    the attack; afterwards the reduction shrinks to 1/e in each ``release``.
    """
    power = np.square(x.astype(np.float64))
    if x.ndim == 2:
        power = power.max(axis=1)
    hops = np.add.reduceat(power, np.arange(0, len(power), HOP)) / HOP
    window = max(1, round(0.01 * rate / HOP))
    level = 10 * np.log10(_smoothed(hops, window) + 1e-12)
    over = level - threshold
    bent = np.where(over <= -knee / 2, 0.0, np.where(over >= knee / 2, over, (over + knee / 2) ** 2 / (2 * knee)))
    reduction = _fall_back(bent * (1 - 1 / ratio), release * rate / HOP)
    reach = max(1, round(attack * rate / HOP))
    reduction = _smoothed(maximum_filter1d(reduction, 2 * reach + 1, mode="nearest"), 2 * reach + 1)
    return _ride(x, 0, np.append(10 ** (-reduction / 20), 10 ** (-reduction[-1] / 20)))


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


def speech_chain(x: Samples, rate: int, target: float = -16.0, ceiling: float = -1.0) -> Samples:
    """A raw voice, (n,) mono, made fit to publish: high-passed, compressed, and levelled as :func:`level` does."""
    if not len(x):
        return x
    clear = high_pass(x, rate)
    loudness = integrated(clear, rate)
    if not isfinite(loudness):
        return np.zeros_like(clear)
    pressed = compress(clear, rate, threshold=loudness + 2.0)
    return level(pressed, rate, target, ceiling)


def solve(
    blocks: Blocks, rate: int, *, target: float | None, ceiling: float, check: Callable[[], None] = lambda: None
) -> Gain:
    """Find the gain that brings a sound to ``target`` LUFS (``None``: keep its level) under ``ceiling`` dBTP.

    The sound is gone through a few times and never held as a whole; ``check`` is called between blocks and may raise.
    The limiter takes loudness away, so gain is added again until ±0.05 LU are met or adding changes nothing more.
    """
    meter, peaks = _measured(blocks, rate, check)
    top = decibels(float(peaks.max(initial=0.0)))
    gain, loudness = _plain_gain(meter, target)
    if top + gain <= ceiling:
        return Gain(np.full(len(peaks) + 1, amplitude(gain)), loudness, top + gain)
    before: tuple[float, float] | None = None
    for _ in range(_PASSES):
        factors = _limited(peaks, gain, ceiling - _MARGIN_DB, rate)
        got = _loudness(blocks, rate, factors, check)
        missing = 0.0 if target is None or not isfinite(got) else target - got
        slope = min(1.0, (got - before[1]) / (gain - before[0])) if before else 1.0
        if abs(missing) <= TOLERANCE_LU or slope < _LEAST_SLOPE:
            break
        before = (gain, got)
        gain += float(np.clip(missing / slope, -_LARGEST_STEP_DB, _LARGEST_STEP_DB))
    peak = _peak(blocks, rate, factors, check)
    return Gain(factors, got, peak).changed(min(0.0, ceiling - peak))  # a moving gain can lift a peak by hundredths


def _measured(blocks: Blocks, rate: int, check: Callable[[], None]) -> tuple[LoudnessMeter | None, NDArray[np.float32]]:
    loudness: LoudnessMeter | None = None
    peaks = PeakMeter(rate, HOP)
    for block in blocks():
        check()
        loudness = loudness or LoudnessMeter(rate, 1 if block.ndim == 1 else block.shape[1])
        loudness.add(block)
        peaks.add(block)
    return loudness, peaks.finish()


def _plain_gain(meter: LoudnessMeter | None, target: float | None) -> tuple[float, float]:
    """(dB to add to reach the target without limiting, LUFS then)."""
    loudness = meter.integrated() if meter else float("-inf")
    if meter is None or target is None or not isfinite(loudness):
        return 0.0, loudness
    gain = 0.0
    for _ in range(_PASSES):  # a very quiet sound has parts that come over the absolute gate as it gets louder
        gain = min(gain + target - loudness, MOST_GAIN_DB)
        loudness = meter.integrated(gain)
        if abs(loudness - target) < TOLERANCE_LU or gain == MOST_GAIN_DB:
            break
    return gain, loudness


def _loudness(blocks: Blocks, rate: int, factors: Curve, check: Callable[[], None]) -> float:
    meter: LoudnessMeter | None = None
    start = 0
    for block in blocks():
        check()
        meter = meter or LoudnessMeter(rate, 1 if block.ndim == 1 else block.shape[1])
        meter.add(_ride(block, start, factors))
        start += len(block)
    return meter.integrated() if meter else float("-inf")


def _peak(blocks: Blocks, rate: int, factors: Curve, check: Callable[[], None]) -> float:
    meter = PeakMeter(rate, HOP)
    start = 0
    for block in blocks():
        check()
        meter.add(_ride(block, start, factors))
        start += len(block)
    return decibels(float(meter.finish().max(initial=0.0)))


def _limited(peaks: NDArray[np.float32], gain: float, ceiling: float, rate: int) -> Curve:
    """Factors at the edges of hops that add ``gain`` and bring every hop's peak under ``ceiling``.

    The reduction is widened by half the look-ahead on both sides and then averaged over as much, so that no average
    can fall short of the peak it is for.
    """
    over = np.maximum(0.0, 20 * np.log10(np.maximum(peaks, 1e-9).astype(np.float64)) + gain - ceiling)
    edges = np.maximum(np.append(over, 0.0), np.insert(over, 0, 0.0))
    reach = max(1, round(_LOOK_AHEAD_S / 2 * rate / HOP))
    held = maximum_filter1d(_fall_back(edges, _RELEASE_S * rate / HOP), 2 * reach + 1, mode="nearest")
    return np.asarray(10 ** ((gain - _smoothed(held, 2 * reach + 1)) / 20))


def _fall_back(reduction: Curve, hops: float) -> Curve:
    """Each value, or what is left of an earlier one that shrinks to 1/e in so many ``hops``, whichever is more."""
    passed = np.arange(len(reduction)) / hops
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(np.maximum.accumulate(np.log(reduction) + passed) - passed))


def _smoothed(values: Curve, size: int) -> Curve:
    window = np.hanning(size + 2)[1:-1]
    return np.asarray(convolve1d(values, window / window.sum(), mode="nearest"))


def _ride(x: Samples, start: int, factors: Curve) -> Samples:
    result = np.empty_like(x)
    for at in range(0, len(x), BLOCK):
        piece = x[at : at + BLOCK]
        places = np.arange(start + at, start + at + len(piece))
        first, last = int(places[0]) // HOP, int(places[-1]) // HOP + 2
        gains = np.interp(places, np.arange(first, last) * HOP, factors[first:last]).astype(np.float32)
        result[at : at + BLOCK] = piece * (gains if x.ndim == 1 else gains[:, None])
    return result


def _blocks_of(x: Samples) -> Blocks:
    return lambda: (x[start : start + BLOCK] for start in range(0, len(x), BLOCK))
