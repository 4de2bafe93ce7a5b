"""How sure a word's start is: the share of starts within 100 ms of the truth among words that look like this one.

So of a hundred words told with 0.9, about ninety begin within 100 ms of where they should. Fitted to 9900 starts of
three Kokoro voices and of espeak-ng in three languages, clean and in noise, the texts right and with words changed,
left out and added; ``bench/words.py`` prints how it holds on texts it was not fitted to.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from reelforge.engines.align.said import Place

NOT_HEARD: Final = 0.05
"""Of a written word that nobody says: its place is that of the words around it."""

GUESSED: Final = 0.25
"""Where the sound and the text hardly go together."""

_PACES: Final = (0.45, 3.0)
_APART: Final = 25
"""Frames; methods that lie further apart disagree as much as they can."""
_ALONE: Final = 6
"""What one method counts as apart from another that has no opinion."""
_WORST_FIT, _BEST_FIT = -40.0, 5.0
_JUDGED: Final = (4.776, -1.217, 0.626, 0.122)
"""Logistic: constant, per 10 frames apart, per 10 of fit, and of both together."""
_UNJUDGED: Final = (5.159, -1.316)

_RANGES_DB: Final = (6.0, 10.0, 14.0, 18.0, 22.0)
_BY_RANGE: Final = (0.15, 0.29, 0.64, 0.92, 0.96)
"""What the energy method gets right in rooms where speech stands so far over the noise."""


def by_sphinx(place: Place, other: Place | None, *, judged: bool) -> float:
    """Of a word that pocketsphinx placed; ``other`` is where the energy has it, ``judged`` whether the fit is known."""
    apart = min(_ALONE if other is None else abs(place.first - other.first), _APART) / 10
    if not judged:
        constant, slope = _UNJUDGED
        return _logistic(constant + slope * apart)
    constant, slope, per_fit, both = _JUDGED
    fit = min(max(place.fit, _WORST_FIT), _BEST_FIT) / 10
    return _logistic(constant + slope * apart + per_fit * fit + both * apart * fit)


def by_energy(range_db: float, pace: float = 1.0) -> float:
    """Of words placed by their energy where loud syllables stand ``range_db`` over the room, and the words take
    ``pace`` times as long as usual. What nobody can say so fast, or would say so slowly, is hardly the text.
    """
    sure = float(np.interp(range_db, _RANGES_DB, _BY_RANGE))
    return round(sure if _PACES[0] <= pace <= _PACES[1] else min(sure, GUESSED), 3)


def energy_tells(range_db: float) -> bool:
    """Whether the energy's opinion is worth comparing with."""
    return range_db >= _RANGES_DB[2]


def _logistic(value: float) -> float:
    return round(1 / (1 + math.exp(-value)), 3)
