"""Sound whose beats are known to the sample: click tracks, and a little band with chords, drums and an ending."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Seconds = NDArray[np.float64]
Feel = Literal["plain", "accent", "swing", "drift", "wander"]
FEELS: Final[tuple[Feel, ...]] = ("plain", "accent", "swing", "drift", "wander")

_NOISE_DB: Final = -60.0
_DRIFT: Final = 0.08
_WANDER: Final = 0.02
_SWUNG: Final = 0.64
_ROOTS_HZ: Final = (110.0, 87.31, 130.81, 98.0)
"""A minor, F, C, G: a bar each."""
_RING_SECONDS: Final = 4.0


class Played(NamedTuple):
    """``sound`` (n,) at ``rate`` Hz, and where its beats are, in seconds."""

    sound: Samples
    rate: int
    beats: Seconds


def clicks(bpm: float, feel: Feel, seconds: float = 60.0, *, seed: int = 0, rate: int = 48_000) -> Played:
    """A metronome over faint noise. All but ``plain`` accent every fourth beat; ``swing`` has softer eighths between,
    late ones; ``drift`` becomes 16 % faster from end to end; ``wander`` goes 2 % up and down every 15 s.
    """
    rng = np.random.default_rng(seed)
    at, beats = 0.2 + 0.8 * float(rng.random()), list[float]()
    while at < seconds - 0.1:
        beats.append(at)
        change = _DRIFT * (2 * at / seconds - 1) if feel == "drift" else 0.0
        change += _WANDER * np.sin(2 * np.pi * at / 15) if feel == "wander" else 0.0
        at += 60 / (bpm * (1 + float(change)))
    sound = 10 ** (_NOISE_DB / 20) * rng.standard_normal(round(seconds * rate))
    for number, beat in enumerate(beats):
        accent = feel != "plain" and number % 4 == 0
        _put(sound, rate, beat, _click(1_500 if accent else 1_000, rate), 0.8 if accent else 0.5)
        if feel == "swing" and number + 1 < len(beats):
            _put(sound, rate, beat + _SWUNG * (beats[number + 1] - beat), _click(1_000, rate), 0.2)
    return Played(sound.astype(np.float32), rate, np.array(beats))


def band(
    bpm: float,
    bars: int,
    *,
    beats_per_bar: int = 4,
    ending: bool = True,
    wander: float = 0.0,
    lead: float = 0.35,
    seed: int = 0,
    rate: int = 44_100,
) -> Played:
    """Drums, bass and chords for so many bars after ``lead`` seconds of silence, then, as an ``ending``, a chord that
    dies away. ``wander`` is by how much the tempo goes up and down every 20 s.
    """
    rng = np.random.default_rng(seed)
    beats = [lead]
    for _ in range(bars * beats_per_bar):
        beats.append(beats[-1] + 60 / (bpm * (1 + wander * float(np.sin(2 * np.pi * beats[-1] / 20)))))
    length = round((beats[-1] + (_RING_SECONDS if ending else 0.0)) * rate)
    sound, kit = np.zeros(length), _Kit(rng, rate)
    for number, (beat, after) in enumerate(pairwise(beats)):
        place, root = number % beats_per_bar, _ROOTS_HZ[number // beats_per_bar % len(_ROOTS_HZ)]
        down = place == 0 if beats_per_bar == 3 else place % 2 == 0
        _put(sound, rate, beat, kit.kick if down else kit.snare, 0.8 if down else 0.25)
        _put(sound, rate, beat, kit.hat, 0.1)
        _put(sound, rate, (beat + after) / 2, kit.hat, 0.08)
        _put(sound, rate, beat, _note(root / 2, after - beat, 0.3, rate), 0.3)
        if place == 0:
            bar = beats[min(number + beats_per_bar, len(beats) - 1)] - beat
            for tone in _chord(root):
                _put(sound, rate, beat, _note(tone, bar, 1.0, rate), 0.12)
    if ending:
        _put(sound, rate, beats[-1], kit.kick, 0.8)
        for tone in _chord(_ROOTS_HZ[0]):
            _put(sound, rate, beats[-1], _note(tone, 3.0, 0.6, rate), 0.25)
    return Played((0.5 * sound).astype(np.float32), rate, np.array(beats))


class _Kit:
    """Three drums."""

    def __init__(self, rng: np.random.Generator, rate: int) -> None:
        seconds, noise = np.arange(rate // 4) / rate, rng.standard_normal(rate // 4)
        fall = 50 * seconds + 1.2 * (1 - np.exp(-seconds / 0.03))
        self.kick = np.sin(2 * np.pi * fall) * np.exp(-seconds / 0.08)
        self.snare = noise * np.exp(-seconds / 0.05)
        self.hat = np.diff(noise) * np.exp(-seconds[1:] / 0.01)


def _click(hertz: float, rate: int) -> Seconds:
    return _note(hertz, 0.03, 0.006, rate)


def _note(hertz: float, seconds: float, dying: float, rate: int) -> Seconds:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(np.sin(2 * np.pi * hertz * time) * np.exp(-time / dying))


def _chord(root: float) -> tuple[float, float, float]:
    third = 2 ** (3 / 12) if root == _ROOTS_HZ[0] else 2 ** (4 / 12)
    return 2 * root, 2 * root * third, 2 * root * 2 ** (7 / 12)


def _put(sound: Seconds, rate: int, second: float, note: Seconds, gain: float) -> None:
    at = round(second * rate)
    part = sound[at : at + len(note)]
    part += gain * note[: len(part)]
