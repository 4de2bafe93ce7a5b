"""Logos and other pictures with transparency: read, brought to sRGB and to the size at which they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from msgspec import Struct
from PIL import Image, ImageOps

from reelforge.render.layer import Rgba
from reelforge.render.pictures import Kind, opened, standard, upright_size
from reelforge.render.shapes import rounded
from reelforge.render.text.sprite import Box

_KIND: Final = Kind(
    "a PNG or WebP picture", "Save it as PNG, with a transparent background.", 50_000_000, formats=("PNG", "WEBP")
)


class Mark(Struct, frozen=True):
    """A picture to show: its file, its content's SHA-256, its size, and where the timeline names it."""

    path: Path
    digest: str
    width: int
    height: int
    where: str

    def draw(self, box: Box, edges: tuple[int, int, int, int], radius: float) -> Rgba:
        """The picture over whole pixels ``edges`` (left, top, right, bottom) of a box, its corners round."""
        left, top, right, bottom = edges
        straight = _pixels(self, (right - left, bottom - top))
        drawn = np.zeros((box.height, box.width, 4), np.uint8)
        drawn[top - box.top : bottom - box.top, left - box.left : right - box.left] = straight
        if radius > 0:
            drawn[..., 3] = cv2.multiply(drawn[..., 3], rounded(box, edges, radius), scale=1 / 255)
        return drawn


def mark(path: Path, digest: str, where: str) -> Mark:
    """Look at a picture's header. Raises InputError beginning with ``where`` when it is none that can be shown."""
    return Mark(path, digest, *upright_size(path, where, _KIND), where)


def _pixels(shown: Mark, size: tuple[int, int]) -> Rgba:
    """Upright straight-alpha sRGB at ``size`` (width, height); of an animation the first frame.

    Pillow widens its bicubic filter when it makes a picture smaller, and weighs colours by their alpha.
    """
    with opened(shown.path, shown.where, _KIND) as picture:
        ImageOps.exif_transpose(picture, in_place=True)
        straight = standard(picture).convert("RGBA")
        return np.asarray(straight.resize(size, Image.Resampling.BICUBIC, reducing_gap=4), np.uint8)
