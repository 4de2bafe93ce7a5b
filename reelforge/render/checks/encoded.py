"""What comes out of the decoder is what was composed: right pictures in right places, in right colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence, KeyFrame, judged
from reelforge.render.looks import Looks, Record

NAME: Final = "encoded"
_MEAN_OFF: Final = 5.0
"""Levels by which the cells of a frame may differ on average. Encoders change the mean of 30×30 pixels by 0.2 at crf 20
and by 3 in pure noise that their bit rate does not suffice for; another picture is off by tens.
"""
_CELL_OFF: Final = 40.0
_CELLS: Final = 0.02
"""No more than this share of cells may differ by over 40 levels: a torn or smeared part of the picture."""
_GAIN, _SHIFT = 0.06, 2.5
"""By how much contrast or saturation may differ, and levels in the mean, over all frames looked at: a wrong range
changes contrast by 1.16, the matrix of BT.601 colours by 1.1.
"""
_SPREAD: Final = 6.0
"""Of levels whose standard deviation is smaller, no contrast can be told."""


def check(evidence: Evidence) -> Check | tuple[Check, ...]:
    """Passed when the decoded key frames look like the composed frames of the same numbers, in the same colours."""
    looks = evidence.looks
    if looks is None or not evidence.keys:
        return ()
    good = f"The {len(evidence.keys)} frames looked at show what was composed."
    wrong = [key.number for key in evidence.keys if not _alike(key, looks)]
    if wrong:
        told = ", ".join(f"{evidence.seconds(number):.1f} s" for number in wrong[:3])
        bad = f"At {told} the video does not show what was composed; render it again, in software if it stays so."
        return judged(NAME, False, good, bad)
    off = [name for name, shown, composed in _planes(evidence.keys, looks) if _shifted(shown, composed)]
    bad = f"{' and '.join(off).capitalize()} came out of the encoder changed; render it again in software (libx264)."
    return judged(NAME, not off, good, bad)


def _alike(key: KeyFrame, looks: Looks) -> bool:
    if not 0 <= key.number < looks.count or key.look.y.shape[1:] != looks.y.shape[1:]:
        return False
    pairs = ((key.look.y, looks.y), (key.look.u, looks.u), (key.look.v, looks.v))
    off = [_off(shown[0], composed[key.number]) for shown, composed in pairs]
    torn = np.count_nonzero(off[0] > _CELL_OFF) > _CELLS * off[0].size
    return not torn and all(float(each.mean()) <= _MEAN_OFF for each in off)


def _off(shown: Record, composed: Record) -> NDArray[np.int16]:
    return np.asarray(np.abs(shown.astype(np.int16) - composed))


def _planes(keys: tuple[KeyFrame, ...], looks: Looks) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Each plane of all key frames, as shown and as composed."""
    numbers = [key.number for key in keys]
    shown = Looks.joined(key.look for key in keys)
    yield "brightness", shown.y.astype(np.float64).ravel(), looks.y[numbers].astype(np.float64).ravel()
    yield "blue", shown.u.astype(np.float64).ravel(), looks.u[numbers].astype(np.float64).ravel()
    yield "red", shown.v.astype(np.float64).ravel(), looks.v[numbers].astype(np.float64).ravel()


def _shifted(shown: NDArray[np.float64], composed: NDArray[np.float64]) -> bool:
    """Whether levels are moved as a whole, or contrast is another (the slope of the best line through all pairs)."""
    if abs(float(shown.mean() - composed.mean())) > _SHIFT:
        return True
    spread = float(composed.std())
    if spread < _SPREAD:
        return False
    gain = float(np.mean((shown - shown.mean()) * (composed - composed.mean()))) / spread**2
    return abs(gain - 1) > _GAIN
