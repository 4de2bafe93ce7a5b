"""Chord symbols, scales and voice leading. Pitches are MIDI numbers (60 = middle C), pitch classes 0–11 (0 = C)."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
QUALITIES: Final = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "add9": (0, 4, 7, 2),
    "madd9": (0, 3, 7, 2),
    "9": (0, 4, 7, 10, 2),
    "maj9": (0, 4, 7, 11, 2),
    "m9": (0, 3, 7, 10, 2),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "9sus4": (0, 5, 7, 10, 2),
}
MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
MINOR: Final = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Chord:
    """A chord symbol taken apart: root and bass as pitch classes, tones as pitch classes with the root first."""

    symbol: str
    root: int
    tones: tuple[int, ...]
    bass: int


def pitch_class(name: str) -> int:
    """``"C#"`` → 1, ``"Bb"`` → 10."""
    return (LETTERS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def chord(symbol: str) -> Chord:
    """Read a symbol such as ``F#m7`` or ``D/F#``. Raises ValueError for an unknown one."""
    match = re.fullmatch(r"([A-G][#b]?)([^/]*)(?:/([A-G][#b]?))?", symbol)
    if match is None or match[2] not in QUALITIES:
        raise ValueError(f"unknown chord {symbol!r}")
    root = pitch_class(match[1])
    tones = tuple((root + step) % 12 for step in QUALITIES[match[2]])
    return Chord(symbol, root, tones, pitch_class(match[3]) if match[3] else root)


def degree(scale: tuple[int, ...], tonic: int, text: str) -> int:
    """A scale degree such as ``5``, ``10``, ``#7`` or ``-1`` above the MIDI pitch ``tonic`` (degree 1)."""
    shift = text.count("#") - text.count("b")
    octave, index = divmod(int(text.lstrip("#b")) - 1, 7)
    return tonic + 12 * octave + scale[index] + shift


def voicing(of: Chord, low: int, high: int, before: tuple[int, ...] = (), voices: int = 4) -> tuple[int, ...]:
    """The voicing within ``[low, high]`` that moves least from the one before (else lies best in the middle).

    Five-tone chords give up the fifth, then the root (the bass has it), when fewer voices are wanted; close clusters
    at the bottom and wide gaps cost extra, as in any textbook on arranging.
    """
    tones = list(of.tones)
    while len(tones) > voices:
        tones.pop(2 if len(tones) > 4 else 0)
    places = [[pitch for pitch in range(low, high + 1) if pitch % 12 == tone] for tone in tones]
    middle = (low + high) / 2

    def cost(candidate: tuple[int, ...]) -> float:
        ordered = sorted(candidate)
        gaps = [b - a for a, b in itertools.pairwise(ordered)]
        rough = sum(3.0 for gap in gaps[:1] if gap < 3) + sum(max(0, gap - 9) for gap in gaps)
        total = rough + 0.15 * abs(sum(ordered) / len(ordered) - middle)
        if before:
            total += sum(min(abs(pitch - old) for old in before) for pitch in ordered)
            total += 0.5 * abs(ordered[-1] - max(before))
        return total

    return tuple(sorted(min(itertools.product(*places), key=cost)))
