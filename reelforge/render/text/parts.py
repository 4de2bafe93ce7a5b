"""What of a cue moves by itself: its words, or their letters, each with its place."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from reelforge.render.text.clusters import script
from reelforge.render.text.cues import GROWN, SetCue
from reelforge.render.text.shape import Glyph, Line
from reelforge.render.text.sprite import Placed

_JOINED: Final = frozenset({"Arab", "Syrc", "Mong", "Nkoo", "Mand", "Rohg", "Deva", "Beng", "Guru", "Tibt"})
"""Scripts whose letters hang together, ISO 15924."""
_TYPED: Final = 0.8
"""The part of its word's time in which all letters have been typed at the latest."""


class Part(Struct, frozen=True):
    """Some letters of one word: where they stand, from which frame on they show, and what they are counted as in a
    wave. ``edges`` are their word's left and right, ``middle`` its centre, in output pixels; ``scale`` is how many
    times as large the word is while it is spoken.
    """

    word: int
    shown: int
    place: int
    standing: Placed
    edges: tuple[float, float]
    middle: complex
    scale: float

    def scaled(self, scale: float) -> Placed:
        """The same letters, set as many times as large about the word's centre."""
        if scale == 1.0:
            return self.standing
        x, y = (1 - scale) * self.middle.real, (1 - scale) * self.middle.imag
        line = self.standing.line
        glyphs = tuple(
            replace(glyph, size=scale * glyph.size, x=scale * glyph.x, y=scale * glyph.y) for glyph in line.glyphs
        )
        corner = (x + scale * self.standing.x, y + scale * self.standing.y)
        return Placed(Line(glyphs, scale * line.width, line.right_to_left), *corner, self.standing.word)


def parts(made: SetCue) -> list[Part]:
    """Words, or the letters of those that come up or wave letter by letter, in the order in which they are read."""
    found: list[Part] = []
    for placed in made.lines:
        ordered = sorted(placed.line.glyphs, key=lambda glyph: (glyph.word, glyph.letter))
        for word, of_word in groupby(ordered, key=lambda glyph: glyph.word):
            glyphs, number = list(of_word), placed.word + word
            edges = edges_of(placed, glyphs)
            middle = complex(sum(edges) / 2, placed.y - made.cap / 2)
            letters = [glyphs]
            if _by_letter(made, number):
                letters = [list(group) for _, group in groupby(glyphs, key=lambda glyph: glyph.letter)]
            letters = [letter for letter in letters if any(glyph.ink() for glyph in letter)]
            by_word = made.style.wave.by == "word" or _joined(made, number)
            for nth, letter in enumerate(letters):
                line = Line(tuple(replace(glyph, word=0) for glyph in letter), placed.line.width, made.right_to_left)
                standing = Placed(line, placed.x, placed.y, number)
                shown = _shown(made, number, nth, len(letters))
                place = number if by_word else len(found)
                found.append(Part(number, shown, place, standing, edges, middle, scale_of(made, edges)))
    return found


def scale_of(made: SetCue, edges: tuple[float, float]) -> float:
    """How many times as large a word grows: its ends go no further than the space between words allows."""
    wanted = made.style.spoken.scale
    return min(wanted, 1 + 2 * (GROWN + made.style.spacing / 3) * made.motion.em / max(1.0, edges[1] - edges[0]))


def edges_of(placed: Placed, glyphs: list[Glyph]) -> tuple[float, float]:
    """Where a word's letters begin and end, without the space that follows."""
    inked = [glyph for glyph in glyphs if glyph.ink()] or glyphs
    return placed.x + min(glyph.x for glyph in inked), placed.x + max(glyph.x + glyph.wide for glyph in inked)


def _joined(made: SetCue, number: int) -> bool:
    return any(script(character) in _JOINED for character in made.cue.words[number].text)


def _by_letter(made: SetCue, number: int) -> bool:
    style = made.style
    if style.coming.name == "typewriter":
        return True
    return style.wave.amplitude > 0 and style.wave.by == "letter" and not _joined(made, number)


def _shown(made: SetCue, number: int, nth: int, letters: int) -> int:
    """The frame in which a word's ``nth`` part is due: the word's first, or when it is typed."""
    word, enter = made.cue.words[number], made.style.coming
    if enter.name != "typewriter":
        return word.first
    wanted = enter.seconds * made.motion.rate.num / made.motion.rate.den
    return word.first + int(nth * min(wanted, _TYPED * (made.motion.silent(number) - word.first) / letters))
