"""Air that rushes by from left to right: for a transition that moves."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.noise import swept

HEART: Final = 0.45
_SECONDS: Final = 0.85


def make(rng: np.random.Generator) -> NDArray[np.float32]:
    near = np.array([0.0, HEART, _SECONDS]), np.array([0.0, 1.0, 0.0])

    def there(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.interp(seconds, *near))

    air = swept(rng, _SECONDS, lambda seconds: 350 * 2 ** (3.0 * there(seconds)), octaves=0.8, channels=2)
    seconds = np.arange(len(air)) / 48_000
    level = np.sin(np.pi / 2 * there(seconds)) ** 3
    across = np.pi / 2 * np.clip(0.5 + 0.9 * (seconds - HEART), 0.15, 0.85)
    return np.asarray(air * (level[:, None] * np.stack([np.cos(across), np.sin(across)], axis=1)), np.float32)
