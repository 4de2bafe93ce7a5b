"""FluidSynth as a sampler: one note at a time, so that the desk can put each on its exact sample.

FluidSynth starts notes on blocks of 64 samples; a whole piece played through it would wander by a millisecond. A note
rendered alone begins with its block, and numpy places it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 48_000
BLOCK: Final = 4_096
QUIET: Final = 10 ** (-84 / 20)
LONGEST_TAIL: Final = 4 * RATE

Stereo = NDArray[np.float32]
"""(samples, 2), full scale ±1."""


class FluidSynth:
    """libfluidsynth (2.x) with one SoundFont, its own reverb and chorus off. Not thread-safe.

    Voices keep a trace (−60 dB) of the filter of the note before, so a piece is the same only when its notes are asked
    for in the same order of a fresh instance.
    """

    def __init__(self, font: Path) -> None:
        name = ctypes.util.find_library("fluidsynth")
        if name is None:
            raise SystemExit("FluidSynth is not installed. Install the Debian package fluidsynth.")
        self._lib = lib = ctypes.CDLL(name)
        lib.new_fluid_settings.restype = ctypes.c_void_p
        lib.new_fluid_synth.restype = ctypes.c_void_p
        settings = ctypes.c_void_p(lib.new_fluid_settings())
        lib.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(RATE))
        lib.fluid_settings_setnum(settings, b"synth.gain", ctypes.c_double(0.5))
        for off in (b"synth.reverb.active", b"synth.chorus.active"):
            lib.fluid_settings_setint(settings, off, 0)
        lib.fluid_settings_setint(settings, b"synth.dynamic-sample-loading", 1)
        self._synth = ctypes.c_void_p(lib.new_fluid_synth(settings))
        self._font = lib.fluid_synth_sfload(self._synth, str(font).encode(), 1)
        if self._font < 0:
            raise SystemExit(f"The SoundFont {font} could not be read. Install the Debian package fluid-soundfont-gm.")
        self._notes: dict[tuple[int, int, int, int, int], Stereo] = {}

    def note(self, bank: int, program: int, pitch: int, velocity: int, seconds: float) -> Stereo:
        """A note held for ``seconds`` with its release, down to −84 dBFS."""
        key = (bank, program, pitch, min(127, 3 * round(velocity / 3)), round(seconds * 200))
        if key not in self._notes:
            self._notes[key] = self._render(bank, program, pitch, key[3], key[4] / 200)
        return self._notes[key]

    def _render(self, bank: int, program: int, pitch: int, velocity: int, seconds: float) -> Stereo:
        lib, synth = self._lib, self._synth
        lib.fluid_synth_system_reset(synth)
        lib.fluid_synth_program_select(synth, 0, self._font, bank, program)
        if lib.fluid_synth_noteon(synth, 0, pitch, velocity) != 0:
            raise RuntimeError(f"FluidSynth refused note {pitch} of program {bank}:{program}")
        pieces = [self._write(max(64, round(seconds * RATE / 64) * 64))]
        lib.fluid_synth_noteoff(synth, 0, pitch)
        while sum(map(len, pieces)) < seconds * RATE + LONGEST_TAIL:
            pieces.append(self._write(BLOCK))
            if np.abs(pieces[-1]).max() < QUIET:
                break
        sound = np.concatenate(pieces)
        if np.abs(sound).max() < QUIET:
            raise RuntimeError(f"note {pitch} of program {bank}:{program} is silent")
        sound[-256:] *= np.linspace(1, 0, 256, dtype=np.float32)[:, None]
        return sound

    def _write(self, samples: int) -> Stereo:
        left, right = np.zeros(samples, np.float32), np.zeros(samples, np.float32)
        pointers = [channel.ctypes.data_as(ctypes.c_void_p) for channel in (left, right)]
        self._lib.fluid_synth_write_float(self._synth, samples, pointers[0], 0, 1, pointers[1], 0, 1)
        return np.stack([left, right], axis=1)
