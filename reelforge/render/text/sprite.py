"""Placed lines of glyphs painted into one picture: shadow, stroke, letters in their words' colours, emoji."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.layer import Rgba
from reelforge.render.text.raster import PHASES, Stamp, letter, picture
from reelforge.render.text.shape import Glyph, Line

Mask = NDArray[np.uint8]
Rgb = tuple[int, int, int, int]
"""Red, green, blue, alpha; 0–255."""


class Placed(Struct, frozen=True):
    """A line whose start stands at ``x`` on the baseline ``y``, in output pixels; its first word has index ``word``."""

    line: Line
    x: float
    y: float
    word: int = 0


class Ink(Struct, frozen=True):
    """What surrounds letters: a stroke ``stroke_width`` px wide and a soft shadow of ``shadow`` opacity (0–1) with blur
    ``blur`` px (standard deviation), ``fall`` px lower.
    """

    stroke: Rgb = (0, 0, 0, 255)
    stroke_width: float = 0.0
    shadow: float = 0.0
    blur: float = 0.0
    fall: float = 0.0

    @property
    def reach(self) -> int:
        """How far ink may lie outside the letters, in whole pixels."""
        return math.ceil(self.stroke_width + (3 * self.blur + self.fall if self.shadow else 0)) + 2


class Box(Struct, frozen=True):
    """Output pixels ``[left, right)`` × ``[top, bottom)``, all even."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, left: float, top: float, right: float, bottom: float) -> Box:
        """The smallest even box that holds these edges."""
        low, high = (
            (math.floor(left / 2) * 2, math.floor(top / 2) * 2),
            (math.ceil(right / 2) * 2, math.ceil(bottom / 2) * 2),
        )
        return cls(low[0], low[1], max(high[0], low[0] + 2), max(high[1], low[1] + 2))

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def colour(code: str) -> Rgb:
    """``#rrggbb`` or ``#rrggbbaa`` as numbers."""
    values = bytes.fromhex(code.removeprefix("#"))
    return values[0], values[1], values[2], values[3] if len(values) == 4 else 255


def ink_box(lines: Sequence[Placed], ink: Ink) -> Box:
    """The box of everything that :func:`letters` paints for these lines."""
    inks = [(placed, placed.line.ink) for placed in lines]
    return Box.around(
        min(placed.x + box[0] for placed, box in inks) - ink.reach,
        min(placed.y + box[1] for placed, box in inks) - ink.reach,
        max(placed.x + box[2] for placed, box in inks) + ink.reach,
        max(placed.y + box[3] for placed, box in inks) + ink.reach,
    )


class Canvas:
    """A picture being painted: premultiplied RGBA planes in 0–1 over an even box of the frame."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self._planes = np.zeros((4, box.height, box.width), np.float32)

    def cover(self, mask: Mask, rgb: Rgb) -> None:
        """Paint a colour through a mask of the canvas's size (0–255)."""
        alpha = mask.astype(np.float32) * np.float32(rgb[3] / 255**2)
        rest = 1 - alpha
        self._planes *= rest
        for number, value in enumerate((*rgb[:3], 255)):
            if value:
                self._planes[number] += alpha * np.float32(value / 255)

    def stamp(self, stamp: Stamp, left: int, top: int) -> None:
        """Paint a picture with its corner at (``left``, ``top``) of the frame."""
        target, source = _overlap(self._planes[0], stamp.pixels, left - self.box.left, top - self.box.top)
        pixels = stamp.pixels[source].astype(np.float32) / 255
        for number, plane in enumerate(self._planes):
            plane[target] = plane[target] * (1 - pixels[..., 3]) + pixels[..., number]

    def rgba(self) -> Rgba:
        """The finished picture, straight alpha."""
        alpha = self._planes[3]
        scale = 255 / np.maximum(alpha, 1 / 512)
        merged = cv2.merge([*(plane * scale for plane in self._planes[:3]), alpha * 255])
        return np.asarray(cv2.convertScaleAbs(merged), np.uint8)


def letters(canvas: Canvas, lines: Sequence[Placed], colour_of: Callable[[int], Rgb], ink: Ink) -> None:
    """Paint lines on a canvas; ``colour_of`` gives each word's colour by its index."""
    surrounds(canvas, lines, ink)
    fills(canvas, lines, colour_of)


def surrounds(canvas: Canvas, lines: Sequence[Placed], ink: Ink) -> None:
    """Paint what surrounds the letters of lines: shadow and stroke, the latter beneath the letters too."""
    outline: Mask = np.zeros((canvas.box.height, canvas.box.width), np.uint8)
    pictures: list[tuple[Stamp, int, int]] = []
    for _, glyph, x, y, phase in _stood(lines):
        if glyph.face.painted:
            pictures += _picture(glyph, x, y, phase)
        else:
            grown = letter(glyph.face, glyph.number, glyph.size, phase, ink.stroke_width)
            _onto(outline, grown, x - canvas.box.left, y - canvas.box.top, np.maximum)
    if ink.shadow:
        canvas.cover(_shadow(outline, pictures, canvas.box, ink), (0, 0, 0, round(255 * ink.shadow)))
    if ink.stroke_width:
        canvas.cover(outline, ink.stroke)


def fills(canvas: Canvas, lines: Sequence[Placed], colour_of: Callable[[int], Rgb]) -> None:
    """Paint the letters of lines themselves, and pictures over them."""
    masks: dict[Rgb, Mask] = {}
    pictures: list[tuple[Stamp, int, int]] = []
    for word, glyph, x, y, phase in _stood(lines):
        if glyph.face.painted:
            pictures += _picture(glyph, x, y, phase)
        else:
            mask = masks.setdefault(colour_of(word), np.zeros((canvas.box.height, canvas.box.width), np.uint8))
            plain = letter(glyph.face, glyph.number, glyph.size, phase, 0.0)
            _onto(mask, plain, x - canvas.box.left, y - canvas.box.top, cv2.add)
    for rgb, mask in masks.items():
        canvas.cover(mask, rgb)
    for stamp, x, y in pictures:
        canvas.stamp(stamp, x, y)


def _stood(lines: Sequence[Placed]) -> Iterator[tuple[int, Glyph, int, int, int]]:
    """Every glyph with its word's index, its whole pixel and its quarter of one."""
    for placed in lines:
        for glyph in placed.line.glyphs:
            x, phase = _snap(placed.x + glyph.x)
            yield placed.word + glyph.word, glyph, x, round(placed.y + glyph.y), phase


def _picture(glyph: Glyph, x: int, y: int, phase: int) -> list[tuple[Stamp, int, int]]:
    drawn = picture(glyph.face, glyph.number, glyph.size, phase)
    return [(drawn, x + drawn.left, y + drawn.top)] if drawn else []


def _snap(x: float) -> tuple[int, int]:
    """The whole pixel and the quarter of one nearest to a position."""
    return divmod(round(x * PHASES), PHASES)


def _onto(mask: Mask, stamp: Stamp | None, x: int, y: int, how: Callable[[Any, Any], Any]) -> None:
    """Bring a letter whose origin stands at (``x``, ``y``) into a mask."""
    if stamp:
        target, source = _overlap(mask, stamp.pixels, x + stamp.left, y + stamp.top)
        mask[target] = how(mask[target], stamp.pixels[source])


def _shadow(outline: Mask, pictures: Sequence[tuple[Stamp, int, int]], box: Box, ink: Ink) -> Mask:
    """What lies in shadow: all that is painted, moved down and blurred."""
    shade = outline.copy()
    for stamp, left, top in pictures:
        target, source = _overlap(shade, stamp.pixels, left - box.left, top - box.top)
        shade[target] = np.maximum(shade[target], stamp.pixels[source][..., 3])
    return soften(shade, ink.blur, ink.fall)


def soften(mask: Mask, blur: float, fall: float) -> Mask:
    """A mask moved down by ``fall`` px and blurred by a Gaussian of ``blur`` px, a wide one at a smaller size."""
    moved = np.zeros_like(mask)
    moved[round(fall) :] = mask[: mask.shape[0] - round(fall)]
    coarse = max(1, int(blur / 4))
    height, width = mask.shape
    if coarse > 1:
        moved = np.asarray(
            cv2.resize(moved, (-(-width // coarse), -(-height // coarse)), interpolation=cv2.INTER_AREA), np.uint8
        )
    blurred = cv2.GaussianBlur(moved, (0, 0), blur / coarse)
    if coarse > 1:
        blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(blurred, np.uint8)


def _overlap(
    onto: NDArray[np.generic], pixels: NDArray[np.uint8], left: int, top: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a stamp at (``left``, ``top``) meets a plane: slices of the plane and of the stamp."""
    height, width = pixels.shape[:2]
    y0, y1 = max(top, 0), max(0, min(top + height, onto.shape[0]))
    x0, x1 = max(left, 0), max(0, min(left + width, onto.shape[1]))
    y0, x0 = min(y0, y1), min(x0, x1)
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
