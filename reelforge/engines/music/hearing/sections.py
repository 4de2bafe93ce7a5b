"""What a track is made of, bar by bar: a quiet start, an ending of its own, and where it can go round."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelforge.engines.music.hearing.grid import Grid
from reelforge.engines.music.hearing.spectra import LEAD, Spectra

Floats = NDArray[np.float64]

_QUIET_DB: Final = 6.0
"""Under the median bar: what counts as intro or as dying away."""
_DEAD_DB: Final = 40.0
"""Under the median level: what nobody hears any more."""
_STOPS_DB: Final = 18.0
"""A track whose last 0.2 s are not this far under its median level does not end: it is cut off, or goes round."""
_LAST_SECONDS: Final = 0.2
_OUTRO_BARS: Final = (2, 4, 8)
"""An ending has at least, usually, and at most so many bars."""
_FEWEST_LOOP_BARS: Final = 4
_USUAL_LOOP_BARS: Final = 8
"""A loop has so many bars at least; the usual number where there are twice as many to choose from."""
_PHRASE: Final = 4
"""Bars; music is mostly written in fours."""
_LENGTH_WORTH: Final = 0.05
"""How much likeness an octave of a loop's length is worth: longer loops come round less often."""


class Sections(NamedTuple):
    """``outro`` is the bar the own ending begins with and ``ends`` the second at which it has died away, or None."""

    intro_bars: int
    outro: int | None
    ends: float | None
    loop_start: int
    loop_end: int


def sections_of(spectra: Spectra, grid: Grid) -> Sections:
    """The sections, as whole bars of the grid."""
    level = 10 * np.log10(np.maximum(spectra.bands.sum(axis=1, dtype=np.float64), 1e-12))
    loud = np.array([_mean_db(level, grid.line(bar), grid.line(bar + 1), spectra.fps) for bar in range(grid.bars)])
    usual = float(np.median(loud))
    intro = int(np.argmax(loud > usual - _QUIET_DB))
    outro, ends = _ending(level, loud, usual, spectra, grid)
    features = _features(spectra, grid)
    loop = _loop(features, min(intro, grid.bars // 4), outro or grid.bars)
    return Sections(intro, outro, ends, *loop)


def _ending(level: Floats, loud: Floats, usual: float, spectra: Spectra, grid: Grid) -> tuple[int | None, float | None]:
    last = _mean_db(level, spectra.seconds - _LAST_SECONDS, spectra.seconds, spectra.fps)
    least, wanted, most = _OUTRO_BARS
    if last > usual - _STOPS_DB or grid.bars < 2 * wanted:
        return None, None
    alive = int(np.flatnonzero(level > usual - _DEAD_DB)[-1])
    ends = min(spectra.seconds, (alive + 1 - LEAD) / spectra.fps + 0.05)
    full = int(np.flatnonzero(loud > usual - _QUIET_DB / 2)[-1])
    final = max(bar for bar in range(grid.bars) if grid.line(bar) < ends)
    outro = max(final + 1 - most, min(full, final + 1 - wanted))
    outro = min(max(outro, 1), final + 1 - least)
    return (outro, round(ends, 3)) if outro >= _FEWEST_LOOP_BARS else (None, None)


def _loop(features: Floats, first: int, last: int) -> tuple[int, int]:
    """The bars (start, end) where going back from the end's line to the start's is heard least.

    Heard there are the bar before the end and then the start's: so the bars before either line should be alike, and
    those after. Without a likely place the whole is the loop.
    """
    best, found = -np.inf, (0, last)
    fewest = _USUAL_LOOP_BARS if last - first >= 2 * _USUAL_LOOP_BARS else min(_FEWEST_LOOP_BARS, last - first)
    for start in range(first, last):
        for end in range(start + fewest, last + 1):
            pairs = [(start - 1, end - 1)] * (start > 0) + [(start, end)] * (end < len(features))
            if not pairs or ((end - start) % _PHRASE and last - first >= 2 * _PHRASE):
                continue
            alike = sum(float(features[one] @ features[two]) for one, two in pairs) / len(pairs)
            alike -= 0.1 * (len(pairs) < 2)
            worth = alike + _LENGTH_WORTH * float(np.log2((end - start) / _USUAL_LOOP_BARS))
            if worth > best:
                best, found = worth, (start, end)
    return found


def _features(spectra: Spectra, grid: Grid) -> Floats:
    """(bars, n): notes by half bars and timbre by quarters, each bar of length 1 about the track's mean."""
    db = 10 * np.log10(np.maximum(spectra.bands.astype(np.float64), 1e-12))
    db = np.maximum(db, db.max() - 60)
    notes = np.sqrt(spectra.chroma.astype(np.float64))
    rows = []
    for bar in range(grid.bars):
        first, last = grid.line(bar), grid.line(bar + 1)
        timbre = _parts(db, first, last, spectra.fps, 4, LEAD)
        harmony = _parts(notes, first, last, spectra.chroma_fps, 2, 0)
        harmony /= max(float(np.linalg.norm(harmony)), 1e-12)
        rows.append((timbre.ravel(), harmony.ravel()))
    parts = []
    for group in zip(*rows, strict=True):
        table = np.stack(group)
        table = table - table.mean(axis=0)
        parts.append(table / max(float(np.sqrt(np.square(table).sum(axis=1).mean())), 1e-12))
    whole = np.concatenate(parts, axis=1)
    return np.asarray(whole / np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12))


def _parts(values: Floats, first: float, last: float, fps: float, count: int, lead: int) -> Floats:
    """The means of ``count`` equal stretches from second ``first`` to ``last``."""
    edges = np.clip(np.round(np.linspace(first, last, count + 1) * fps).astype(int) + lead, 0, len(values) - 1)
    return np.stack([values[a : max(a + 1, b)].mean(axis=0) for a, b in pairwise(edges)])


def _mean_db(level: Floats, first: float, last: float, fps: float) -> float:
    """The mean power of a stretch, in dB."""
    part = level[max(0, round(first * fps) + LEAD) : max(1, round(last * fps) + LEAD)]
    return float(10 * np.log10(np.mean(10 ** (part / 10)))) if len(part) else -120.0
