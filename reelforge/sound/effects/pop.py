"""A soft bubble that bursts: for a card or a sticker that appears."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

HEART: Final = 0.004
_SECONDS: Final = 0.14


def make(rng: np.random.Generator) -> NDArray[np.float32]:
    seconds = np.arange(round(_SECONDS * 48_000)) / 48_000
    pitch = rng.uniform(380, 440) * (1 + 1.5 * (1 - np.exp(-seconds / 0.03)))
    wave = np.sin(2 * np.pi * np.cumsum(pitch) / 48_000)
    level = np.clip(seconds / HEART, 0, 1) * np.exp(-seconds / 0.022) * np.clip((_SECONDS - seconds) / 0.02, 0, 1)
    return np.repeat((wave * level)[:, None], 2, axis=1).astype(np.float32)
