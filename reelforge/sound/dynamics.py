"""What makes a raw voice fit to publish: high-pass, de-esser, compressor, and all of them with a level as one chain.

Gains are computed once for every :data:`HOP` samples (0.7 ms at 48 kHz) and interpolated between. Nothing here delays
the sound: word times stay true.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.filters import Recursive, butterworth, highest_around, smoothed
from reelforge.sound.levelling import HOP, Curve, fall_back, level, ride
from reelforge.sound.loudness import BLOCK, integrated

Samples = NDArray[np.float32]

SIBILANCE_HZ: Final = 5_000.0
"""What hisses in s, sh, z and ch lies above this (Jongman, Wayland and Wong, "Acoustic characteristics of English
fricatives", 2000)."""
SIBILANCE_DB: Final = -5.0
"""How loud that band may be beside the voice's own loudness. Sibilants of well recorded and of synthetic voices reach
−10 to −6 dB; what is beyond sticks out, the more so once a compressor has held back the vowels."""


def high_pass(x: Samples, rate: int, corner: float = 80.0) -> Samples:
    """Take away what lies below a voice: hum, steps, plosive thumps; −3 dB at ``corner`` Hz, 24 dB an octave.

    Filtered forwards and backwards: turning the phases of a voice's harmonics would raise its peaks by decibels.
    """
    each_way = corner * (2**0.5 - 1) ** 0.25  # twice −1.5 dB at the corner
    return _both_ways(x, Recursive(butterworth(each_way, rate, "high")))


def de_ess(x: Samples, rate: int, *, loudness: float, ratio: float = 4.0, most: float = 10.0) -> Samples:
    """Hold back sibilants that stick out: what of the band above :data:`SIBILANCE_HZ` exceeds ``loudness`` (LUFS, the
    voice's own) + :data:`SIBILANCE_DB` is divided by ``ratio``, by at most ``most`` dB. The rest of the voice stays as
    it is, and all of it where nothing sticks out.
    """
    if rate < 4 * SIBILANCE_HZ:
        return x
    band = _both_ways(x, Recursive(butterworth(SIBILANCE_HZ, rate, "high")))
    over = _over(band, rate, loudness + SIBILANCE_DB, knee=4.0, window=0.005)
    if not over.any():
        return x
    reduction = np.minimum(over * (1 - 1 / ratio), most)
    factors = _factors(reduction, rate, attack=0.002, release=0.03)
    return np.asarray(x + ride(band, 0, factors - 1, out=band), np.float32)


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
    over = _over(x, rate, threshold, knee=knee, window=0.01)
    return ride(x, 0, _factors(over * (1 - 1 / ratio), rate, attack=attack, release=release))


def speech_chain(x: Samples, rate: int, target: float = -16.0, ceiling: float = -1.0) -> Samples:
    """A raw voice, (n,) mono, made fit to publish: high-passed, de-essed, compressed, and levelled as
    :func:`reelforge.sound.levelling.level` does.
    """
    if not len(x):
        return x
    clear = high_pass(x, rate)
    return level(pressed(clear, rate, integrated(clear, rate)), rate, target, ceiling)


def pressed(clear: Samples, rate: int, loudness: float) -> Samples:
    """A high-passed voice of ``loudness`` LUFS de-essed and compressed; silence where it has none (−∞)."""
    if not isfinite(loudness):
        return np.zeros_like(clear)
    return compress(de_ess(clear, rate, loudness=loudness), rate, threshold=loudness + 2.0)


def _both_ways(x: Samples, passing: Recursive) -> Samples:
    """Filtered forwards and then backwards, block by block, so that no phase is turned."""
    planes = np.array(np.atleast_2d(x.T), np.float32, order="C")
    count = planes.shape[1]
    starts = range(0, count, BLOCK)
    state = passing.start(len(planes))
    for start in starts:
        part = planes[:, start : start + BLOCK]
        part[:], state = passing.run(np.ascontiguousarray(part), state)
    state = passing.start(len(planes))
    for start in reversed(starts):
        part = planes[:, start : start + BLOCK][:, ::-1]
        part[:], state = passing.run(np.ascontiguousarray(part), state)
    return planes.T.reshape(x.shape)


def _over(x: Samples, rate: int, threshold: float, *, knee: float, window: float) -> Curve:
    """By how many dB the effective value over ``window`` seconds exceeds the threshold in each hop, bent in at the
    knee (Giannoulis, Massberg and Reiss, "Digital dynamic range compressor design", 2012); 0 where it does not.
    """
    size = 2 * (max(1, round(window * rate / HOP)) // 2) + 1
    over = 10 * np.log10(smoothed(_power(x), size) + 1e-12) - threshold
    bent = (over + knee / 2) ** 2 / (2 * knee)
    return np.where(over <= -knee / 2, 0.0, np.where(over >= knee / 2, over, bent))


def _power(x: Samples) -> Curve:
    """The mean square of every hop, in the louder channel."""
    parts = []
    for start in range(0, len(x), BLOCK):
        square = np.square(x[start : start + BLOCK])
        louder = square.max(axis=1) if x.ndim == 2 else square
        parts.append(np.add.reduceat(louder, np.arange(0, len(louder), HOP)) / HOP)
    return np.concatenate(parts).astype(np.float64)


def _factors(reduction: Curve, rate: int, *, attack: float, release: float) -> Curve:
    """A reduction (dB) of every hop as factors at the hops' edges: there by ``attack`` before, gone in ``release``."""
    reach = max(1, round(attack * rate / HOP))
    held = smoothed(highest_around(fall_back(reduction, release * rate / HOP), reach), 2 * reach + 1)
    return np.asarray(10 ** (-np.append(held, held[-1]) / 20))
