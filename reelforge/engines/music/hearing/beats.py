"""Beat tracking behind one function. Runs in a worker process: the libraries it takes are heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import STRENGTH_STEP, BeatTrack
from reelforge.engines.music.hearing import meter, pulse
from reelforge.engines.music.hearing.spectra import LEAD, Spectra, read_spectra
from reelforge.errors import InputError
from reelforge.sound.containers import open_sound
from reelforge.sound.strength import StrengthMeter

Floats = NDArray[np.float64]

_FEWEST: Final = 4
_LEVELS_TRIED: Final = 2
_NOTES_AFTER: Final = 0.06
"""Seconds after a beat from which on the notes that begin with it prevail in what is heard around that moment."""
_ALL_NOISE: Final = 0.2
_ALL_BEAT: Final = 0.5
"""What share of a recording's onset strength lies near its beats: in noise, and in plain music."""


class Pulse(NamedTuple):
    """``times`` of beats in seconds; every ``bars.beats`` from number ``bars.first`` on begin a bar."""

    times: Floats
    bars: meter.Bars
    confidence: float


def beats(path: Path) -> BeatTrack:
    """The beats of a sound file. Blocking, some 0.2 s for a minute of it.

    Raises InputError for a file that cannot be read, is too short or long, silent, or without anything that begins.
    """
    with open_sound(path) as sound:
        energy = StrengthMeter(sound.rate, SAMPLE_RATE // STRENGTH_STEP)
    spectra = read_spectra(path, energy.add)
    return beat_track(find_pulse(spectra, path), energy.finish())


def beat_track(found: Pulse, energy: tuple[float, ...]) -> BeatTrack:
    """A pulse as a value."""
    samples = tuple(round(float(time) * SAMPLE_RATE) for time in found.times)
    return BeatTrack(
        tempo=round(60 / float(np.median(np.diff(found.times))), 3),
        beats=samples,
        downbeats=samples[found.bars.first :: found.bars.beats],
        beats_per_bar=found.bars.beats,
        energy=energy,
        confidence=round(found.confidence, 3),
    )


def find_pulse(spectra: Spectra, path: Path) -> Pulse:
    """The beats and bars in what was heard of ``path``. Raises InputError when there are none."""
    grown = pulse.flux(spectra.bands)
    strength = pulse.onsets(grown, spectra.fps)
    period = pulse.tempo_path(strength, spectra.fps)
    rough = pulse.track(strength, period)
    broad = pulse.onsets(grown, spectra.fps, low=0)
    for _ in range(_LEVELS_TRIED):
        factor = pulse.levelled(grown, strength, broad, rough)
        bpm = 60 * spectra.fps * factor / float(np.median(period))
        if factor == 1 or not pulse.SLOWEST * 0.9 <= bpm <= pulse.FASTEST:
            break
        period = period / factor
        rough = pulse.track(strength, period)
    places, _ = pulse.settled(broad, rough)
    if len(places) < _FEWEST:
        raise InputError(
            f"No beat can be heard in the track {path}.",
            remedy="Write its `bpm`, `first_beat`, `bars` and the rest into a sidecar, or take another track.",
        )
    times = (places - LEAD) / spectra.fps
    bars = meter.bars_of(grown, spectra.chroma, places, (times + _NOTES_AFTER) * spectra.chroma_fps)
    return Pulse(np.maximum(times - pulse.LATE_SECONDS, 0.0), bars, _confidence(strength, places))


def _confidence(strength: Floats, places: Floats) -> float:
    """How much of the onset strength lies within 30 ms of beats, and how evenly they follow, from 0 to 1."""
    near = np.unique(np.clip(np.round(places).astype(int)[:, None] + np.arange(-3, 4), 0, len(strength) - 1))
    first, last = int(places[0]), int(places[-1]) + 1
    share = float(strength[near].sum() / max(float(strength[first:last].sum()), 1e-9))
    gaps = np.diff(places)
    uneven = float(np.median(np.abs(np.diff(gaps))) / np.median(gaps)) if len(gaps) > 1 else 1.0
    plain = np.clip((share - _ALL_NOISE) / (_ALL_BEAT - _ALL_NOISE), 0, 1)
    return float(plain * np.clip(1 - 4 * uneven, 0, 1))
