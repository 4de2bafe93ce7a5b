"""Bars: which beats begin one, from what changes on them.

Harmony changes on bar lines (Goto 2001; Davies & Plumbley 2006), and basses and bass drums fall there. The metre is the
number of beats, three or four, after which things come again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEWEST: Final = 12
_THREE_MUST_WIN_BY: Final = 0.5
"""In correlations, all three signs together, and none may speak for four, which is far more common."""
_LOW_BANDS: Final = 5
_HARMONY_WEIGHT: Final = 1.5
_ACCENT_WEIGHT: Final = 0.7
"""Accents of the whole band mislead as often as not: snare drums fall on the second and fourth beat."""


class Bars(NamedTuple):
    """Every ``beats`` beats begin a bar, from beat number ``first`` on."""

    beats: int
    first: int


def bars_of(grown: Floats, chroma: NDArray[np.float32], frames: Floats, chroma_frames: Floats) -> Bars:
    """The metre, from the flux around beats and the notes between them; ``frames`` and ``chroma_frames`` are the beats
    in frames of either.
    """
    count = len(frames)
    if count < _FEWEST:
        return Bars(4, 0)
    notes = notes_between(chroma, chroma_frames)
    near = np.clip(np.round(frames).astype(int)[:, None] + np.arange(-3, 4), 0, len(grown) - 1)
    low = grown[:, :_LOW_BANDS].mean(axis=1)[near].max(axis=1)
    accent = grown.mean(axis=1)[near].max(axis=1)
    signs = (_change(notes, 2), low, accent)
    leads = [_returns(values, 3) - _returns(values, 4) for values in signs]
    beats = 3 if min(leads) > 0 and sum(leads) > _THREE_MUST_WIN_BY else 4
    marks = _HARMONY_WEIGHT * _standard(_change(notes, beats)) + _standard(low) + _ACCENT_WEIGHT * _standard(accent)
    return Bars(beats, int(np.argmax([marks[phase::beats].mean() for phase in range(beats)])))


def _returns(values: Floats, beats: int) -> float:
    """How alike values so many beats apart are: their correlation, −1 to 1."""
    early, late = _standard(values[:-beats]), _standard(values[beats:])
    return float((early * late).mean())


def notes_between(chroma: NDArray[np.float32], chroma_frames: Floats) -> Floats:
    """(beats, 12): the notes that sound from each beat to the next, of length 1; zeros for silence."""
    sums = np.concatenate([np.zeros((1, chroma.shape[1])), np.cumsum(np.sqrt(chroma.astype(np.float64)), axis=0)])
    edges = np.clip(np.round([*chroma_frames, chroma_frames[-1] + 1e9]), 0, len(chroma)).astype(int)
    last = np.maximum(edges[1:], np.minimum(edges[:-1] + 1, len(chroma)))
    means = sums[last] - sums[np.minimum(edges[:-1], last)]
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12))


def _change(notes: Floats, reach: int) -> Floats:
    """How different the notes of the ``reach`` beats from each beat on are from those before it, 0–1."""
    found = np.zeros(len(notes))
    for beat in range(1, len(notes)):
        before, after = notes[max(0, beat - reach) : beat].mean(axis=0), notes[beat : beat + reach].mean(axis=0)
        size = float(np.linalg.norm(before) * np.linalg.norm(after))
        found[beat] = 1 - float(before @ after) / size if size > 0 else 0.0
    return found


def _standard(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))
