"""Noise whose band moves while it sounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 48_000
_FRAME: Final = 1024
_STEP: Final = 256


def swept(
    rng: np.random.Generator,
    seconds: float,
    centre: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    octaves: float,
    channels: int,
) -> NDArray[np.float32]:
    """(n, channels) of noise at 48 kHz with an effective value near 1, independent in each channel, in a band around
    ``centre`` (Hz at given seconds) that falls off over so many ``octaves`` to either side.

    Windowed frames are shaped in the frequency domain and overlapped (Allen and Rabiner, "A unified approach to
    short-time Fourier analysis and synthesis", 1977).
    """
    count = round(seconds * RATE)
    frames = -(-count // _STEP) + _FRAME // _STEP
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME) / _FRAME))
    raw = rng.standard_normal((channels, frames * _STEP + _FRAME))
    cut = np.lib.stride_tricks.sliding_window_view(raw, _FRAME, axis=1)[:, ::_STEP][:, :frames]
    pitches = np.fft.rfftfreq(_FRAME, 1 / RATE)[1:]
    wanted = centre(np.arange(frames) * _STEP / RATE)
    away = np.log2(pitches / wanted[:, None]) / octaves
    band = np.concatenate([np.zeros((frames, 1)), np.exp(-(away**2))], axis=1)
    band /= np.sqrt(np.mean(np.square(band), axis=1, keepdims=True))
    shaped = np.fft.irfft(np.fft.rfft(cut * window) * band, _FRAME) * window
    made = np.zeros_like(raw)
    for number in range(frames):
        made[:, number * _STEP : number * _STEP + _FRAME] += shaped[:, number]
    start = _FRAME // 2
    return np.asarray(made[:, start : start + count].T * (2 * _STEP / _FRAME), np.float32)
