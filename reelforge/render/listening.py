"""Sound measured while it is decoded, packet by packet, so that a long video needs no more memory than a short one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import inf
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from reelforge.render.evidence import TENTH
from reelforge.sound.loudness import BLOCK, LoudnessMeter, PeakMeter, decibels

_FULL: Final = 1 - 1 / 32768
"""The largest sample of 16 bits; a decoder's floats may lie beyond it."""
_MOST_TOLD: Final = 100
_HOP: Final = 4_800


class Listener:
    """Takes the decoded frames of one stream in order; the numbers are those of :class:`SoundTrack`."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._loudness = LoudnessMeter(rate, channels)
        self._peak = PeakMeter(rate, _HOP)
        self._held: list[NDArray[np.float32]] = []
        self._holding = 0
        self._energy: list[NDArray[np.float64]] = []
        self._rest = np.zeros((0, channels), np.float32)
        self._before = np.zeros(3, np.bool_)
        self.samples = 0
        self.start = 0.0
        self.wander, self.wander_at = 0.0, 0.0
        self.clipped: list[int] = []
        self.clips = 0

    def hear(self, frames: Iterable[av.AudioFrame]) -> None:
        """The next decoded frames, in any sample format."""
        for frame in frames:
            block = _planes(frame)
            self._time(frame)
            self.samples += len(block)
            self._held.append(block)
            self._holding += len(block)
            if self._holding >= BLOCK:
                self._measure()

    def finish(self) -> tuple[NDArray[np.float32], float, float]:
        """(root mean square of every 1/10 s, integrated loudness in LUFS, true peak in dBTP) of all that was heard."""
        self._measure()
        if len(self._rest):
            self._energy.append(np.square(self._rest, dtype=np.float64).mean(axis=0, keepdims=True))
        levels = np.concatenate(self._energy).max(axis=1) if self._energy else np.zeros(0)
        peak = float(self._peak.finish().max(initial=0.0))
        return np.sqrt(levels).astype(np.float32), self._loudness.integrated(), decibels(peak) if peak else -inf

    def _time(self, frame: av.AudioFrame) -> None:
        if frame.pts is None or frame.time_base is None:
            return
        at = frame.pts * frame.time_base
        if not self.samples:
            self.start = float(at)
        away = abs(float(at - Fraction(self.samples, self._rate)) - self.start)
        if away > self.wander:
            self.wander, self.wander_at = away, self.samples / self._rate

    def _measure(self) -> None:
        if not self._held:
            return
        block = np.concatenate(self._held)
        first = self.samples - self._holding
        self._held, self._holding = [], 0
        self._loudness.add(block)
        self._peak.add(block)
        self._level(block)
        self._clip(block, first)

    def _level(self, block: NDArray[np.float32]) -> None:
        whole = np.concatenate([self._rest, block])
        tenth = self._rate // TENTH
        count = len(whole) // tenth
        parts = whole[: count * tenth].reshape(count, tenth, whole.shape[1])
        self._energy.append(np.einsum("abc,abc->ac", parts, parts, dtype=np.float64) / tenth)
        self._rest = whole[count * tenth :].copy()

    def _clip(self, block: NDArray[np.float32], first: int) -> None:
        """Where a third sample in a row is at full scale."""
        flags = np.concatenate([self._before, np.abs(block).max(axis=1) >= _FULL])
        self._before = flags[-3:]
        three = flags[2:] & flags[1:-1] & flags[:-2]
        begun = np.flatnonzero(three[1:] & ~three[:-1]) + first - 2
        self.clips += len(begun)
        self.clipped += begun[: _MOST_TOLD - len(self.clipped)].tolist()


def _planes(frame: Any) -> NDArray[np.float32]:
    """(samples, channels), 1 = full scale."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if np.issubdtype(values.dtype, np.integer):
        values = values / -float(np.iinfo(values.dtype).min)
    return np.ascontiguousarray(values.T, np.float32)
