"""Sound measured while it is decoded, packet by packet, so that a long video needs no more memory than a short one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from reelforge.render import aac
from reelforge.render.evidence import TENTH
from reelforge.sound.loudness import BLOCK, HighestPeak, LoudnessMeter, decibels

_FULL: Final = 1 - 1 / 32768
"""The largest sample of 16 bits; a decoder's floats may lie beyond it."""
_MOST_TOLD: Final = 100


class Listener:
    """Takes the decoded frames of one stream in order; the numbers are those of :class:`SoundTrack`."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._loudness = LoudnessMeter(rate, channels)
        self._peak = HighestPeak(rate)
        self._held: list[NDArray[np.float32]] = []
        self._holding = 0
        self._energy: list[NDArray[np.float32]] = []
        self._rest = np.zeros((channels, 0), np.float32)
        self._before = np.zeros(3, np.bool_)
        self.samples = 0
        self.start = 0.0
        self.wander, self.wander_at = 0.0, 0.0
        self.clipped: list[int] = []
        self.clips = 0

    def hear(self, frames: Iterable[av.AudioFrame]) -> None:
        """The next decoded frames, in any sample format."""
        for frame in frames:
            planes = _planes(frame)
            self._time(frame)
            self.samples += frame.samples
            self._held.append(planes)
            self._holding += frame.samples
            if self._holding >= BLOCK:
                self._measure()

    def finish(self) -> tuple[NDArray[np.float32], float, float]:
        """(root mean square of every 1/10 s, integrated loudness in LUFS, true peak in dBTP) of all that was heard."""
        self._measure()
        if self._rest.shape[1]:
            self._energy.append(np.square(self._rest).mean(axis=1).max(keepdims=True))
        levels = np.concatenate(self._energy) if self._energy else np.zeros(0, np.float32)
        return np.sqrt(levels), self._loudness.integrated(), decibels(self._peak.finish())

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
        planes = np.concatenate(self._held, axis=1)
        first = self.samples - self._holding
        self._held, self._holding = [], 0
        self._loudness.add(planes.T)
        self._peak.add(planes.T)
        self._level(planes)
        self._clip(planes, first)

    def _level(self, planes: NDArray[np.float32]) -> None:
        whole = np.concatenate([self._rest, planes], axis=1)
        tenth = self._rate // TENTH
        count = whole.shape[1] // tenth
        parts = whole[:, : count * tenth].reshape(len(whole), count, tenth)
        self._energy.append(np.einsum("cnt,cnt->cn", parts, parts).max(axis=0) / np.float32(tenth))
        self._rest = whole[:, count * tenth :].copy()

    def _clip(self, planes: NDArray[np.float32], first: int) -> None:
        """Where a third sample in a row is at full scale."""
        flags = np.concatenate([self._before, np.abs(planes).max(axis=0) >= _FULL])
        self._before = flags[-3:]
        three = flags[2:] & flags[1:-1] & flags[:-2]
        begun = np.flatnonzero(three[1:] & ~three[:-1]) + first - 2
        self.clips += len(begun)
        self.clipped += begun[: _MOST_TOLD - len(self.clipped)].tolist()


def _planes(frame: Any) -> NDArray[np.float32]:
    """(channels, samples), 1 = full scale."""
    if frame.format.name == "fltp":
        return aac.planes(frame)
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if np.issubdtype(values.dtype, np.integer):
        values = values / -float(np.iinfo(values.dtype).min)
    return np.ascontiguousarray(values, np.float32)
