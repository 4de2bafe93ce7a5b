"""A short bright brush of air: for a quick cut, a wipe or a whip pan."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.noise import swept

HEART: Final = 0.12
_SECONDS: Final = 0.34


def make(rng: np.random.Generator) -> NDArray[np.float32]:
    air = swept(rng, _SECONDS, lambda seconds: 1_400 * 2 ** (5.0 * seconds), octaves=0.6, channels=2)
    seconds = np.arange(len(air)) / 48_000
    near = np.interp(seconds, [0.0, HEART, _SECONDS], [0.0, 1.0, 0.0])
    return np.asarray(air * (np.sin(np.pi / 2 * near) ** 2)[:, None], np.float32)
