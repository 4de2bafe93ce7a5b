"""Cards: a few bold words on a rounded panel with a bar in the accent colour."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from reelforge.domain.captions import parts_of
from reelforge.domain.timeline import Card, CardStyle
from reelforge.domain.tokens import tokens
from reelforge.render.layer import Rgba
from reelforge.render.shapes import rounded
from reelforge.render.text.clusters import clean
from reelforge.render.text.layout import LEADING, WHOLE, Field, set_block
from reelforge.render.text.shape import Voice
from reelforge.render.text.shelf import Shelf
from reelforge.render.text.sprite import Box, Canvas, Ink, Placed, Rgb, colour, letters, soften

_HOOK: Final = 1.2
"""A hook's letters against a card's."""


class _Measures(Struct, frozen=True):
    """Pixels of the output frame: the panel's padding and corners, the bar's width and its distance from the text."""

    pad_x: float
    pad_y: float
    radius: float
    bar: float
    bar_gap: float
    blur: float
    fall: float

    @classmethod
    def at(cls, size: float) -> _Measures:
        return cls(0.46 * size, 0.5 * size, 0.36 * size, 0.12 * size, 0.32 * size, 0.22 * size, 0.1 * size)


class SetCard(Struct, frozen=True):
    """A card with everything in place: ``panel`` is the plate, ``box`` also its shadow, ``bar`` the accent's edges."""

    lines: tuple[Placed, ...]
    panel: Box
    bar: tuple[float, float, float, float]
    box: Box
    measures: _Measures
    colours: tuple[Rgb, Rgb, Rgb]

    def moved(self, shift: int) -> SetCard:
        """The same card ``shift`` px lower."""
        if not shift:
            return self
        left, top, right, bottom = self.bar
        return replace(
            self,
            lines=tuple(replace(placed, y=placed.y + shift) for placed in self.lines),
            panel=_lowered(self.panel, shift),
            bar=(left, top + shift, right, bottom + shift),
            box=_lowered(self.box, shift),
        )

    def numbers(self) -> dict[str, object]:
        """What decides the pixels besides the glyphs."""
        x, y = self.box.left, self.box.top
        return {
            "panel": [self.panel.left - x, self.panel.top - y, self.panel.width, self.panel.height],
            "bar": [
                round(self.bar[0] - x, 3),
                round(self.bar[1] - y, 3),
                round(self.bar[2] - x, 3),
                round(self.bar[3] - y, 3),
            ],
            "corner": [self.measures.radius, self.measures.blur, self.measures.fall],
            "colours": self.colours,
        }

    def draw(self) -> Rgba:
        text, panel, accent = self.colours
        canvas = Canvas(self.box)
        whole = (self.panel.left, self.panel.top, self.panel.right, self.panel.bottom)
        plate = rounded(self.box, whole, self.measures.radius)
        canvas.cover(soften(plate, self.measures.blur, self.measures.fall), (0, 0, 0, 110))
        canvas.cover(plate, panel)
        canvas.cover(rounded(self.box, self.bar, (self.bar[2] - self.bar[0]) / 2), accent)
        letters(canvas, self.lines, lambda _word: text, Ink())
        return canvas.rgba()


def two_lines(style: CardStyle, kind: Literal["hook", "card"], scale: float, books: Shelf) -> float:
    """Half the height of the plate of a card of two lines, in px; ``scale`` as in a :class:`Field`."""
    size = style.size * scale * (_HOOK if kind == "hook" else 1.0)
    return (books.face(style.font).cap_height + LEADING) * size / 2 + _Measures.at(size).pad_y


def set_card(card: Card, style: CardStyle, field: Field, voice: Voice) -> SetCard:
    """Lay a card out about its style's ``y``, inside the safe area; ``voice``'s size is set by the style."""
    size = style.size * field.scale * (_HOOK if card.kind == "hook" else 1.0)
    measures = _Measures.at(size)
    extra = 2 * measures.pad_x + measures.bar + measures.bar_gap
    words, together = _parts(clean(card.text))
    block = set_block(words, replace(voice, size=size), field.room - extra, least=0.7, together=together)
    width, height = block.width + extra, block.height + 2 * measures.pad_y
    left = (field.width - width) / 2
    middle = style.y if card.y is None else card.y
    top = middle * field.height - height / 2
    top += field.held(top, top + height)
    panel = Box.around(left, top, left + width, top + height)
    inner = panel.top + (panel.height - block.height) / 2
    bar_left = panel.left + measures.pad_x if not block.right_to_left else panel.right - measures.pad_x - measures.bar
    text_left = panel.left + measures.pad_x + (0 if block.right_to_left else measures.bar + measures.bar_gap)
    lines = block.placed(text_left, inner, block.width, "start")
    reach = 0.06 * size
    bar = (bar_left, inner - reach, bar_left + measures.bar, inner + block.height + reach)
    edge = 3 * measures.blur
    box = Box.around(panel.left - edge, panel.top - edge, panel.right + edge, panel.bottom + edge + measures.fall)
    return SetCard(lines, panel, bar, box, measures, (colour(style.colour), colour(style.panel), colour(style.accent)))


def _parts(text: str) -> tuple[list[str], list[float]]:
    """What lines are broken between, and how strongly each wants the next one: to the end of its token, and where the
    next token is a single sign that spaces do not part from it.
    """
    found: list[str] = []
    together: list[float] = []
    for word in text.split():
        cut = [parts_of(token) for token in tokens(word)]
        for number, token in enumerate(cut):
            tail = number + 1 < len(cut) and len(cut[number + 1]) == 1
            found += token
            together += [WHOLE] * (len(token) - 1) + [WHOLE if tail else 0.0]
    return found, together[:-1]


def _lowered(box: Box, shift: int) -> Box:
    return Box(box.left, box.top + shift, box.right, box.bottom + shift)
