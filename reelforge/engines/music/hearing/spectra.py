"""What the ear's bands and the twelve notes do over time, from one reading of a file in bounded memory.

Frames are counted in the file's own rate, so nothing is resampled. Of librosa only the mel filters are used: importing
its transforms and its beat tracker compiles much that nothing here calls (16 s and 9 s more with an empty cache).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, log2
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelforge.errors import InputError
from reelforge.sound.containers import open_sound

Floats = NDArray[np.float32]

LONGEST_SECONDS: Final = 20 * 60
"""Longer files are mixes and recordings, not tracks."""
SHORTEST_SECONDS: Final = 4.0
FPS: Final = 100
"""Frames a second, as nearly as a whole number of samples allows: beats are then found to a tenth of a frame."""
LEAD: Final = 20
"""Frames of silence before the file, so that a beat on its first sample begins somewhere."""
BANDS: Final = 40
_LOWEST_HZ: Final = 30.0
_HIGHEST_HZ: Final = 14_000.0
_WINDOW_SECONDS: Final = 0.023
_CHROMA_SECONDS: Final = 0.18
CHROMA_FPS: Final = 10
_CHROMA_HZ: Final = (100.0, 2_100.0)
_CHROMA_CENTRE_HZ: Final = 400.0
_CHROMA_OCTAVES: Final = 1.2
"""Where harmony sounds: below are basses, whose semitones the window does not part, and drums; above, overtones."""
_CHROMA_SPREAD: Final = 0.3
"""Semitones; how far beside its pitch a partial still counts."""
_AUDIBLE: Final = 1e-3
"""−60 dBFS."""


class Spectra(NamedTuple):
    """``bands`` (frames, BANDS) and ``chroma`` (chroma frames, 12) as power, ``fps`` and ``chroma_fps`` frames a
    second. Band frame i is centred at (i − LEAD) / fps seconds, chroma frame i at i / chroma_fps.
    """

    bands: Floats
    chroma: Floats
    fps: float
    chroma_fps: float
    seconds: float


def read_spectra(path: Path, also: Callable[[Floats], None] | None = None) -> Spectra:
    """Read a track; each (n, channels) block is handed to ``also`` besides.

    Raises InputError for a file that cannot be read, is shorter than :data:`SHORTEST_SECONDS`, longer than
    :data:`LONGEST_SECONDS`, or silent.
    """
    with open_sound(path) as sound:
        _refuse_length(path, sound.frames / sound.rate)
        window = 1 << round(log2(_WINDOW_SECONDS * sound.rate))
        long = 1 << round(log2(_CHROMA_SECONDS * sound.rate))
        hop, long_hop = round(sound.rate / FPS), round(sound.rate / CHROMA_FPS)
        ear = Analyser(window, hop, mel_filters(sound.rate, window), lead=LEAD * hop)
        notes = Analyser(long, long_hop, note_filters(sound.rate, long))
        loudest = 0.0
        for block in sound.blocks():
            mono = block @ np.full(sound.channels, 1 / sound.channels, np.float32)
            loudest = max(loudest, float(block.max()), -float(block.min()))
            ear.add(mono)
            notes.add(mono)
            if also is not None:
                also(block)
        if loudest < _AUDIBLE:
            raise InputError(f"The track {path} is silent.", remedy="Put a track with sound in its place.")
        return Spectra(ear.finish(), notes.finish(), sound.rate / hop, sound.rate / long_hop, sound.frames / sound.rate)


class Analyser:
    """Takes consecutive mono blocks and keeps the filtered power of each frame of ``window`` samples, ``hop`` apart,
    the first centred ``lead`` samples before the first that is added.
    """

    def __init__(self, window: int, hop: int, filters: Floats, lead: int = 0) -> None:
        self._window, self._hop, self._filters = window, hop, filters
        self._shape = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
        self._held: Floats = np.zeros(lead + window // 2, np.float32)
        self._found: list[Floats] = []

    def add(self, mono: Floats) -> None:
        """The next (n,) samples."""
        self._held = np.concatenate([self._held, mono])
        count = (len(self._held) - self._window) // self._hop + 1
        if count > 0:
            for frames in self._frames(count):
                self._found.append(self._measured(frames))
            self._held = self._held[count * self._hop :].copy()

    def finish(self) -> Floats:
        """(frames, filters); the last frames run out into silence."""
        self.add(np.zeros(self._window // 2, np.float32))
        return np.concatenate(self._found) if self._found else np.zeros((0, len(self._filters)), np.float32)

    def _frames(self, count: int, at_once: int = 2_048) -> Iterator[Floats]:
        every = np.lib.stride_tricks.sliding_window_view(self._held, self._window)[:: self._hop][:count]
        for first in range(0, count, at_once):
            yield every[first : first + at_once]

    def _measured(self, frames: Floats) -> Floats:
        spectrum = np.fft.rfft(frames * self._shape, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        scale = 1 / float(np.square(self._shape).sum() * self._window)
        found: Floats = (power @ self._filters.T * np.float32(scale)).astype(np.float32)
        return found


def mel_filters(rate: int, window: int) -> Floats:
    """(BANDS, bins): triangles on Slaney's mel scale, from librosa."""
    from librosa.filters import mel  # noqa: PLC0415  # heavy, and only workers need it

    highest = min(_HIGHEST_HZ, rate / 2)
    found: Floats = mel(sr=rate, n_fft=window, n_mels=BANDS, fmin=_LOWEST_HZ, fmax=highest)
    return found.astype(np.float32)


def note_filters(rate: int, window: int) -> Floats:
    """(12, bins), C first: each bin counts for the pitch classes near it, as a Gaussian of the distance in semitones.

    Equal temperament at A = 440 Hz; what lies near :data:`_CHROMA_CENTRE_HZ` counts most, and nothing outside
    :data:`_CHROMA_HZ`.
    """
    hertz = np.arange(1, window // 2 + 1) * rate / window
    pitch = 69 + 12 * np.log2(hertz / 440)
    away = (pitch[None, :] - np.arange(12)[:, None] + 6) % 12 - 6
    harmony = np.exp(-0.5 * np.square(np.log2(hertz / _CHROMA_CENTRE_HZ) / _CHROMA_OCTAVES))
    weights = np.exp(-0.5 * np.square(away / _CHROMA_SPREAD)) * harmony
    weights[:, (hertz < _CHROMA_HZ[0]) | (hertz > _CHROMA_HZ[1])] = 0
    return np.concatenate([np.zeros((12, 1)), weights], axis=1).astype(np.float32)


def _refuse_length(path: Path, seconds: float) -> None:
    if seconds > LONGEST_SECONDS:
        raise InputError(
            f"The track {path} is {ceil(seconds / 60)} minutes long; the most is {LONGEST_SECONDS // 60}.",
            remedy="Cut it to the part that is to be heard.",
        )
    if seconds < SHORTEST_SECONDS:
        raise InputError(
            f"The track {path} has only {seconds:.1f} seconds; the least is {SHORTEST_SECONDS:g}.",
            remedy="Put a longer one in its place.",
        )
