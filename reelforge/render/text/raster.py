"""Glyphs as pixels: coverage of a letter, of the stroke around it, and pictures in colour.

Letters are drawn unhinted at quarter-pixel steps in x, so that spacing is as even as the font's designer meant it.
Strokes are FreeType's (``FT_Glyph_Stroke``, round joins); colour glyphs are painted by HarfBuzz (COLR v0 and v1,
bitmaps).
"""

from __future__ import annotations

import ctypes
import math
from functools import lru_cache
from typing import Any, Final

import freetype
import numpy as np
import uharfbuzz as hb
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.text.face import Face

PHASES: Final = 4
"""Sub-pixel positions in x."""


class Stamp(Struct, frozen=True):
    """Pixels whose top-left corner is (``left``, ``top``) from the glyph's origin in whole pixels, y downwards.

    ``pixels`` is (h, w) coverage, or (h, w, 4) premultiplied RGBA for a picture; 0–255.
    """

    left: int
    top: int
    pixels: NDArray[np.uint8]


@lru_cache(maxsize=4096)
def letter(face: Face, number: int, size: float, phase: int, radius: float) -> Stamp | None:
    """A glyph's coverage at ``size`` px an em, moved right by ``phase``/:data:`PHASES` px; grown by ``radius`` px all
    round when that is above 0 (the stroke and what it surrounds). None when it paints nothing. Faces hash by identity.
    """
    with face.lock:
        outlines = face.outlines
        outlines.set_char_size(round(size * 64), 0, 72, 72)
        outlines.set_transform(freetype.Matrix(0x10000, 0, 0, 0x10000), freetype.Vector(phase * 64 // PHASES, 0))
        outlines.load_glyph(number, freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
        if not outlines.glyph.outline.n_points:
            return None
        drawn = _stroked(outlines, radius) if radius > 0 else None
        filled = _bitmap(outlines.glyph.get_glyph())
    if drawn is None or filled is None:
        return filled
    return _union(drawn, filled)


def _stroked(outlines: Any, radius: float) -> Stamp | None:
    stroker = freetype.Stroker()
    stroker.set(round(radius * 64), freetype.FT_STROKER_LINECAP_ROUND, freetype.FT_STROKER_LINEJOIN_ROUND, 0)
    glyph = outlines.glyph.get_glyph()
    glyph.stroke(stroker, destroy=True)
    return _bitmap(glyph)


def _bitmap(glyph: Any) -> Stamp | None:
    """Rasterise with 256 levels; reads FreeType's buffer at once instead of a Python list of its bytes."""
    glyph.to_bitmap(freetype.FT_RENDER_MODE_NORMAL, freetype.Vector(0, 0), destroy=True)
    drawn = ctypes.cast(glyph._FT_Glyph, freetype.FT_BitmapGlyph).contents  # noqa: SLF001  # the wrapper copies byte by byte
    bitmap = drawn.bitmap
    if not bitmap.rows or not bitmap.width:
        return None
    raw = ctypes.string_at(bitmap.buffer, bitmap.rows * bitmap.pitch)
    pixels = np.frombuffer(raw, np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width]
    return Stamp(drawn.left, -drawn.top, pixels)


def _union(one: Stamp, other: Stamp) -> Stamp:
    left, top = min(one.left, other.left), min(one.top, other.top)
    right = max(stamp.left + stamp.pixels.shape[1] for stamp in (one, other))
    bottom = max(stamp.top + stamp.pixels.shape[0] for stamp in (one, other))
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    for stamp in (one, other):
        height, width = stamp.pixels.shape
        part = pixels[stamp.top - top :, stamp.left - left :][:height, :width]
        np.maximum(part, stamp.pixels, out=part)
    return Stamp(left, top, pixels)


@lru_cache(maxsize=256)
def picture(face: Face, number: int, size: float, phase: int) -> Stamp | None:
    """A colour glyph as premultiplied RGBA at ``size`` px an em, moved right by ``phase``/:data:`PHASES` px."""
    extents = face.font.get_glyph_extents(number)
    if extents is None or not extents.width:
        return None
    scale = size / face.upem
    left = math.floor(extents.x_bearing * scale) - 1
    top = math.floor(-extents.y_bearing * scale) - 1
    width = math.ceil(extents.width * scale) + 4
    height = math.ceil(-extents.height * scale) + 4
    paint = hb.RasterPaint()
    paint.transform = (scale, 0.0, 0.0, scale, phase / PHASES, 0.0)
    paint.extents = hb.RasterExtents(left, -(top + height), width, height, width * 4)
    paint.paint_glyph(face.font, number)
    image = paint.render()
    if image is None:
        return None
    bgra = np.frombuffer(image.buffer, np.uint8).reshape(height, width, 4)[::-1]
    return Stamp(left, top, np.ascontiguousarray(bgra[..., [2, 1, 0, 3]]))
