"""The pieces that overlays are made of, each drawn once into a sprite: plates, lines of text, pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Literal

import cv2
from msgspec import Struct

from reelforge.render.layer import Rgba
from reelforge.render.overlays.images import Mark
from reelforge.render.overlays.options import Lettering, Panel
from reelforge.render.shapes import rounded
from reelforge.render.text.identity import described, identity_of
from reelforge.render.text.layout import Block
from reelforge.render.text.sprite import Box, Canvas, Ink, Placed, Rgb, colour, ink_box, letters, soften

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom, in output pixels."""

_VERSION: Final = 1
"""Raised when the same piece gives other pixels than before."""


class Piece(Struct, frozen=True):
    """Something to draw within a box of the frame."""

    box: Box
    identity: str
    draw: Callable[[], Rgba]


def text(block: Block, corner: tuple[float, float], look: Lettering, scale: float, *, centred: float = 0.0) -> Piece:
    """A block of text with its top-left corner there; its lines centred within ``centred`` px when that is given."""
    return lines(spread(block, corner, centred), look, scale)


def spread(block: Block, corner: tuple[float, float], centred: float = 0.0) -> tuple[Placed, ...]:
    """A block's lines in their places."""
    align: Literal["centre", "start"] = "centre" if centred else "start"
    return block.placed(corner[0], corner[1], centred or block.width, align)


def lines(placed: Sequence[Placed], look: Lettering, scale: float) -> Piece:
    """Lines of text in their places."""
    size = look.size * scale
    ink = Ink(colour(look.stroke), look.stroke_width * scale, look.shadow, 0.07 * size, 0.04 * size)
    box = ink_box(placed, ink)
    rgb = colour(look.colour)
    numbers = {
        **described(placed, box),
        "colour": rgb,
        "ink": [ink.stroke, ink.stroke_width, ink.shadow, ink.blur, ink.fall],
    }
    return Piece(box, identity_of("overlay text", box, numbers), partial(_letters, box, tuple(placed), rgb, ink))


def _letters(box: Box, placed: Sequence[Placed], rgb: Rgb, ink: Ink) -> Rgba:
    canvas = Canvas(box)
    letters(canvas, placed, lambda _word: rgb, ink)
    return canvas.rgba()


class _Plate(Struct, frozen=True):
    """A panel in output pixels."""

    edges: Edges
    radius: float
    fill: Rgb
    border: float
    line: Rgb
    shadow: float
    blur: float
    fall: float

    def draw(self, box: Box) -> Rgba:
        canvas = Canvas(box)
        whole = rounded(box, self.edges, self.radius)
        if self.shadow:
            canvas.cover(soften(whole, self.blur, self.fall), (0, 0, 0, round(255 * self.shadow)))
        left, top, right, bottom = self.edges
        if self.border:
            canvas.cover(whole, self.line)
            rest = self.border
            whole = rounded(box, (left + rest, top + rest, right - rest, bottom - rest), max(0.0, self.radius - rest))
        canvas.cover(whole, self.fill)
        return canvas.rgba()


def plate(edges: Edges, look: Panel, scale: float, *, radius: float | None = None) -> Piece:
    """A panel with these edges; ``radius`` px instead of its own."""
    fill = colour(look.colour)
    shadow = look.shadow if fill[3] else 0.0
    blur = 18 * scale if shadow else 0.0
    made = _Plate(
        edges,
        look.radius * scale if radius is None else radius,
        fill,
        look.border * scale,
        colour(look.border_colour),
        shadow,
        blur,
        8 * scale if shadow else 0.0,
    )
    edge = 3 * blur
    box = Box.around(edges[0] - edge, edges[1] - edge, edges[2] + edge, edges[3] + edge + made.fall)
    numbers = {
        "version": _VERSION,
        "edges": inside(edges, box),
        "look": [made.radius, fill, made.border, made.line, shadow, blur, made.fall],
    }
    return Piece(box, identity_of("plate", box, numbers), partial(made.draw, box))


def bar(edges: Edges, shade: str, radius: float) -> Piece:
    """A plain bar with round corners."""
    return plate(edges, Panel(colour=shade, shadow=0), 1.0, radius=radius)


def picture(shown: Mark, edges: tuple[int, int, int, int], radius: float) -> Piece:
    """A picture scaled to whole pixels, its corners round."""
    box = Box.around(*edges)
    numbers = {
        "version": _VERSION,
        "picture": shown.digest,
        "edges": inside(edges, box),
        "radius": round(radius, 3),
    }
    return Piece(box, identity_of("picture", box, numbers), partial(shown.draw, box, edges, radius))


def faint(piece: Piece, opacity: float) -> Piece:
    """The same piece, not wholly opaque."""
    if opacity >= 1:
        return piece

    def draw() -> Rgba:
        drawn = piece.draw()
        drawn[..., 3] = cv2.convertScaleAbs(drawn[..., 3], alpha=opacity)
        return drawn

    return Piece(piece.box, f"{piece.identity}|{opacity}", draw)


def inside(edges: Edges, box: Box) -> list[float]:
    """Edges as counted from a box's corner, for an identity."""
    return [round(edges[at] - (box.top if at % 2 else box.left), 3) for at in range(4)]


def union(boxes: Sequence[Box]) -> Box:
    """The box around all of them."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )
