"""A score in writing: sections with chords, and players that turn short patterns into notes.

A rhythm pattern is one bar in equal steps (16 characters are sixteenths). Loudness is spelt ``X`` accent, ``x`` normal,
``o`` soft, ``g`` ghost, ``.`` rest, ``-`` hold; several patterns take turns bar by bar.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from music.harmony import Chord, chord, degree, voicing

VELOCITY: Final = {"X": 118, "x": 102, "o": 82, "g": 50}


class Note(NamedTuple):
    """``start`` and ``length`` in beats from the track's first beat, MIDI ``pitch`` and ``velocity`` (1–127)."""

    start: float
    length: float
    pitch: int
    velocity: int


class Section(NamedTuple):
    name: str
    first: int
    bars: int

    def part(self, first: int, bars: int) -> Section:
        """``bars`` bars of this section from its bar ``first`` on; a negative ``first`` counts from the end."""
        return Section(self.name, self.first + (first if first >= 0 else self.bars + first), bars)


@dataclass
class Score:
    """All notes of one track by part. ``form`` names the sections with a chord line each: ``"Am7 | D9 G | …"``."""

    bpm: int
    key: int
    scale: tuple[int, ...]
    form: Sequence[tuple[str, str]]
    seed: int
    beats_per_bar: int = 4
    swing: float = 0.5
    parts: dict[str, list[Note]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sections: list[Section] = []
        self._bars: list[list[Chord]] = []
        for name, line in self.form:
            bars = [[chord(symbol) for symbol in bar.split()] for bar in line.split("|")]
            self.sections.append(Section(name, len(self._bars), len(bars)))
            self._bars += bars
        self._dice = random.Random(self.seed)  # noqa: S311  # a repeatable performance, not a secret

    @property
    def bars(self) -> int:
        return len(self._bars)

    def section(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)

    def chord_at(self, beat: float) -> Chord:
        """The chord sounding at a beat; past the end the track goes round."""
        bar, within = divmod(beat + 1e-6, self.beats_per_bar)
        chords = self._bars[int(bar) % self.bars]
        return chords[min(int(within * len(chords) / self.beats_per_bar), len(chords) - 1)]

    def add(self, part: str, start: float, length: float, pitch: int, velocity: float) -> None:
        """One note, swung and with the small differences in force of a player's hand."""
        force = max(1, min(127, round(velocity * self._dice.uniform(0.93, 1.05))))
        self.parts.setdefault(part, []).append(Note(self._swung(start), length, pitch, force))

    def hits(
        self, part: str, where: Section, pitch: int, *patterns: str, last: str | None = None, force: float = 1.0
    ) -> None:
        """Drum hits; ``last`` replaces the section's last bar."""
        for bar in range(where.bars):
            pattern = last if last is not None and bar == where.bars - 1 else patterns[bar % len(patterns)]
            step = self.beats_per_bar / len(pattern)
            for index, sign in enumerate(pattern):
                if sign in VELOCITY:
                    start = (where.first + bar) * self.beats_per_bar + index * step
                    self.add(part, start, step, pitch, VELOCITY[sign] * force)

    def bass(self, part: str, where: Section, *patterns: str, low: int = 28, force: float = 1.0) -> None:
        """A bass line: ``R``/``r`` root (``r`` soft), ``8`` octave, ``5`` fifth, ``3`` third, ``7`` seventh, ``a`` a
        step leading into the next chord, ``-`` hold. Roots lie within the octave above the pitch ``low``.
        """
        for bar in range(where.bars):
            pattern = patterns[bar % len(patterns)]
            step = self.beats_per_bar / len(pattern)
            for index, sign in enumerate(pattern):
                if sign in "-.":
                    continue
                start = (where.first + bar) * self.beats_per_bar + index * step
                pitch = self._bass_pitch(sign, start, step * (len(pattern) - index), low)
                soft = 0.78 if sign in "ra" else 0.9 if sign in "8537" else 1.0
                self.add(part, start, step * _held(pattern, index), pitch, 104 * soft * force)

    def comp(
        self, part: str, where: Section, *patterns: str, low: int, high: int, voices: int = 4,
        force: float = 1.0, gate: float = 0.96, strum: float = 0.0,
    ) -> None:  # fmt: skip
        """Chords in a rhythm, voice-led from one to the next; a held one changes with the harmony."""
        before: tuple[int, ...] = ()
        for bar in range(where.bars):
            pattern = patterns[bar % len(patterns)]
            step = self.beats_per_bar / len(pattern)
            for index, sign in enumerate(pattern):
                if sign not in VELOCITY:
                    continue
                start = (where.first + bar) * self.beats_per_bar + index * step
                for at, length in self._under_one_chord(start, step * _held(pattern, index)):
                    before = voicing(self.chord_at(at), low, high, before, voices)
                    for rank, pitch in enumerate(before):
                        self.add(part, at + rank * strum, length * gate - rank * strum, pitch, VELOCITY[sign] * force)

    def arp(
        self, part: str, where: Section, *patterns: str, low: int, high: int, voices: int = 4,
        gate: float = 0.9, force: float = 1.0,
    ) -> None:  # fmt: skip
        """Broken chords: each pattern is one bar of voicing indices (``.`` rests); past the top goes up an octave."""
        before: tuple[int, ...] = ()
        held: Chord | None = None
        for bar in range(where.bars):
            steps = patterns[bar % len(patterns)].split()
            step = self.beats_per_bar / len(steps)
            for index, sign in enumerate(steps):
                start = (where.first + bar) * self.beats_per_bar + index * step
                now = self.chord_at(start)
                if now != held:
                    held, before = now, voicing(now, low, high, before, voices)
                if sign == ".":
                    continue
                octave, rank = divmod(int(sign), len(before))
                accent = 1.0 if index * step % 1 == 0 else 0.86 if index * step % 0.5 == 0 else 0.78
                self.add(part, start, step * gate, before[rank] + 12 * octave, 100 * accent * force)

    def tune(
        self,
        part: str,
        where: Section,
        text: str,
        *,
        tonic: int,
        force: float = 1.0,
        gate: float = 0.95,
        turns: bool = False,
    ) -> None:
        """A melody: ``degree/beats`` tokens, ``r`` rest, ``~`` ties on, bars parted by ``|``, each bar exactly full.

        ``turns`` develops it: long notes on a beat are sometimes approached by a short upper neighbour.
        """
        bars = text.split("|")
        if len(bars) != where.bars:
            raise ValueError(f"{part} has {len(bars)} bars in {where.name}, which has {where.bars}")
        notes: list[tuple[float, float, str]] = []
        for number, bar in enumerate(bars):
            at = float((where.first + number) * self.beats_per_bar)
            for token in bar.split():
                name, _, length = token.partition("/")
                if name == "~":
                    start, held, name = notes.pop()
                    notes.append((start, held + float(length), name))
                else:
                    notes.append((at, float(length), name))
                at += float(length)
            if abs(at - (where.first + number + 1) * self.beats_per_bar) > 1e-9:
                raise ValueError(f"bar {number + 1} of {part} in {where.name} is not full: {bar!r}")
        for start, length, name in notes:
            if name == "r":
                continue
            pitch = degree(self.scale, tonic, name)
            velocity = (104 if start % 1 == 0 else 94) * force
            if turns and length >= 1 and start % 1 == 0 and self._dice.random() < 0.5 and name.lstrip("-").isdigit():
                upper = degree(self.scale, tonic, str(int(name) + 1))
                self.add(part, start, 0.25 * gate, upper, velocity * 0.85)
                start, length = start + 0.25, length - 0.25  # noqa: PLW2901  # the ornament takes its time from the note
            self.add(part, start, length * gate, pitch, velocity)

    def _bass_pitch(self, sign: str, start: float, ahead: float, low: int) -> int:
        now = self.chord_at(start)
        root = low + (now.bass - low) % 12
        if sign in "Rr":
            return root
        if sign == "8":
            return root + 12
        if sign == "a":
            target = low + (self.chord_at(start + ahead).bass - low) % 12
            steps = [target - 1, target - 2]
            inside = [pitch for pitch in steps if pitch % 12 in now.tones]
            inside += [pitch for pitch in steps if (pitch - self.key) % 12 in self.scale]
            below = inside[0] if inside else target - 1
            return below if below >= low else below + 12
        wanted = {"3": (3, 4), "5": (7, 6), "7": (10, 11)}[sign]
        inside = [step for step in wanted if (root + step) % 12 in now.tones]
        return root + (inside[0] if inside else 12)

    def _under_one_chord(self, start: float, length: float) -> list[tuple[float, float]]:
        """A held stretch parted wherever the chord changes: (start, length) in beats."""
        cuts = [start]
        beat = start // 1 + 1
        while beat < start + length:
            if self.chord_at(beat) != self.chord_at(beat - 0.5):
                cuts.append(beat)
            beat += 1
        return [(a, b - a) for a, b in itertools.pairwise([*cuts, start + length])]

    def _swung(self, start: float) -> float:
        """Every second sixteenth comes later: ``swing`` is where it stands between two eighths (0.5 = straight)."""
        eighth, within = divmod(start, 0.5)
        if abs(within - 0.25) > 1e-6:
            return start
        return eighth * 0.5 + 0.5 * self.swing


def _held(pattern: str, index: int) -> int:
    length = 1
    while index + length < len(pattern) and pattern[index + length] == "-":
        length += 1
    return length
