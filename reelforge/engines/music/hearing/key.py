"""The key, by how well the notes that sound match the profiles of C. Krumhansl, "Cognitive Foundations of Musical
Pitch" (1990), turned to each of the twelve tonics.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NAMES: Final = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_LIKELY: Final = 0.5
"""The least correlation: below it the notes are spread over no key."""


def key_of(chroma: NDArray[np.float32]) -> str:
    """Such as ``"A minor"``; empty where no key is plain. ``chroma`` is (frames, 12) power, C first."""
    notes = np.sqrt(chroma.astype(np.float64)).mean(axis=0)
    if notes.std() < 1e-9:
        return ""
    found = [
        (float(np.corrcoef(notes, np.roll(profile, tonic))[0, 1]), f"{NAMES[tonic]} {mode}")
        for profile, mode in ((_MAJOR, "major"), (_MINOR, "minor"))
        for tonic in range(12)
    ]
    fit, name = max(found)
    return name if fit >= _LIKELY else ""
