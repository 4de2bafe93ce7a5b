"""Loudness and true peak after ITU-R BS.1770-4, measured block by block so that memory stays bounded."""

from __future__ import annotations

from functools import lru_cache
from math import log10, pi, tan
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.sound.filters import Planes, Recursive, low_pass, product

Samples = NDArray[np.float32]
Levels = NDArray[np.float64]

SILENCE_LUFS: Final = -70.0
"""The absolute gate of BS.1770: nothing below counts, so silence is written as this where −∞ cannot be."""
SILENCE_DBTP: Final = -120.0
BLOCK: Final = 1 << 16

_OFFSET = -0.691
_RELATIVE_GATE = -10.0
_BEFORE, _AFTER = 11, 12
"""Samples on either side that a value between two samples is worked out from."""
UNIT: Final = 32
"""Peaks are told for multiples of so many samples."""


def integrated(x: Samples, rate: int) -> float:
    """Gated loudness in LUFS of (n,) or (n, channels); −∞ for silence.

    Channels are in the order of WAV: left, right, centre, [low frequencies,] surrounds. Less than 400 ms, the length of
    a gating block, is measured as one block of its own length.
    """
    meter = LoudnessMeter(rate, 1 if x.ndim == 1 else x.shape[1])
    for start in range(0, len(x), BLOCK):
        meter.add(x[start : start + BLOCK])
    return meter.integrated()


def true_peak(x: Samples, rate: int) -> float:
    """The highest peak of the continuous signal in dBTP, four times oversampled (annex 2); −∞ for silence."""
    meter = HighestPeak(rate)
    for start in range(0, len(x), BLOCK):
        meter.add(x[start : start + BLOCK])
    return decibels(meter.finish())


def decibels(amplitude: float) -> float:
    """20 · log10; −∞ for zero."""
    return 20 * log10(amplitude) if amplitude > 0 else float("-inf")


def amplitude(db: float) -> float:
    """The factor that changes a level by ``db``."""
    return float(10 ** (db / 20))


class LoudnessMeter:
    """Takes consecutive blocks and keeps one number, the weighted energy, for every ``hop`` samples (10 ms unless said
    otherwise). A gating block's edge within a hop takes its share of it.
    """

    def __init__(self, rate: int, channels: int, hop: int | None = None) -> None:
        self._rate = rate
        self._hop = hop or max(1, rate // 100)
        self._filter = _weighting(rate)
        self._state = self._filter.start(channels)
        self._weights = _channel_weights(channels)
        self._energies: list[NDArray[np.float32]] = []
        self._held = np.zeros(0, np.float32)
        self._seen = 0

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        if not len(block):
            return
        weighted, self._state = self._filter.run(_planes(block), self._state)
        energy = self._weights @ np.square(weighted, out=weighted)
        held = np.concatenate([self._held, energy]) if len(self._held) else energy
        whole = len(held) // self._hop * self._hop
        self._energies.append(np.add.reduceat(held[:whole], np.arange(0, whole, self._hop)) if whole else held[:0])
        self._held = held[whole:].copy()
        self._seen += len(energy)

    @property
    def hops(self) -> int:
        """How many hops there are, the last one perhaps of fewer samples."""
        return -(-self._seen // self._hop)

    def integrated(self, factors: float | Levels = 1.0) -> float:
        """LUFS of everything so far, were it changed by a factor, or every hop by one of its own (which can lift parts
        over the absolute gate). The latter is exact as far as factors change little within the filters' memory, 4 ms.
        """
        if not self._seen:
            return float("-inf")
        energies = np.concatenate([*self._energies, self._held.sum(keepdims=True)], dtype=np.float64)
        energies = energies[: self.hops] * np.square(factors)
        whole = self._seen * 10 // self._rate
        if whole < 4:
            return _lufs(float(energies.sum()) / self._seen)
        places = np.minimum(np.arange(len(energies) + 1) * self._hop, self._seen)
        edges = -(-np.arange(whole + 1) * self._rate // 10)
        running = np.interp(edges, places, np.concatenate([[0.0], np.cumsum(energies)]))
        blocks = (running[4:] - running[:-4]) / (edges[4:] - edges[:-4])
        loud = blocks[blocks > _power(SILENCE_LUFS)]
        if not len(loud):
            return float("-inf")
        kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
        return _lufs(float(kept.mean()))


class PeakMeter:
    """Takes consecutive blocks and gives the true peak of every ``hop`` samples, over all channels, as amplitudes.

    The peak between samples n and n + 1 counts for the hop of n. ``hop`` is a multiple of :data:`UNIT`.
    """

    def __init__(self, rate: int, hop: int = 2 * UNIT) -> None:
        self._units = hop // UNIT
        self._between = _interpolator(rate)
        self._cutter = _Cutter()
        self._peaks: list[NDArray[np.float32]] = []

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        self._measure(self._cutter.add(_planes(block)))

    def finish(self) -> NDArray[np.float32]:
        """The peaks of all hops, the last one perhaps of fewer samples."""
        self._measure(self._cutter.finish())
        peaks = np.concatenate(self._peaks) if self._peaks else np.zeros(0, np.float32)
        return np.maximum.reduceat(peaks, np.arange(0, len(peaks), self._units)) if len(peaks) else peaks

    def _measure(self, held: Planes) -> None:
        if held.shape[1]:
            self._peaks.append(np.maximum(_sample_peaks(held), self._between.peaks(held)).max(axis=0))


class HighestPeak:
    """Takes consecutive blocks and keeps the one highest true peak, as an amplitude.

    What lies between samples is worked out only where it could be higher than what was found before: a value between
    them is at most the samples around it times the sum of the filter's absolute taps.
    """

    def __init__(self, rate: int) -> None:
        self._between = _interpolator(rate)
        self._cutter = _Cutter()
        self._highest = 0.0

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        self._measure(self._cutter.add(_planes(block)))

    def finish(self) -> float:
        """The peak of all that came."""
        self._measure(self._cutter.finish())
        return self._highest

    def _measure(self, held: Planes) -> None:
        if not held.shape[1]:
            return
        near = _sample_peaks(held, around=True)
        self._highest = max(self._highest, float(_sample_peaks(held).max()))
        for channel, reach in zip(held, near * self._between.most, strict=True):
            places = np.flatnonzero(reach > self._highest)
            if len(places):
                self._highest = max(self._highest, float(self._between.peaks(channel[None], places).max()))


class _Cutter:
    """Cuts blocks into whole units, each with the samples before and after it that its peaks depend on."""

    def __init__(self) -> None:
        self._held: Planes | None = None

    def add(self, planes: Planes) -> Planes:
        """(channels, :data:`_BEFORE` + units + :data:`_AFTER`), or no samples when there is no whole unit yet."""
        if self._held is None:
            self._held = np.zeros((len(planes), _BEFORE), np.float32)
        held = np.concatenate([self._held, planes], axis=1)
        ready = max(0, held.shape[1] - _BEFORE - _AFTER) // UNIT * UNIT
        self._held = held[:, ready:].copy()
        return held[:, : ready + _BEFORE + _AFTER] if ready else held[:, :0]

    def finish(self) -> Planes:
        """What is left, filled up with silence."""
        held, self._held = self._held, None
        if held is None or held.shape[1] <= _BEFORE:
            return np.zeros((1, 0), np.float32)
        left = held.shape[1] - _BEFORE
        return np.pad(held, ((0, 0), (0, -left % UNIT + _AFTER)))


class _Interpolator(Struct, frozen=True):
    """``matrix`` makes all values between the samples of a unit from the samples in and around it; none is higher than
    ``most`` times the highest of those.
    """

    matrix: Planes
    most: float

    def peaks(self, held: Planes, places: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """(channels, units), or those of the units at ``places`` alone."""
        rows = np.lib.stride_tricks.sliding_window_view(held, len(self.matrix), axis=1)[:, ::UNIT]
        rows = np.ascontiguousarray(rows if places is None else rows[:, places])
        width = self.matrix.shape[1]
        if not width:
            return np.zeros(rows.shape[:2], np.float32)
        between = product(rows, self.matrix)
        flat = np.abs(between, out=between).reshape(-1)
        highest: NDArray[np.float32] = np.maximum.reduceat(flat, np.arange(0, flat.size, width))
        return highest.reshape(rows.shape[:2])


def _sample_peaks(held: Planes, *, around: bool = False) -> NDArray[np.float32]:
    """(channels, units): the highest sample of each unit; or of all that its values depend on, and a few more."""
    sizes = np.abs(held)
    own = sizes[:, _BEFORE : held.shape[1] - _AFTER]
    peaks: NDArray[np.float32] = np.maximum.reduceat(own, np.arange(0, own.shape[1], UNIT), axis=1)
    if not around:
        return peaks
    edges = [sizes[:, :_BEFORE].max(axis=1, keepdims=True), sizes[:, -_AFTER:].max(axis=1, keepdims=True)]
    wider = np.concatenate([edges[0], peaks, edges[1]], axis=1)
    return np.asarray(np.maximum(np.maximum(wider[:, :-2], wider[:, 2:]), peaks))


def _planes(block: Samples) -> Planes:
    return np.ascontiguousarray(np.atleast_2d(block.T), np.float32)


def _lufs(power: float) -> float:
    return _OFFSET + 10 * log10(power) if power > 0 else float("-inf")


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _channel_weights(channels: int) -> NDArray[np.float32]:
    surround = {5: (1.0, 1.0, 1.0, 1.41, 1.41), 6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)}
    return np.array(surround.get(channels, (1.0,) * channels), np.float32)


@lru_cache(maxsize=8)
def _weighting(rate: int) -> Recursive:
    return Recursive(_k_weighting(rate))


@lru_cache(maxsize=8)
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """The two filters of BS.1770 for any rate, from the analogue prototypes behind its 48 kHz table
    (De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018).
    """
    k, q = tan(pi * 1681.974450955533 / rate), 0.7071752369554196
    high_gain = 10 ** (3.999843853973347 / 20)
    band_gain = high_gain**0.4996667741545416
    shelf = [
        high_gain + band_gain * k / q + k * k,
        2 * (k * k - high_gain),
        high_gain - band_gain * k / q + k * k,
        1 + k / q + k * k,
        2 * (k * k - 1),
        1 - k / q + k * k,
    ]
    k, q = tan(pi * 38.13547087602444 / rate), 0.5003270373238773
    bottom = 1 + k / q + k * k
    # The standard leaves this filter's numerator at 1, −2, 1 whatever the rate.
    high = [bottom, -2 * bottom, bottom, bottom, 2 * (k * k - 1), 1 - k / q + k * k]
    sections = np.array([shelf, high])
    return np.asarray(sections / sections[:, 3:4], dtype=np.float64)


@lru_cache(maxsize=4)
def _interpolator(rate: int) -> _Interpolator:
    """Four times as many values (two below 192 kHz, none above); within 0.05 dB up to 20 kHz at 48 kHz."""
    up = 4 if rate < 96_000 else 2 if rate < 192_000 else 1
    taps = low_pass(_AFTER * up, 1 / up, 5.0)
    table = np.zeros((_BEFORE + UNIT + _AFTER, UNIT, up - 1))
    for phase in range(1, up):
        row = taps[phase::up][::-1] / taps[phase::up].sum()
        for place in range(UNIT):
            table[place : place + len(row), place, phase - 1] = row
    most = float(np.abs(table).sum(axis=0).max(initial=0.0))
    return _Interpolator(table.reshape(len(table), -1).astype(np.float32), most)
