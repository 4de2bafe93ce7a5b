"""Everything there is to hear in a file, from one reading of it. Runs in a worker process, as ``beats.py`` does."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np

from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.music import STRENGTH_STEP, Analysis
from reelforge.engines.music.hearing import pulse
from reelforge.engines.music.hearing.beats import beat_track, find_pulse
from reelforge.engines.music.hearing.grid import grid_of
from reelforge.engines.music.hearing.key import key_of
from reelforge.engines.music.hearing.sections import sections_of
from reelforge.engines.music.hearing.spectra import Spectra, read_spectra
from reelforge.errors import InputError
from reelforge.sound.containers import open_sound
from reelforge.sound.files import Samples
from reelforge.sound.loudness import SILENCE_LUFS, LoudnessMeter
from reelforge.sound.strength import StrengthMeter

_DRIVE_FROM: Final = 0.4
_DRIVE_TO: Final = 1.5
"""dB a frame, between which still and driving music lies: the shipped tracks have 0.8 (chill) to 1.5 (gaming)."""


def analyse(path: Path) -> Analysis:
    """Listen to a file. Blocking, some 0.3 s for a minute of it; :mod:`listener` does it elsewhere.

    Raises InputError as :func:`reelforge.engines.music.hearing.beats.beats` does, and when no bar is whole.
    """
    with open_sound(path) as sound:
        energy = StrengthMeter(sound.rate, SAMPLE_RATE // STRENGTH_STEP)
        loudness = LoudnessMeter(sound.rate, sound.channels)

    def also(block: Samples) -> None:
        energy.add(block)
        loudness.add(block)

    spectra = read_spectra(path, also)
    found = find_pulse(spectra, path)
    grid = grid_of(found.times, found.bars, spectra.seconds)
    if grid is None:
        raise InputError(f"No whole bar can be heard in the track {path}.", remedy="Take a longer one.")
    sections = sections_of(spectra, grid)
    level = loudness.integrated()
    return Analysis(
        pulse=beat_track(found, energy.finish()),
        bpm=grid.bpm,
        first_beat=grid.first,
        beats_per_bar=grid.beats_per_bar,
        bars=grid.bars,
        seconds=round(spectra.seconds, 6),
        loudness=round(level, 2) if isfinite(level) else SILENCE_LUFS,
        loop_start_bar=sections.loop_start,
        loop_end_bar=sections.loop_end,
        beats=grid.beats,
        outro_bar=sections.outro,
        ends=sections.ends,
        intro_bars=sections.intro_bars,
        key=key_of(spectra.chroma),
        drive=drive_of(spectra),
    )


def drive_of(spectra: Spectra) -> float:
    """How driving it is, 0–1: how much begins each second, all bands together, over the middle of the track."""
    grown = pulse.flux(spectra.bands).mean(axis=1)
    middle = grown[len(grown) // 8 : -len(grown) // 8 or None]
    return round(float(np.clip((middle.mean() - _DRIVE_FROM) / (_DRIVE_TO - _DRIVE_FROM), 0, 1)), 3)
