"""Filters by matrix products: numpy alone, for importing SciPy takes longer than what is asked of it here.

Samples are (channels, n) in this file, each channel in one piece, since that is what products are fast on.
"""

from __future__ import annotations

from functools import cached_property
from math import pi, sqrt, tan
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Planes = NDArray[np.float32]
"""(channels, n)."""
Curve = NDArray[np.float64]

_BLOCK: Final = 64
"""Samples that one row of a product makes."""
_IN_ONE_THREAD: Final = 1 << 17
"""Products of at most so many multiplications are done in the calling thread by every BLAS: a render has its own
threads, and waking others costs more than such a product.
"""


def low_pass(half: int, cutoff: float, beta: float) -> Curve:
    """A linear-phase low-pass of 2 · ``half`` + 1 taps whose sum is 1: a sinc under a Kaiser window of ``beta``.

    ``cutoff`` is a fraction of the Nyquist frequency (−6 dB there).
    """
    places = np.arange(-half, half + 1)
    taps = np.sinc(cutoff * places) * np.kaiser(2 * half + 1, beta)
    return np.asarray(taps / taps.sum())


def butterworth(corner: float, rate: int, kind: str) -> Curve:
    """The second-order Butterworth ``"low"`` or ``"high"`` pass, −3 dB at ``corner`` Hz, as one section of b0, b1, b2,
    a0, a1, a2 (bilinear transform, warped so that the corner is where it should be).
    """
    k = tan(pi * corner / rate)
    bottom = 1 + sqrt(2) * k + k * k
    top = (1.0, -2.0, 1.0) if kind == "high" else (k * k, 2 * k * k, k * k)
    section = [*top, bottom, 2 * (k * k - 1), 1 - sqrt(2) * k + k * k]
    return np.array([section]) / bottom


class Recursive(Struct, frozen=True, dict=True):
    """A cascade of second-order sections, (m, 6) as SciPy's ``sos``, run over blocks of samples at a time.

    A block's output is its input times the impulse response, plus what the state before it still gives; states go from
    block to block by doubling strides (Blelloch, "Prefix sums and their applications", 1990). The result is that of the
    recursion, sample by sample, within −105 dB of the input's own level (its products are of 32-bit floats).
    """

    sections: Curve

    def start(self, channels: int) -> Curve:
        """The state before any sound."""
        return np.zeros((channels, 2 * len(self.sections)))

    def run(self, planes: Planes, state: Curve) -> tuple[Planes, Curve]:
        """(the filtered samples, the state after them) of the next (channels, n) samples."""
        channels, count = planes.shape
        whole = count // _BLOCK
        result = np.empty_like(planes)
        if whole:
            rows = planes[:, : whole * _BLOCK].reshape(channels, whole, _BLOCK)
            given = product(rows, self._response)
            states = np.concatenate([state[:, None], given[..., _BLOCK:].astype(np.float64)], axis=1)
            self._carry(states)
            made = given[..., :_BLOCK]
            made += product(states[:, :-1].astype(np.float32), self._rest)
            result[:, : whole * _BLOCK] = made.reshape(channels, -1)
            state = states[:, -1]
        if left := count - whole * _BLOCK:
            rest = planes[:, whole * _BLOCK :]
            ring = state.astype(np.float32) @ self._rest[:, :left]
            result[:, whole * _BLOCK :] = rest @ self._response[:left, :left] + ring
            state = state @ self._powers[left] + rest @ self._response[_BLOCK - left :, _BLOCK:]
        return result, state

    def _carry(self, states: Curve) -> None:
        """What each block alone leaves behind becomes what all blocks up to it do."""
        stride, power = 1, self._powers[_BLOCK]
        while stride < states.shape[1]:
            states[:, stride:] += states[:, :-stride] @ power
            stride, power = 2 * stride, power @ power

    @cached_property
    def _powers(self) -> list[Curve]:
        """How a state changes in 0, 1, … samples of silence."""
        order = 2 * len(self.sections)
        change = np.array([self._step(state, 0.0)[1] for state in np.eye(order)])
        powers = [np.eye(order)]
        for _ in range(_BLOCK):
            powers.append(powers[-1] @ change)
        return powers

    @cached_property
    def _rest(self) -> Planes:
        """(order, block): what a state gives during a block of silence."""
        heard = np.array([self._step(state, 0.0)[0] for state in np.eye(2 * len(self.sections))])
        return np.stack([power @ heard for power in self._powers[:_BLOCK]], axis=1).astype(np.float32)

    @cached_property
    def _response(self) -> Planes:
        """(block, block + order): what each sample of a block gives in the block, and leaves in the state after it."""
        at_once, left = self._step(np.zeros(2 * len(self.sections)), 1.0)
        later = np.concatenate([[at_once], left @ self._rest.astype(np.float64)])[:_BLOCK]
        table = np.zeros((_BLOCK, _BLOCK + len(left)))
        for place in range(_BLOCK):
            table[place, place:_BLOCK] = later[: _BLOCK - place]
            table[place, _BLOCK:] = left @ self._powers[_BLOCK - 1 - place]
        return table.astype(np.float32)

    def _step(self, state: Curve, x: float) -> tuple[float, Curve]:
        """One sample through the sections (transposed direct form II): (what comes out, the state then)."""
        after = np.empty_like(state)
        for number, (b0, b1, b2, _, a1, a2) in enumerate(self.sections):
            first, second = state[2 * number : 2 * number + 2]
            y = b0 * x + first
            after[2 * number : 2 * number + 2] = b1 * x - a1 * y + second, b2 * x - a2 * y
            x = y
        return x, after


def product(rows: Planes, matrix: Planes) -> Planes:
    """``rows`` (channels, n, k) times ``matrix`` (k, m), in pieces small enough for the thread that asks."""
    channels, count, width = rows.shape
    piece = max(1, _IN_ONE_THREAD // (width * matrix.shape[1]))
    whole = count // piece
    result = np.empty((channels, count, matrix.shape[1]), np.result_type(rows, matrix))
    shape = (channels, whole, piece)
    together = rows[:, : whole * piece].reshape(*shape, width)
    np.matmul(together, matrix, out=result[:, : whole * piece].reshape(*shape, matrix.shape[1]))
    np.matmul(rows[:, whole * piece :], matrix, out=result[:, whole * piece :])
    return result


def windows(planes: Planes, width: int, step: int) -> Planes:
    """(channels, count, width): the ``width`` samples from every ``step``-th on, as many times as they fit."""
    views = np.lib.stride_tricks.sliding_window_view(planes, width, axis=1)[:, ::step]
    return np.ascontiguousarray(views)


def highest_around(values: Curve, reach: int) -> Curve:
    """The highest value from ``reach`` before to ``reach`` after each; the ends go on as they are."""
    held = np.pad(values, reach, mode="edge")
    have, size = 1, 2 * reach + 1
    while have < size:
        more = min(have, size - have)
        held = np.maximum(held[:-more], held[more:])
        have += more
    return held


def smoothed(values: Curve, size: int) -> Curve:
    """The mean around each value under a Hann window of odd ``size``; the ends go on as they are."""
    window = np.hanning(size + 2)[1:-1]
    return np.convolve(np.pad(values, size // 2, mode="edge"), window / window.sum(), mode="valid")
