"""Cues set in their places, and their layers.

A cue whose words stand still is one sprite for each of its highlight states: the same glyphs in the same places, one
word in another colour. In any other each word (or letter) has sprites of its own, set once each: what surrounds it, and
its letters in each colour. All that surrounds letters lies beneath all letters, so that no word's outline covers its
neighbour's letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from itertools import pairwise
from typing import Final

from msgspec import Struct

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.phrasing import parting
from reelforge.domain.timeline import Cue, Timeline
from reelforge.render.layer import Layer, Rgba, Showing
from reelforge.render.text.clusters import clean
from reelforge.render.text.identity import described, identity_of
from reelforge.render.text.layout import Field, set_block
from reelforge.render.text.moving import CueMotion
from reelforge.render.text.shape import Voice
from reelforge.render.text.shelf import Shelf
from reelforge.render.text.sprite import Box, Canvas, Ink, Placed, Rgb, colour, ink_box, letters

GROWN: Final = 0.12
"""Ems by which a spoken word that grows reaches beyond its place at each end, at most."""
_CLOSE: Final = 0.5
"""Ems by which lines may be more uneven for a word that leans on the next by one (:func:`parting`)."""
_SMALLEST: Final = 0.62
"""Of their size: how small letters become so that a cue has two lines and not three."""
_ACCENT: Final = 0.06
"""Ems by which letters stand out above capitals, as a rule."""


class SetCue(Struct, frozen=True, dict=True):
    """A cue with its lines in place; ``box`` holds all its ink where it rests, ``motion`` says how it comes there."""

    cue: Cue
    style: CaptionStyle
    lines: tuple[Placed, ...]
    ink: Ink
    box: Box
    motion: CueMotion
    right_to_left: bool
    cap: float

    def draw(self, plain: Rgb, lit: Rgb, word: int | None) -> Rgba:
        """All of the cue at rest, one word in another colour."""
        canvas = Canvas(self.box)
        marked = colour(self.style.emphasis.colour)

        def of(number: int) -> Rgb:
            return lit if number == word else marked if self.cue.words[number].emphasis else plain

        letters(canvas, self.lines, of, self.ink)
        return canvas.rgba()

    def plain(self, number: int) -> Rgb:
        """The colour of a word that is not being spoken."""
        emphasis = self.cue.words[number].emphasis
        return colour(self.style.emphasis.colour if emphasis else self.style.colour)

    @cached_property
    def inked(self) -> list[object]:
        return [self.ink.stroke, self.ink.stroke_width, self.ink.shadow, self.ink.blur, self.ink.fall]


def two_lines(style: CaptionStyle, scale: float, books: Shelf) -> tuple[float, float]:
    """How far a cue of two lines reaches above and below its middle, with all that moves or stands about its letters;
    ``scale`` pixels make one of a frame whose shorter side is 1080.

    Cues with fewer lines stand about the same middle: so lines do not jump from cue to cue where there is little room.
    """
    size, face = style.size * scale, books.face(style.font)
    half = (face.cap_height + style.leading) * size / 2
    around = max(style.stroke_width * scale, style.spoken.padding * size if style.spoken.name == "box" else 0.0)
    around += style.wave.amplitude * size
    return half + _ACCENT * size + around, half + face.descent * size + around


def set_cue(cue: Cue, timeline: Timeline, field: Field, books: Shelf) -> SetCue:
    """Lay a cue out about its height, inside the safe area, on two lines where one does not do."""
    style = timeline.caption_style
    size = style.size * field.scale
    stroke = style.stroke_width * field.scale
    ink = Ink(colour(style.stroke), stroke, style.shadow, 0.07 * size, 0.05 * size)
    words = [written(word.text, style, timeline.language) for word in cue.words]
    scales = [style.emphasis.scale if word.emphasis else 1.0 for word in cue.words]
    room = _room(style, field, size, stroke)
    voice = Voice(books, books.face(style.font), size, timeline.language, style.spacing)
    together = [_CLOSE * parting(left, right, timeline.language) for left, right in pairwise(words)]
    block = set_block(
        words, voice, room, stroke=stroke, least=_SMALLEST, leading=style.leading, scales=scales, together=together
    )
    middle = (style.y if cue.y is None else cue.y) * field.height
    above, below = two_lines(style, field.scale, books)
    if above + below <= field.bottom - field.top:
        middle += field.held(middle - above, middle + below)
    top = middle - block.height / 2
    lines = block.placed((field.width - room) / 2, top, room, "centre")
    edges = [(placed.y + placed.line.ink[1] - stroke, placed.y + placed.line.ink[3] + stroke) for placed in lines]
    shift = round(field.held(min(edge[0] for edge in edges), max(edge[1] for edge in edges)))
    lines = tuple(Placed(placed.line, placed.x, placed.y + shift, placed.word) for placed in lines)
    centre = complex(field.width / 2, top + shift + block.height / 2)
    motion = CueMotion(cue, style, timeline.rate, size, centre)
    return SetCue(cue, style, lines, ink, ink_box(lines, ink), motion, block.right_to_left, block.cap)


def _room(style: CaptionStyle, field: Field, size: float, stroke: float) -> float:
    """The width that lines may take, so that what grows, or has a box behind it, keeps inside as well."""
    around = max(stroke, style.spoken.padding * size if style.spoken.name == "box" else 0.0)
    around += GROWN * size if style.spoken.scale > 1 else 0.0
    return field.room - 2 * around


def written(text: str, style: CaptionStyle, language: str) -> str:
    """A word as it is drawn; Turkish and Azeri have their own capital i."""
    cleaned = clean(text)
    if not style.uppercase:
        return cleaned
    if language[:2].lower() in ("tr", "az"):
        cleaned = cleaned.replace("i", "İ")
    return cleaned.upper()


def whole_layers(made: SetCue) -> Iterator[Layer]:
    """A cue whose words stand still: one layer a highlight state; they come up and go as one."""
    style, motion, box = made.style, made.motion, made.box
    plain, lit = colour(style.colour), colour(style.highlight)
    shown = any(made.plain(number) != lit for number in range(len(made.cue.words))) and style.spoken.name != "none"
    enter = style.coming
    moved = (enter.name != "none" and (enter.seconds > 0 or enter.name == "bounce")) or style.leave.name != "none"

    def moves(frame: int) -> Showing:
        return motion.whole(frame).showing(box.left, box.top, motion.middle)

    for first, last, word in _states(made.cue, shown):
        numbers = {
            **described(made.lines, box),
            "colours": [made.plain(number) for number in range(len(made.cue.words))],
            "lit": [lit, word],
            "ink": made.inked,
        }
        yield Layer(
            first,
            last,
            box.left,
            box.top,
            identity_of("caption", box, numbers),
            partial(made.draw, plain, lit, word),
            width=box.width,
            height=box.height,
            moves=moves if moved else None,
        )


def _states(cue: Cue, lit: bool) -> list[tuple[int, int, int | None]]:
    """Stretches (first frame, last frame + 1, index of the word highlighted) that fill the cue."""
    if not lit:
        return [(cue.first, cue.last, None)]
    edges = {cue.first, cue.last}
    edges |= {frame for word in cue.words for frame in (word.first, word.last) if cue.first < frame < cue.last}
    ordered = sorted(edges)
    states: list[tuple[int, int, int | None]] = []
    for first, last in pairwise(ordered):
        spoken = [number for number, word in enumerate(cue.words) if word.first <= first < word.last]
        word = max(spoken, key=lambda number: (cue.words[number].first, number), default=None)
        if states and states[-1][2] == word:
            states[-1] = (states[-1][0], last, word)
        else:
            states.append((first, last, word))
    return states
