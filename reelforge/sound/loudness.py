"""Loudness and true peak after ITU-R BS.1770-4, measured block by block so that memory stays bounded."""

from __future__ import annotations

from functools import lru_cache
from math import log10, pi, tan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.filters import firwin, sosfilt, upfirdn

Samples = NDArray[np.float32]
Levels = NDArray[np.float64]

SILENCE_LUFS: Final = -70.0
"""The absolute gate of BS.1770: nothing below counts, so silence is written as this where −∞ cannot be."""
SILENCE_DBTP: Final = -120.0
BLOCK: Final = 1 << 16

_OFFSET = -0.691
_RELATIVE_GATE = -10.0
_HALF = 12


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
    meter = PeakMeter(rate)
    for start in range(0, len(x), BLOCK):
        meter.add(x[start : start + BLOCK])
    return decibels(float(meter.finish().max(initial=0.0)))


def decibels(amplitude: float) -> float:
    """20 · log10; −∞ for zero."""
    return 20 * log10(amplitude) if amplitude > 0 else float("-inf")


def amplitude(db: float) -> float:
    """The factor that changes a level by ``db``."""
    return float(10 ** (db / 20))


class LoudnessMeter:
    """Takes consecutive blocks and keeps one number for each 100 ms of them."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._sections = _k_weighting(rate)
        self._state = np.zeros((len(self._sections), 2, channels))
        self._weights = _channel_weights(channels)
        self._sums: list[Levels] = []  # energy of each finished or unfinished 100 ms
        self._seen = 0

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        if not len(block):
            return
        planes = block[:, None] if block.ndim == 1 else block
        weighted, self._state = sosfilt(self._sections, planes.astype(np.float64), axis=0, zi=self._state)
        energy = np.square(weighted, out=weighted) @ self._weights
        first = self._seen * 10 // self._rate
        last = (self._seen + len(energy) - 1) * 10 // self._rate
        edges = np.array([max(0, -(-k * self._rate // 10) - self._seen) for k in range(first, last + 1)])
        sums = np.add.reduceat(energy, edges)
        if self._seen and self._sums and first == self._tenths - 1:
            self._sums[-1][-1] += sums[0]
            sums = sums[1:]
        if len(sums):
            self._sums.append(sums)
        self._seen += len(energy)

    @property
    def _tenths(self) -> int:
        return (self._seen - 1) * 10 // self._rate + 1

    def integrated(self, louder: float = 0.0) -> float:
        """LUFS of everything so far, were it ``louder`` by so many dB (which can lift parts over the absolute gate)."""
        if not self._seen:
            return float("-inf")
        sums = np.concatenate(self._sums) * 10 ** (louder / 10)
        whole = self._seen * 10 // self._rate
        if whole < 4:
            return _lufs(float(sums.sum()) / self._seen)
        running = np.concatenate([[0.0], np.cumsum(sums[:whole])])
        edges = -(-np.arange(whole + 1) * self._rate // 10)
        blocks = (running[4:] - running[:-4]) / (edges[4:] - edges[:-4])
        loud = blocks[blocks > _power(SILENCE_LUFS)]
        if not len(loud):
            return float("-inf")
        kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
        return _lufs(float(kept.mean()))


class PeakMeter:
    """Takes consecutive blocks and gives the true peak of every ``hop`` samples, over all channels, as amplitudes.

    The peak between samples n and n + 1 counts for the hop of n.
    """

    def __init__(self, rate: int, hop: int = 64) -> None:
        self._hop = hop
        self._up = 4 if rate < 96_000 else 2 if rate < 192_000 else 1
        self._taps = _interpolator(self._up)
        self._held: Samples | None = None
        self._lead = 0  # samples of `held` that were measured already
        self._peaks: list[NDArray[np.float32]] = []

    def add(self, block: Samples) -> None:
        """The next (n,) or (n, channels) samples."""
        planes = block[:, None] if block.ndim == 1 else block
        held = planes if self._held is None else np.concatenate([self._held, planes])
        ready = max(0, (len(held) - self._lead - _HALF) // self._hop * self._hop)
        if ready:
            self._measure(held, self._lead, self._lead + ready)
            drop = max(0, self._lead + ready - _HALF)
            held, self._lead = held[drop:], self._lead + ready - drop
        self._held = held.copy() if held.base is not None else held

    def finish(self) -> NDArray[np.float32]:
        """The peaks of all hops, the last one perhaps of fewer samples."""
        if self._held is not None and len(self._held) > self._lead:
            self._measure(self._held, self._lead, len(self._held))
            self._held, self._lead = self._held[:0], 0
        return np.concatenate(self._peaks) if self._peaks else np.zeros(0, np.float32)

    def _measure(self, held: Samples, start: int, stop: int) -> None:
        used = held[: stop + _HALF]
        fine = upfirdn(self._taps, used.T, self._up, axis=-1)[:, _HALF * self._up :]
        fine = np.abs(fine[:, start * self._up : stop * self._up]).max(axis=0)
        count = len(fine)
        self._peaks.append(np.maximum.reduceat(fine, np.arange(0, count, self._hop * self._up)).astype(np.float32))


def _lufs(power: float) -> float:
    return _OFFSET + 10 * log10(power) if power > 0 else float("-inf")


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _channel_weights(channels: int) -> NDArray[np.float64]:
    if channels == 5:
        return np.array([1.0, 1.0, 1.0, 1.41, 1.41])
    if channels == 6:
        return np.array([1.0, 1.0, 1.0, 0.0, 1.41, 1.41])
    return np.ones(channels)


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
def _interpolator(up: int) -> NDArray[np.float32]:
    """Keeps the samples themselves and fills in between; within 0.05 dB up to 20 kHz at 48 kHz."""
    if up == 1:
        return np.asarray(np.arange(-_HALF, _HALF + 1) == 0, dtype=np.float32)
    taps = firwin(2 * _HALF * up + 1, 1 / up, window=("kaiser", 5.0)) * up
    return np.asarray(taps, dtype=np.float32)
