"""Sample-rate conversion by polyphase filtering: exact lengths, no shift in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.filters import firwin, upfirdn

Samples = NDArray[np.float32]

_HALF = 48
"""The filter's half length in samples of the lower rate: flat to 0.92 of its Nyquist frequency, −90 dB from 1.05 on."""


def length(count: int, from_rate: int, to_rate: int) -> int:
    """How many samples ``count`` samples become: the ceiling of count · to / from."""
    return -(-count * to_rate // from_rate)


def resample(x: Samples, from_rate: int, to_rate: int) -> Samples:
    """Convert (n,) or (n, channels). Output sample k stands at the time k / to_rate of the input, exactly."""
    if from_rate == to_rate:
        return x
    up, down = _ratio(from_rate, to_rate)
    return _part(x, 0, 0, length(len(x), from_rate, to_rate), _filter(up, down), (up, down))


def resample_blocks(blocks: Iterable[Samples], from_rate: int, to_rate: int) -> Iterator[Samples]:
    """Convert consecutive (n, channels) blocks in bounded memory; joined they are what :func:`resample` gives."""
    if from_rate == to_rate:
        yield from blocks
        return
    up, down = _ratio(from_rate, to_rate)
    taps = _filter(up, down)
    reach = ceil(len(taps) / 2 / up / down) * down  # samples to keep on either side, whole input periods
    held: Samples | None = None
    lead, came, gave = 0, 0, 0  # where `held` begins, input seen, output given
    for block in blocks:
        held = block if held is None else np.concatenate([held, block])
        came += len(block)
        ready = (came - reach) // down * down
        if ready * up // down > gave:
            yield _part(held, lead, gave, ready * up // down, taps, (up, down))
            gave = ready * up // down
            start = max(0, gave * down // up - reach)
            held, lead = held[start - lead :], start
    if held is not None and (total := length(came, from_rate, to_rate)) > gave:
        yield _part(held, lead, gave, total, taps, (up, down))


def _part(
    held: Samples, lead: int, start: int, stop: int, taps: NDArray[np.float32], ratio: tuple[int, int]
) -> Samples:
    """Output samples [start, stop); ``lead`` is a whole number of input periods."""
    up, down = ratio
    first = lead * up // down
    half = (len(taps) - 1) // 2
    need = min(len(held), ceil(((stop - first) * down + half) / up) + 1)
    # upfirdn has no centre: with the filter padded so that its middle falls on an output sample, dropping whole output
    # samples removes the delay.
    pad = -half % down
    padded = np.concatenate([np.zeros(pad, np.float32), taps])
    skip = (half + pad) // down
    length_needed = stop - first + skip
    given: Samples = upfirdn(padded, held[:need], up, down, axis=0)
    if len(given) < length_needed:
        given = np.concatenate([given, np.zeros((length_needed - len(given), *given.shape[1:]), np.float32)])
    return given[skip + start - first : skip + stop - first].astype(np.float32, copy=False)


def _ratio(from_rate: int, to_rate: int) -> tuple[int, int]:
    common = gcd(from_rate, to_rate)
    return to_rate // common, from_rate // common


@lru_cache(maxsize=8)
def _filter(up: int, down: int) -> NDArray[np.float32]:
    widest = max(up, down)
    taps: NDArray[np.float64] = firwin(2 * _HALF * widest + 1, 0.97 / widest, window=("kaiser", 9.0))
    return (taps * up).astype(np.float32)
