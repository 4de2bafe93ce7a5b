"""A line of words turned into placed glyphs: direction, fonts, ligatures, joining, kerning (HarfBuzz)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import uharfbuzz as hb
from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.phrasing import joiner
from reelforge.render.text import bidi
from reelforge.render.text.clusters import clean, clusters, script
from reelforge.render.text.face import Face
from reelforge.render.text.shelf import RIGHT_TO_LEFT, Shelf

_EMOJI_SIZE: Final = 0.94
"""An emoji's em relative to the text's: with Noto's metrics a little taller than the capitals beside it."""


class Glyph(Struct, frozen=True):
    """A glyph of ``face`` at ``size`` pixels an em, its origin (``x``, ``y``) px from the line's start on the baseline,
    y downwards; ``word`` is the index of the word it belongs to. Glyphs that share ``letter`` are drawn for the same
    letters of the line's text and mean nothing by themselves; it grows in the order in which the text is read. ``wide``
    is how far the pen goes on.
    """

    face: Face
    number: int
    size: float
    x: float
    y: float
    word: int
    letter: int = 0
    wide: float = 0.0

    def ink(self) -> tuple[float, float, float, float] | None:
        """Left, top, right, bottom of what it paints, relative to the line's start; None when it paints nothing."""
        extents = self.face.font.get_glyph_extents(self.number)
        if extents is None or not extents.width or not extents.height:
            return None
        scale = self.size / self.face.upem
        left = self.x + extents.x_bearing * scale
        top = self.y - extents.y_bearing * scale
        return left, top, left + extents.width * scale, top - extents.height * scale


class Line(Struct, frozen=True, dict=True):
    """Words set on one line: glyphs from left to right and the width they take up, in pixels."""

    glyphs: tuple[Glyph, ...]
    width: float
    right_to_left: bool

    @cached_property
    def ink(self) -> tuple[float, float, float, float]:
        """The box of all ink as left, top, right, bottom; top is negative above the baseline."""
        boxes = [box for glyph in self.glyphs if (box := glyph.ink())]
        if not boxes:
            return 0.0, 0.0, self.width, 0.0
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


class Voice(Struct, frozen=True):
    """How text is set: the chosen face, its size in pixels an em, the language (BCP 47), how many ems more than usual
    stand between words.
    """

    shelf: Shelf
    face: Face
    size: float
    language: str = "en"
    spacing: float = 0.0


class _Item(Struct, frozen=True):
    """Characters ``[start, end)`` of one level, face, script and size (``scale`` times the voice's)."""

    start: int
    end: int
    level: int
    face: Face
    script: str | None
    scale: float


def base_level(words: Sequence[str], language: str) -> int:
    """1 for right-to-left text: by its first strong letter, or by its language when it has any such letter at all."""
    text = " ".join(words)
    if language.lower().split("-")[0] in RIGHT_TO_LEFT:
        return 1 if any(bidi.rightward(c) for c in text) else bidi.rightward(text, 0)
    return bidi.rightward(text, 0)


def set_line(words: Sequence[str], voice: Voice, base: int | None = None, scales: Sequence[float] = ()) -> Line:
    """Set words on one line. ``base`` is the paragraph's level when the line is part of a longer text; ``scales`` are
    how many times as large as the voice's size each word is set.

    Raises NeedsPersonError when no font has one of the characters.
    """
    text, owner = _text(words)
    level = base_level(words, voice.language) if base is None else base
    sizes = [scales[word] if scales else 1.0 for word in owner]
    items = _items(text, owner, bidi.levels(text, level), sizes, voice)
    glyphs: list[Glyph] = []
    pen = 0.0
    for item in bidi.visual(items, [item.level for item in items]):
        pen = _shape(text, owner, item, voice, pen, glyphs)
    return Line(tuple(glyphs), pen, bool(level))


def _text(words: Sequence[str]) -> tuple[str, list[int]]:
    """The line's characters, and for each the index of its word (a space belongs to the word before it)."""
    text, owner = "", []
    for number, word in enumerate(map(clean, words)):
        gap = joiner(text, word) if text and word else ""
        text += gap + word
        owner += [max(0, number - 1)] * len(gap) + [number] * len(word)
    return text, owner


def _items(text: str, owner: Sequence[int], levels: Sequence[int], sizes: Sequence[float], voice: Voice) -> list[_Item]:
    found = [(start, end, _script(text[start:end])) for start, end in clusters(text)]
    together: dict[tuple[int, str], str] = {}
    for start, end, code in found:
        if code:
            key = owner[start], code
            together[key] = together.get(key, "") + text[start:end]
    items: list[_Item] = []
    running = next((code for _, _, code in found if code), None)
    for start, end, code in found:
        running = code or running
        face = _face(text[start:end], together.get((owner[start], code), "") if code else "", voice)
        item = _Item(start, end, levels[start], face, running, sizes[start])
        if items and replace(items[-1], start=start, end=end) == item:
            item = replace(item, start=items.pop().start)
        items.append(item)
    return items


def _script(cluster: str) -> str | None:
    return next((code for c in cluster if (code := script(c))), None)


def _face(cluster: str, word: str, voice: Voice) -> Face:
    """The cluster's face: one that has all letters of its word where there is one, so that no word is set in two."""
    shelf, chosen = voice.shelf, voice.face
    found = shelf.choose(word, chosen, voice.language) if word else None
    found = found or shelf.choose(cluster, chosen, voice.language)
    if found is None:
        shelf.demand(cluster, family=chosen.family, language=voice.language)
        raise AssertionError(f"{cluster!r} has no face but nothing is missing")
    return found


def _shape(text: str, owner: Sequence[int], item: _Item, voice: Voice, pen: float, glyphs: list[Glyph]) -> float:
    """Append an item's glyphs from ``pen`` on; returns where the next item starts."""
    buffer = hb.Buffer()
    buffer.add_codepoints([ord(c) for c in text], item.start, item.end - item.start)
    buffer.direction = "rtl" if item.level % 2 else "ltr"
    if item.script:
        buffer.script = item.script
    buffer.language = voice.language
    buffer.guess_segment_properties()
    hb.shape(item.face.font, buffer)
    letters = voice.size * item.scale
    size = letters * (_EMOJI_SIZE if item.face.painted else 1.0)
    scale = size / item.face.upem
    lift = 0.0
    if item.face.painted:  # a picture's middle stands at the middle of the capitals
        lift = (item.face.ascent - item.face.descent) / 2 * size - voice.face.cap_height / 2 * letters
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        x, y = pen + place.x_offset * scale, lift - place.y_offset * scale
        wide = place.x_advance * scale + (voice.spacing * voice.size if text[info.cluster] == " " else 0.0)
        glyphs.append(Glyph(item.face, info.codepoint, size, x, y, owner[info.cluster], info.cluster, wide))
        pen += wide
    return pen
