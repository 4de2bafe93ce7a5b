"""Sounds of our own, drawn by formula: kicks, claps, sub bass, saw plucks and pads, risers, booms.

Each takes (pitch, velocity, seconds) and gives stereo at 48 kHz, the same every time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from music.sampler import RATE, Stereo

Mono = NDArray[np.float64]


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def _time(seconds: float) -> Mono:
    return np.arange(round(seconds * RATE)) / RATE


def _noise(seconds: float, name: str) -> Mono:
    return np.random.default_rng(zlib.crc32(name.encode())).standard_normal(round(seconds * RATE))


def _band(sound: Mono, low: float, high: float) -> Mono:
    return np.asarray(sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), sound))


def _both(sound: Mono, velocity: int) -> Stereo:
    ends = np.ones(len(sound))
    ends[:24] *= np.linspace(0, 1, 24)
    ends[-480:] *= np.linspace(1, 0, 480)
    return np.repeat((sound * ends * (velocity / 110) ** 1.5)[:, None], 2, axis=1).astype(np.float32)


def _swept(seconds: float, high: float, low: float, fall: float) -> Mono:
    """A sine that falls from ``high`` to ``low`` hertz with the time constant ``fall``."""
    t = _time(seconds)
    return np.asarray(np.sin(2 * np.pi * (low * t + (high - low) * fall * (1 - np.exp(-t / fall)))))


def kick(_pitch: int, velocity: int, _seconds: float) -> Stereo:
    t = _time(0.34)
    body = _swept(0.34, 210, 48, 0.026) * np.exp(-t / 0.11)
    click = _band(_noise(0.34, "kick"), 1_500, 6_000) * np.exp(-t / 0.004) * 0.12
    return _both(np.tanh(1.6 * (body + click)), velocity)


def soft_kick(_pitch: int, velocity: int, _seconds: float) -> Stereo:
    t = _time(0.3)
    return _both(_swept(0.3, 130, 46, 0.03) * np.exp(-t / 0.085), velocity)


def boom(pitch: int, velocity: int, _seconds: float) -> Stereo:
    """A big drum: ``pitch`` sets the tuning (36 ≈ 65 Hz), a skin's thud on top."""
    low = _hertz(pitch)
    t = _time(1.5)
    body = _swept(1.5, low * 2.2, low, 0.03) * np.exp(-t / 0.32)
    skin = _band(_noise(1.5, "boom"), 120, 900) * np.exp(-t / 0.045) * 0.5
    return _both(np.tanh(1.3 * (body + skin)), velocity)


def clap(_pitch: int, velocity: int, _seconds: float) -> Stereo:
    t = _time(0.32)
    bursts = sum(np.where(t >= at, np.exp(-(t - at) / 0.006), 0.0) for at in (0.0, 0.009, 0.019))
    tail = np.where(t >= 0.024, np.exp(-(t - 0.024) / 0.07), 0.0)
    left, right = (_band(_noise(0.32, side), 850, 5_200) * (bursts + tail) for side in ("clap-left", "clap-right"))
    both = _both((left + right) / 2, velocity)
    side = _both((left - right) / 3, velocity)[:, 0]
    return np.stack([both[:, 0] + side, both[:, 1] - side], axis=1)


def sub(pitch: int, velocity: int, seconds: float) -> Stereo:
    """A round sub bass: sine with a little second and third harmonic so that small speakers tell its pitch."""
    t = _time(seconds + 0.06)
    phase = 2 * np.pi * _hertz(pitch) * t
    tone = np.sin(phase) + 0.22 * np.sin(2 * phase) + 0.08 * np.sin(3 * phase)
    envelope = np.minimum(t / 0.008, 1) * np.exp(-t / 2.5) * np.clip((seconds + 0.06 - t) / 0.05, 0, 1)
    return _both(np.tanh(tone * envelope), velocity)


def deep(pitch: int, velocity: int, seconds: float) -> Stereo:
    """A long drum-machine bass: a kick's attack that settles on the pitch and rings."""
    length = seconds + 0.12
    t = _time(length)
    low = _hertz(pitch)
    tone = _swept(length, low * 3, low, 0.018) * np.exp(-t / 0.9) * np.clip((length - t) / 0.1, 0, 1)
    return _both(np.tanh(2.2 * tone) * 0.8, velocity)


def riser(_pitch: int, velocity: int, seconds: float) -> Stereo:
    """Noise that opens and grows for ``seconds``, wide."""
    t = _time(seconds)
    grow = (t / seconds) ** 2.2
    sides = []
    for side in ("riser-left", "riser-right"):
        noise = _noise(seconds, side)
        low, high = _band(noise, 300, 1_400), _band(noise, 3_000, 9_000)
        sides.append(_both((low * (1 - t / seconds) + high * t / seconds) * grow, velocity)[:, 0])
    return np.stack(sides, axis=1)


def _saws(pitch: int, seconds: float, fall: Callable[[int, Mono], Mono], top: float, detune: float) -> Stereo:
    """Five detuned band-limited saws added up from harmonics; ``fall(k, t)`` is the k-th harmonic's envelope."""
    t = _time(seconds)
    dice = np.random.default_rng(pitch)
    out = np.zeros((len(t), 2))
    for spread in (-1.0, -0.45, 0.0, 0.5, 1.0):
        base = _hertz(pitch + spread * detune / 100)
        left, right = np.sqrt((1 - spread * 0.8) / 2), np.sqrt((1 + spread * 0.8) / 2)
        start = dice.uniform(0, 2 * np.pi)
        for k in range(1, max(2, int(top / base) + 1)):
            wave = np.sin(2 * np.pi * base * k * t + start * k) / k * fall(k, t)
            out[:, 0] += left * wave
            out[:, 1] += right * wave
    return out.astype(np.float32)


@cache
def _pluck(pitch: int, seconds: float) -> Stereo:
    return _saws(pitch, min(seconds, 1.2), lambda k, t: np.exp(-t * (3.2 + 1.5 * k)), 6_500, 9)


@cache
def _pad(pitch: int, seconds: float) -> Stereo:
    return _saws(pitch, seconds, lambda k, t: np.full_like(t, 1 / (1 + (k / 6) ** 2)), 3_800, 12)


@cache
def _buzz(pitch: int, seconds: float) -> Stereo:
    return _saws(pitch, seconds, lambda k, t: np.exp(-t * 0.9 * k) / (1 + (k / 14) ** 2), 4_500, 6)


def pluck(pitch: int, velocity: int, _seconds: float) -> Stereo:
    """A bright saw pluck whose upper harmonics die first."""
    sound = _pluck(pitch, 1.2)
    return sound * _shape(len(sound), 0.002, 0.3) * np.float32((velocity / 110) ** 1.4)


def pad(pitch: int, velocity: int, seconds: float) -> Stereo:
    """A warm, slow saw pad."""
    sound = _pad(pitch, round(seconds + 0.5, 2))
    return sound * _shape(len(sound), 0.12, 0.5) * np.float32((velocity / 110) ** 1.2)


def stab(pitch: int, velocity: int, seconds: float) -> Stereo:
    """The same saws with a quick attack, for chords in a rhythm."""
    sound = _pad(pitch, round(seconds + 0.12, 2))
    return sound * _shape(len(sound), 0.004, 0.12) * np.float32((velocity / 110) ** 1.2)


def buzz(pitch: int, velocity: int, seconds: float) -> Stereo:
    """A synth bass: few saws, closing quickly, mostly in the middle."""
    sound = _buzz(pitch, round(seconds + 0.05, 2))
    middle = sound.mean(axis=1, keepdims=True)
    return (middle + 0.25 * (sound - middle)) * _shape(len(sound), 0.003, 0.05) * np.float32((velocity / 110) ** 1.2)


def square(pitch: int, velocity: int, seconds: float) -> Stereo:
    """A 25 % pulse wave as of old consoles, band-limited, with a short decay."""
    t = _time(seconds + 0.03)
    base = _hertz(pitch)
    tone = np.zeros_like(t)
    for k in range(1, max(2, int(7_000 / base) + 1)):
        tone += np.sin(np.pi * k * 0.25) / k * np.cos(2 * np.pi * base * k * t) / (1 + (base * k / 5_000) ** 2)
    return _both(tone * np.exp(-t / 0.45), velocity)


def _shape(length: int, attack: float, release: float) -> Stereo:
    rise, fall = round(attack * RATE), min(round(release * RATE), length)
    shape = np.ones(length)
    shape[:rise] = np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    shape[length - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    return shape[:, None].astype(np.float32)


OWN: Final[dict[str, Callable[[int, int, float], Stereo]]] = {
    sound.__name__: sound for sound in (kick, soft_kick, boom, clap, sub, deep, riser, pluck, pad, stab, buzz, square)
}
