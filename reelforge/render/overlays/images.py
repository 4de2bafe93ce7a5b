"""Logos and other pictures with transparency: read, brought to sRGB and to the size at which they stand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from reelforge.errors import InputError
from reelforge.render.layer import Rgba
from reelforge.render.shapes import rounded
from reelforge.render.text.sprite import Box

_FORMATS: Final = ("PNG", "WEBP")
_MOST_PIXELS: Final = 50_000_000
_ORIENTATION: Final = 0x0112  # EXIF 2.32, tag Orientation
_TURNED: Final = range(5, 9)
"""Orientations that swap width and height; files that lie have texts and other things there."""


@dataclass(frozen=True)
class Mark:
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
    with _opened(path, where) as picture, _sentences(path, where):
        width, height = picture.size
        if picture.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
    return Mark(path, digest, width, height, where)


@contextmanager
def _sentences(path: Path, where: str) -> Iterator[None]:
    """Whatever Pillow raises at a file that it cannot read, as one sentence."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise InputError(
            f"{where}: {path} is not a PNG or WebP picture.", remedy="Save it as PNG, with a transparent background."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{where}: {path} is too large to be a logo.", remedy="Scale it down first.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        # Pillow's decoders report damage with any of these.
        raise InputError(
            f"{where}: the picture {path} is damaged ({error}).", remedy="Replace it with a whole file."
        ) from error


def _opened(path: Path, where: str) -> Image.Image:
    with _sentences(path, where):
        picture = Image.open(path, formats=_FORMATS)
    if picture.width * picture.height > _MOST_PIXELS:
        picture.close()
        raise InputError(f"{where}: the picture {path} has more than 50 million pixels.", remedy="Scale it down first.")
    return picture


def _pixels(shown: Mark, size: tuple[int, int]) -> Rgba:
    """Upright straight-alpha sRGB at ``size`` (width, height); of an animation the first frame.

    Pillow widens its bicubic filter when it makes a picture smaller, and weighs colours by their alpha.
    """
    with _opened(shown.path, shown.where) as picture:
        with _sentences(shown.path, shown.where):
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
        standard = _standard(upright, picture.info.get("icc_profile"))
        return np.asarray(standard.resize(size, Image.Resampling.BICUBIC, reducing_gap=4), np.uint8)


def _standard(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB. A profile that cannot be used is passed over: the values are then taken for sRGB."""
    if not profile:
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(given):
            return picture
        return ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB")) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
