"""Sample-rate conversion by polyphase filtering: exact lengths, no shift in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.sound.filters import Planes, low_pass, product, windows

Samples = NDArray[np.float32]

BLOCK: Final = 1 << 16
_GROUP: Final = 128
"""Input samples, or more, of which one product is made."""
_LARGEST: Final = 1 << 19
"""The most numbers that a matrix has; what needs more (rates with hardly a common divisor) is done sample by sample."""
_AT_ONCE: Final = 4_096
_HALF = 48
"""The filter's half length in samples of the lower rate: flat to 0.92 of its Nyquist frequency, −90 dB from 1.05 on."""


def length(count: int, from_rate: int, to_rate: int) -> int:
    """How many samples ``count`` samples become: the ceiling of count · to / from."""
    return -(-count * to_rate // from_rate)


def resample(x: Samples, from_rate: int, to_rate: int) -> Samples:
    """Convert (n,) or (n, channels). Output sample k stands at the time k / to_rate of the input, exactly."""
    if from_rate == to_rate:
        return x
    pieces = [x[start : start + BLOCK] for start in range(0, len(x), BLOCK)]
    parts = list(resample_blocks((piece.reshape(len(piece), -1) for piece in pieces), from_rate, to_rate))
    return np.concatenate(parts).reshape(-1, *x.shape[1:]) if parts else x


def resample_blocks(blocks: Iterable[Samples], from_rate: int, to_rate: int) -> Iterator[Samples]:
    """Convert consecutive (n, channels) blocks in bounded memory; joined they are what :func:`resample` gives."""
    if from_rate == to_rate:
        yield from blocks
        return
    bank = _bank(from_rate, to_rate)
    held: Planes | None = None
    came, gave = 0, 0
    for block in blocks:
        if held is None:
            held = np.zeros((block.shape[1], bank.reach), np.float32)
        held = np.concatenate([held, block.T], axis=1, dtype=np.float32)
        came += len(block)
        made = bank.run(held)
        if made.shape[1]:
            yield np.ascontiguousarray(made.T)
            gave += made.shape[1]
            held = held[:, made.shape[1] // bank.gives * bank.takes :]
    if held is not None and (left := length(came, from_rate, to_rate) - gave):
        more = -(-left // bank.gives) * bank.takes + 2 * bank.reach - held.shape[1]
        yield np.ascontiguousarray(bank.run(np.pad(held, ((0, 0), (0, max(0, more)))))[:, :left].T)


class _Bank(Struct, frozen=True):
    """A polyphase filter: ``gives`` output samples from ``takes`` input samples and ``reach`` more on both sides.

    Output sample k of a group is ``taps[k]`` times the input from ``first[k]`` on. For the rates there usually are, all
    of it is one ``matrix``.
    """

    taps: Planes
    first: NDArray[np.int64]
    matrix: Planes | None
    takes: int
    gives: int
    reach: int

    def run(self, held: Planes) -> Planes:
        """(channels, output samples) of as many whole groups as ``held``, which begins ``reach`` early, has."""
        width = self.takes + 2 * self.reach
        if held.shape[1] < width:
            return held[:, :0]
        if self.matrix is not None:
            made = product(windows(held, width, self.takes), self.matrix)
            return made.reshape(len(made), -1)
        groups = (held.shape[1] - width) // self.takes + 1
        parts = [
            self._one_by_one(held[:, group * self.takes :], start)
            for group in range(groups)
            for start in range(0, self.gives, _AT_ONCE)
        ]
        return np.concatenate(parts, axis=1)

    def _one_by_one(self, held: Planes, start: int) -> Planes:
        taps = self.taps[start : start + _AT_ONCE]
        views = np.lib.stride_tricks.sliding_window_view(held, taps.shape[1], axis=1)
        return np.asarray(np.einsum("ckt,kt->ck", views[:, self.first[start : start + _AT_ONCE]], taps))


@lru_cache(maxsize=8)
def _bank(from_rate: int, to_rate: int) -> _Bank:
    common = gcd(from_rate, to_rate)
    up, down = to_rate // common, from_rate // common
    groups = max(1, _GROUP // down)
    takes, gives = groups * down, groups * up
    widest = max(up, down)
    half = _HALF * widest
    low = np.pad(low_pass(half, 0.97 / widest, 9.0) * up, (0, up))
    reach, width = half // up + 1, 2 * half // up + 1
    begin = -((half - np.arange(gives) * down) // up)  # the first input sample within half a filter of each output
    places = np.arange(gives)[:, None] * down - (begin[:, None] + np.arange(width)) * up + half
    taps = np.where(places >= 0, low[places], 0.0).astype(np.float32)
    first = begin + reach
    matrix = None
    if (takes + 2 * reach) * gives <= _LARGEST:
        matrix = np.zeros((takes + 2 * reach, gives), np.float32)
        np.put_along_axis(matrix, (first[:, None] + np.arange(width)).T, taps.T, axis=0)
    return _Bank(taps, first, matrix, takes, gives, reach)
