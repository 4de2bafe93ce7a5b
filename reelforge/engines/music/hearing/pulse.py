"""The beat: how strongly notes begin at each moment, how fast the pulse is from moment to moment, and where it falls.

After D. Ellis, "Beat Tracking by Dynamic Programming", J. New Music Research 36(1), 2007, with a tempo that may change:
it is followed by a Viterbi search through local autocorrelations, and each beat is then moved to the onset nearby.
Everything is plain numpy on frames of :class:`reelforge.engines.music.hearing.spectra.Spectra`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOWEST: Final = 50.0
FASTEST: Final = 215.0
"""Beats a minute."""
_TEMPO_STEP: Final = 1.01
_USUAL_BPM: Final = 115.0
_USUAL_OCTAVES: Final = 0.85
"""People tap near 120 a minute (van Noorden & Moelants 1999); the spread is wide, for the levels are weighed later."""
_RANGE_DB: Final = 50.0
LATE_SECONDS: Final = 0.0035
"""How much later than the note itself its flux is highest: 0.5 ms on clicks, 5 to 11 ms on music."""
_LOW_BANDS: Final = 5
"""Bands below some 200 Hz, where drums and basses mark the beat; what only ticks between beats has nothing there."""
_LOW_SHARE: Final = 0.4
_WINDOW_SECONDS: Final = 8.0
_STEP_SECONDS: Final = 0.5
_COMB: Final = (1.0, 0.8, 0.6, 0.4)
_MOST_STEPS: Final = 3
"""Grid steps (of 1 %) that the tempo may change by in half a second."""
_STEP_COST: Final = 0.02
_TIGHTNESS: Final = 400.0
_EMPTY: Final = 0.15
_SAME: Final = 0.85
_ALIKE: Final = 0.96
"""Between the beats of the shipped tracks: 0.83, 0.97 and 0.99 at most, and never all three at once."""


def flux(bands: NDArray[np.float32]) -> Floats:
    """(frames, bands): by how many dB each band grew since two frames before, within 50 dB of the loudest.

    Two frames, for a window takes in an attack over two, and what lies between frames must not count for less (Böck &
    Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013).
    """
    db = 10 * np.log10(np.maximum(bands.astype(np.float64), 1e-12))
    db = np.maximum(db, db.max() - _RANGE_DB)
    before = np.concatenate([db[:1], db[:1], db[:-2]])
    return np.asarray(np.maximum(0.0, db - before))


def onsets(grown: Floats, fps: float, low: float = _LOW_SHARE) -> Floats:
    """(frames,): how strongly something begins, 1 for what is usual (root mean square) in the 8 s around.

    ``low`` is the share of weight on the low bands alone.
    """
    raw = (1 - low) * grown.mean(axis=1) + low * grown[:, :_LOW_BANDS].mean(axis=1)
    raw = np.maximum(0.0, raw - _smooth(raw, round(fps)))
    level = np.sqrt(_smooth(np.square(raw), round(8 * fps)))
    least = max(0.25 * float(np.sqrt(np.mean(np.square(raw)))), 1e-9)
    return np.asarray(raw / np.maximum(level, least))


def tempi() -> Floats:
    """The grid of tempi, in beats a minute."""
    count = int(np.log(FASTEST / SLOWEST) / np.log(_TEMPO_STEP)) + 1
    return np.asarray(SLOWEST * _TEMPO_STEP ** np.arange(count))


def prior(bpm: Floats) -> Floats:
    """How usual a tempo is, 1 at most."""
    found: Floats = np.exp(-0.5 * np.square(np.log2(bpm / _USUAL_BPM) / _USUAL_OCTAVES))
    return found


def tempo_path(strength: Floats, fps: float) -> Floats:
    """The period in frames at each frame: the likeliest smooth path through the local autocorrelations."""
    window, step = round(_WINDOW_SECONDS * fps), round(_STEP_SECONDS * fps)
    centres = np.arange(0, len(strength), step)
    grid = tempi()
    scores = np.stack([_salience(part, grid, fps) for part in _windows(strength, centres, window)])
    scores = scores * prior(grid)
    chosen = grid[_smooth_path(scores)]
    return 60 * fps / np.interp(np.arange(len(strength)), centres, chosen)


def track(strength: Floats, period: Floats) -> Ints:
    """Frames of the beats: the sequence that has most strength on it and keeps nearest to the period (Ellis 2007)."""
    count = len(strength)
    best, before = np.zeros(count), np.full(count, -1, np.int64)
    steps: dict[int, tuple[Ints, Floats]] = {}
    for at in range(count):
        key = round(float(period[at]) * 4)
        if key not in steps:
            away = np.arange(max(1, key // 8), key // 2 + 1)
            steps[key] = away, -_TIGHTNESS * np.square(np.log(away * 4 / key))
        away, cost = steps[key]
        known = min(len(away), at - int(away[0]) + 1)
        if known > 0:
            offered = best[at - int(away[known - 1]) : at - int(away[0]) + 1][::-1] + cost[:known]
            winner = int(np.argmax(offered))
            best[at] = strength[at] + offered[winner]
            before[at] = at - away[winner]
        else:
            best[at] = strength[at]
    last = max(0, count - round(float(period[-1]) * 1.2))
    at = last + int(np.argmax(best[last:]))
    found = []
    while at >= 0:
        found.append(at)
        at = int(before[at])
    return np.array(found[::-1], np.int64)


def levelled(grown: Floats, strength: Floats, broad: Floats, beats: Ints) -> float:
    """By what to multiply the tempo: ½ when nothing happens at every other beat, 2 when what happens between beats is
    just what happens on them, else 1. ``broad`` is the strength without weight on low bands.
    """
    if len(beats) < 8:
        return 1.0
    between = (beats[1:] + beats[:-1]) // 2
    on, off = _around(strength, beats), _around(strength, between)
    plain = _around(broad, beats)
    even, odd = sorted([float(np.median(plain[::2])), float(np.median(plain[1::2]))])
    if even < _EMPTY * odd:
        return 0.5
    first, second = _around(grown, beats).mean(axis=0), _around(grown, between).mean(axis=0)
    alike = float(first @ second / max(np.linalg.norm(first) * np.linalg.norm(second), 1e-9))
    low = float(second[:_LOW_BANDS].sum() / max(first[:_LOW_BANDS].sum(), 1e-9))
    same = float(np.median(off)) > _SAME * float(np.median(on)) and low > _SAME and alike > _ALIKE
    return 2.0 if same else 1.0


def _around(values: Floats, beats: Ints, reach: int = 3) -> Floats:
    """The highest value within ``reach`` frames of each beat."""
    places = np.clip(beats[:, None] + np.arange(-reach, reach + 1), 0, len(values) - 1)
    found: Floats = values[places].max(axis=1)
    return found


def peaks(strength: Floats, beats: Floats, reach: float) -> tuple[Floats, Floats]:
    """For each beat (in frames) the strongest place within ``reach`` frames, to a fraction of one, and its strength."""
    places, values = np.array(beats, np.float64), np.zeros(len(beats))
    span = int(np.ceil(reach))
    for number, beat in enumerate(beats):
        first = max(0, round(float(beat)) - span)
        part = strength[first : round(float(beat)) + span + 1]
        if not len(part):
            continue
        top = int(np.argmax(part))
        values[number] = part[top]
        if part[top] > 0:
            places[number] = first + top + _vertex(strength, first + top)
    return places, values


def settled(strength: Floats, beats: Ints) -> tuple[Floats, Floats]:
    """Beats moved to the onsets they stand for, as fractional frames, and their strengths.

    Where nothing begins near a beat, or something else does, it keeps the place that its neighbours give it. Beats
    before the first and after the last that can be heard are left out.
    """
    period = float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
    places, values = peaks(strength, beats.astype(np.float64), min(5.0, 0.12 * period))
    usual = float(np.median(values)) if len(values) else 0.0
    heard = np.flatnonzero(values > 0.3 * usual)
    if usual <= 0 or not len(heard):
        return np.zeros(0), np.zeros(0)
    kept = slice(int(heard[0]), int(heard[-1]) + 1)
    places, values = places[kept], values[kept]
    expected = _from_neighbours(places, np.minimum(values, 2 * usual))
    lost = (values < 0.3 * usual) | (np.abs(places - expected) > 0.06 * period)
    return np.where(lost, expected, places), values


def _from_neighbours(places: Floats, weights: Floats, reach: int = 4) -> Floats:
    """Where each beat should be by a straight line through the four on either side, without itself."""
    found = places.copy()
    for number in range(len(places)):
        first, last = max(0, number - reach), min(len(places), number + reach + 1)
        near = np.array([other for other in range(first, last) if other != number], np.int64)
        if len(near) < 3:
            continue
        weight = weights[near] + 1e-6
        x, y = near - number, places[near]
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = np.average(np.square(x - mean_x), weights=weight)
        slope = np.average((x - mean_x) * (y - mean_y), weights=weight) / max(float(spread), 1e-9)
        found[number] = mean_y - slope * mean_x
    return found


def _salience(part: Floats, grid: Floats, fps: float) -> Floats:
    """How well each tempo explains a window: a comb over its autocorrelation."""
    count = len(part)
    spectrum = np.fft.rfft(part - part.mean(), 2 * count)
    auto = np.fft.irfft(np.square(np.abs(spectrum)))[:count] / np.arange(count, 0, -1)
    if auto[0] <= 0:
        return np.zeros(len(grid))
    auto = np.maximum(0.0, auto / auto[0])
    lags = 60 * fps / grid
    total = np.zeros(len(grid))
    for number, weight in enumerate(_COMB, start=1):
        total += weight * np.interp(lags * number, np.arange(count), auto, right=0.0)
    return total / sum(_COMB)


def _windows(strength: Floats, centres: Ints, window: int) -> list[Floats]:
    shape = np.hanning(window)
    padded = np.pad(strength, (window // 2, window))
    return [padded[centre : centre + window] * shape for centre in centres]


def _smooth_path(scores: Floats) -> Ints:
    """Viterbi: the path of the highest sum that moves at most :data:`_MOST_STEPS` a window."""
    total, came = scores[0].copy(), []
    moves = np.arange(-_MOST_STEPS, _MOST_STEPS + 1)
    count = scores.shape[1]
    for row in scores[1:]:
        padded = np.pad(total, _MOST_STEPS, constant_values=-np.inf)
        offered = np.stack([padded[_MOST_STEPS + move : _MOST_STEPS + move + count] for move in moves])
        offered -= _STEP_COST * np.abs(moves)[:, None]
        choice = np.argmax(offered, axis=0)
        came.append(choice)
        total = row + offered[choice, np.arange(count)]
    at = int(np.argmax(total))
    path = [at]
    for choice in reversed(came):
        at += int(moves[choice[at]])
        path.append(at)
    return np.array(path[::-1], np.int64)


def _vertex(values: Floats, at: int) -> float:
    """Where the parabola through three values has its top, from the middle one, −½ to ½."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = values[at - 1 : at + 2]
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _smooth(values: Floats, width: int) -> Floats:
    """The running mean over ``width`` frames; at the ends over those there are."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(len(values))
    first, last = np.maximum(0, places - width // 2), np.minimum(len(values), places + width // 2 + 1)
    found: Floats = (sums[last] - sums[first]) / (last - first)
    return found
