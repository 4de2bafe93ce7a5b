"""A deep soft blow: for a hook or a number that lands."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.noise import swept

HEART: Final = 0.003
_SECONDS: Final = 0.6


def make(rng: np.random.Generator) -> NDArray[np.float32]:
    seconds = np.arange(round(_SECONDS * 48_000)) / 48_000
    pitch = 52 + 90 * np.exp(-seconds / 0.035)
    body = np.sin(2 * np.pi * np.cumsum(pitch) / 48_000) + 0.25 * np.sin(4 * np.pi * np.cumsum(pitch) / 48_000)
    edge = swept(rng, _SECONDS, lambda at: 1_200 * np.exp(-at / 0.1) + 200, octaves=0.9, channels=1)[:, 0]
    level = np.clip(seconds / HEART, 0, 1) * np.clip((_SECONDS - seconds) / 0.1, 0, 1)
    wave = level * (body * np.exp(-seconds / 0.13) + 0.4 * edge * np.exp(-seconds / 0.02))
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)
