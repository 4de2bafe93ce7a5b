"""Sound effects: one file each, named as in the timeline, holding ``HEART`` and a function ``make``.

``make(rng)`` gives the whole effect as (n, 2) samples at 48 kHz, at any level, faded in and out; it depends on nothing
but the random numbers it draws, so that two of a kind are not the same and a render still is. ``HEART`` is the second
of it that belongs on the moment it is for: where a whoosh is loudest, where a pop begins. To add one is to add a file.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.loudness import amplitude, integrated

RATE: Final = 48_000
LOUDNESS: Final = -16.0
"""LUFS of every effect as it is made: that of a narration."""


@cache
def names() -> frozenset[str]:
    """The names of all sound effects there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


def made(name: str, seed: int) -> tuple[NDArray[np.float32], int]:
    """((n, 2) samples at 48 kHz and −16 LUFS, the sample that belongs on the effect's moment).

    Raises ModuleNotFoundError for a name that is not one of :func:`names`.
    """
    module = import_module(f"{__name__}.{name}")
    raw = module.make(np.random.default_rng(seed))
    level = amplitude(LOUDNESS - integrated(raw, RATE))
    return np.asarray(raw * level, np.float32), round(module.HEART * RATE)
