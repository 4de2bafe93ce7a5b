"""What is looked for and what is found, whatever the method: spoken words, and places in frames of 10 ms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""(n,) mono, full scale ±1; for finding words at 16 kHz."""

RATE: Final = 16_000
HOP: Final = 160
"""Samples in a frame."""


class Said(NamedTuple):
    """One spoken word: its ``text``, its phones in ARPABET (empty when nobody knows them), the mark after it (``, — : ;
    … . ! ?`` or empty), and whether an English dictionary may know it.
    """

    text: str
    phones: tuple[str, ...]
    pause: str = ""
    english: bool = False


class Place(NamedTuple):
    """Where a word lies: frames ``[first, end)``, and by how much it fits better (or, negative, worse) than any sounds
    would, a frame, in the finder's own units; 0 when nobody judged.
    """

    first: int
    end: int
    fit: float = 0.0


Places = Sequence[Place]
