"""The mixing desk: notes and sounds in, one seamless loop out.

Every process treats the track as a circle (FFT filters, wrapped tails, wrapped windows), so the last bar flows into the
first exactly as any bar into the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

from music.sampler import RATE, FluidSynth, Stereo
from music.score import Note
from music.sounds import OWN

Group = Literal["drums", "bass", "chords", "lead"]
GROUPS: Final[tuple[Group, ...]] = ("drums", "bass", "chords", "lead")
Bell = tuple[float, float, float]
"""(centre in Hz, gain in dB, Q)."""


@dataclass(frozen=True)
class Part:
    """How one part sounds and where it stands.

    ``sound`` is a General MIDI program (0-based; ``bank`` 128 for drum kits) or one of ours by name. ``level`` is the
    part's integrated loudness in LUFS, or its peak in dBFS where ``by`` says so. ``room`` and ``echo`` are sends in dB;
    ``pump`` is how far, in dB, the kick pushes it down; ``human`` is the standard deviation in milliseconds of the
    player's timing; ``choke``: a new note ends the one before (hi-hats, mono synths).
    """

    group: Group
    sound: int | str
    level: float
    bank: int = 0
    by: Literal["lufs", "peak"] = "lufs"
    pan: float = 0.0
    width: float = 1.0
    low_cut: float = 30.0
    high_cut: float = 18_000.0
    bells: tuple[Bell, ...] = ()
    room: float | None = None
    echo: float | None = None
    pump: float = 0.0
    human: float = 0.0
    choke: bool = False


class Desk:
    """One track of ``samples`` at ``bpm``; ``room`` is the reverb's RT60 in seconds."""

    def __init__(self, font: FluidSynth, samples: int, bpm: int, seed: int, room: float) -> None:
        self._font = font
        self._samples = samples
        self._beat = 60 * RATE / bpm
        self._dice = np.random.default_rng(seed)
        self._impulse = self._draw_room(room)

    def stems(self, parts: dict[str, Part], notes: dict[str, list[Note]]) -> dict[Group, Stereo]:
        """Each group's stem with its sends, before the master."""
        missing = notes.keys() - parts.keys()
        if missing:
            raise ValueError(f"no part on the desk for {sorted(missing)}")
        pump = self._pump(notes.get("kick", []))
        stems: dict[Group, Stereo] = {}
        for group in GROUPS:
            dry = np.zeros((self._samples, 2), np.float32)
            wet, echo = dry.copy(), dry.copy()
            for name, part in parts.items():
                if part.group != group or name not in notes:
                    continue
                sound = self._channel(part, notes[name], pump)
                dry += sound
                wet += sound * _gain(part.room)
                echo += sound * _gain(part.echo)
            echoed = self._echo(echo)
            stems[group] = dry + echoed + self._reverb(wet + 0.35 * echoed)
        stems["drums"] = squeeze(stems["drums"], ratio=2.5, over=6, window=0.012)
        stems["bass"] = squeeze(stems["bass"], ratio=3.0, over=4, window=0.03)
        return stems

    def lay(self, part: Part, notes: Sequence[Note]) -> Stereo:
        """A part's notes on their exact samples, tails wrapped round; their attacks meet the grid."""
        out = np.zeros((self._samples, 2), np.float32)
        ordered = sorted(notes)
        for index, note in enumerate(ordered):
            seconds = note.length * self._beat / RATE
            if isinstance(part.sound, str):
                sound = OWN[part.sound](note.pitch, note.velocity, seconds)
            else:
                sound = self._font.note(part.bank, part.sound, note.pitch, note.velocity, seconds)
            start = round(note.start * self._beat) - _attack(sound)
            start += round(float(np.clip(self._dice.normal(0, part.human), -6, 6)) * RATE / 1000) if part.human else 0
            if part.choke and index + 1 < len(ordered):
                sound = _choked(sound, round(ordered[index + 1].start * self._beat) - start)
            places = np.arange(start, start + len(sound)) % self._samples
            out[places] += sound if len(sound) <= self._samples else sound[: self._samples]
        return out

    def _channel(self, part: Part, notes: Sequence[Note], pump: NDArray[np.float32]) -> Stereo:
        sound = self.lay(part, notes)
        sound = filtered(sound, low_cut=part.low_cut, high_cut=part.high_cut, bells=part.bells)
        middle = sound.mean(axis=1, keepdims=True)
        sound = middle + part.width * (sound - middle)
        angle = (part.pan + 1) * np.pi / 4
        sound = sound * (np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)], np.float32))
        sound *= _gain(part.level - (loudness(sound) if part.by == "lufs" else _decibels(np.abs(sound).max())))
        return sound * _gain(-part.pump) ** pump[:, None] if part.pump else sound

    def _pump(self, kicks: Sequence[Note]) -> NDArray[np.float32]:
        """0–1: how much the kick asks for room, full at its start and gone within three quarters of a beat."""
        curve = np.zeros(self._samples, np.float32)
        length = round(0.75 * self._beat)
        shape = (np.cos(np.linspace(0, np.pi, length)) / 2 + 0.5).astype(np.float32)
        for note in kicks:
            start = round(note.start * self._beat)
            places = np.arange(start, start + length) % self._samples
            curve[places] = np.maximum(curve[places], shape)
            ahead = np.arange(start - 240, start) % self._samples
            curve[ahead] = np.maximum(curve[ahead], np.linspace(0, 1, 240, dtype=np.float32))
        return curve

    def _echo(self, sound: Stereo) -> Stereo:
        """A ping-pong of dotted eighths, each answer darker."""
        out = np.zeros_like(sound)
        for turn in range(1, 6):
            tap = np.roll(sound, round(turn * 0.75 * self._beat), axis=0) * np.float32(0.5**turn)
            near, far = (1.0, 0.45) if turn % 2 else (0.45, 1.0)
            out += tap * np.array([near, far], np.float32)
        return filtered(out, low_cut=250, high_cut=5_500)

    def _reverb(self, sound: Stereo) -> Stereo:
        spectrum = fft.rfft(sound, axis=0) * self._impulse
        return np.asarray(fft.irfft(spectrum, self._samples, axis=0), np.float32)

    def _draw_room(self, seconds: float) -> NDArray[np.complex64]:
        """The spectrum of a room's impulse response: noise that decays, the highs sooner, 18 ms after the sound."""
        t = np.arange(round(seconds * 1.3 * RATE)) / RATE
        noise = np.random.default_rng(7).standard_normal((len(t), 2))
        dark = filtered(noise.astype(np.float32), low_cut=180, high_cut=2_500)
        bright = filtered(noise.astype(np.float32), low_cut=2_500, high_cut=9_000)
        build = np.minimum(t / 0.02, 1)[:, None]
        fall = (-3 * t / seconds)[:, None]
        room = build * (dark * 10**fall + bright * 10 ** (fall / 0.55))
        room = np.vstack([np.zeros((round(0.018 * RATE), 2)), room])
        circle = np.zeros((self._samples, 2), np.float32)
        circle[: len(room)] = room / np.sqrt((room**2).sum(axis=0))
        return np.asarray(fft.rfft(circle, axis=0))


def filtered(sound: Stereo, *, low_cut: float = 0.0, high_cut: float = 24_000.0, bells: Sequence[Bell] = ()) -> Stereo:
    """Second-order cuts and bells as zero-phase responses on the circle."""
    hertz = fft.rfftfreq(len(sound), 1 / RATE)
    response = np.ones(len(hertz))
    if low_cut:
        ratio = hertz / low_cut
        response *= ratio**2 / np.sqrt(1 + ratio**4)
    if high_cut < 20_000:
        response /= np.sqrt(1 + (hertz / high_cut) ** 4)
    for centre, gain, q in bells:
        octaves = np.log2(np.maximum(hertz, 1) / centre)
        response *= 10 ** (gain / 20 * np.exp(-((octaves * q) ** 2)))
    spectrum = fft.rfft(sound, axis=0) * response[:, None].astype(np.float32)
    return np.asarray(fft.irfft(spectrum, len(sound), axis=0), np.float32)


def squeeze(sound: Stereo, *, ratio: float, over: float, window: float) -> Stereo:
    """A compressor on the circle: ``over`` dB above the mean level it lets 1/``ratio`` through."""
    size = round(window * RATE)
    power = uniform_filter1d((sound.astype(np.float64) ** 2).mean(axis=1), size, mode="wrap")
    level = 10 * np.log10(power + 1e-10)
    loud = level[level > level.max() - 30]
    cut = np.maximum(level - (loud.mean() + over), 0) * (1 / ratio - 1)
    return np.asarray(sound * (10 ** (uniform_filter1d(cut, 4 * size, mode="wrap") / 20))[:, None], np.float32)


def master(stems: dict[Group, Stereo], *, target: float, ceiling: float) -> Stereo:
    """The mix at ``target`` LUFS under ``ceiling`` dBTP: room for speech, mono lows, less rumble, some air, glue."""
    quiet_middle: tuple[Bell, ...] = ((2_300, -2.5, 0.9),)
    mix = filtered(stems["drums"] + stems["bass"], low_cut=28)
    mix = mix + filtered(stems["chords"] + stems["lead"], low_cut=60, bells=quiet_middle)
    middle = mix.mean(axis=1, keepdims=True)
    mix = middle + filtered(mix - middle, low_cut=130)
    mix = filtered(mix, bells=((42, -3.0, 0.9), (9_000, 3.0, 0.6)))
    mix = squeeze(mix, ratio=1.8, over=1, window=0.08)
    for _ in range(3):
        mix = limited(mix * _gain(target - loudness(mix)), ceiling)
    return mix


def limited(sound: Stereo, ceiling: float) -> Stereo:
    """A look-ahead limiter on the circle; peaks are read between samples (4 times oversampled, BS.1770-4 annex 2)."""
    peaks = true_peaks(sound)
    needed = np.minimum(1, _gain(ceiling) / np.maximum(peaks, 1e-9))
    size = round(0.004 * RATE)
    gain = uniform_filter1d(minimum_filter1d(needed, 2 * size + 1, mode="wrap"), size, mode="wrap")
    return np.asarray(sound * gain[:, None], np.float32)


def true_peaks(sound: Stereo) -> NDArray[np.float64]:
    """For each sample the largest magnitude in it and up to the next, over both channels."""
    edge = 64
    padded = np.vstack([sound[-edge:], sound, sound[:edge]])
    fine = np.abs(resample_poly(padded, 4, 1, axis=0)).max(axis=1)
    return np.asarray(fine.reshape(-1, 4).max(axis=1)[edge:-edge], np.float64)


def loudness(sound: Stereo) -> float:
    """Integrated loudness in LUFS."""
    value = pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64))
    if not np.isfinite(value):
        raise ValueError("a part is too quiet to measure; give its level by peak")
    return float(value)


def _gain(decibels: float | None) -> np.float32:
    return np.float32(0.0 if decibels is None else 10 ** (decibels / 20))


def _decibels(value: float) -> float:
    return float(20 * np.log10(value))


def _attack(sound: Stereo) -> int:
    """Samples before the sound has risen to a tenth of its first peak, at most 20 ms of them (slow sounds)."""
    first = np.abs(sound[: round(0.25 * RATE)]).max(axis=1)
    return min(int(np.argmax(first >= 0.1 * first.max())), round(0.02 * RATE))


def _choked(sound: Stereo, at: int) -> Stereo:
    fade = 480
    if at + fade >= len(sound) or at < 0:
        return sound
    kept = sound[: at + fade].copy()
    kept[at:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return kept
