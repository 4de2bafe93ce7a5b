"""Any picture file a timeline may name, as upright opaque sRGB."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from msgspec import Struct
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from reelforge.errors import InputError
from reelforge.render.planes import Rgb

_ORIENTATION = 0x0112  # EXIF 2.32, tag Orientation
_TURNED = range(5, 9)
"""Orientations that swap width and height; files that lie have texts and other things there."""


class Kind(Struct, frozen=True):
    """Which files are taken: Pillow's names of their formats (None: all that it knows), and how many pixels at most.
    ``wanted`` completes “… is not”, ``remedy`` says what to use instead.
    """

    wanted: str
    remedy: str
    most_pixels: int
    formats: tuple[str, ...] | None = None


ANY = Kind("a picture that can be read", "Use a JPEG, PNG, WebP, AVIF, TIFF or GIF file.", 100_000_000)


class Decoded(Struct, frozen=True):
    """A picture's pixels, maybe fewer than its own ``size`` (width, height): it may be decoded at a fraction of it."""

    rgb: Rgb
    size: tuple[int, int]


def decode(path: Path, where: str, scale: Callable[[int, int], float]) -> Decoded:
    """Read a picture: EXIF rotation applied, profile converted to sRGB, CMYK converted, alpha over black, the first
    frame of an animation.

    ``scale`` gives, for a picture's width and height, how large it will be drawn at most (1 = its own size): a JPEG is
    decoded at ½, ¼ or ⅛ when that is still enough. Raises InputError beginning with ``where`` when the file is missing,
    damaged, no picture, or has over 100 million pixels.
    """
    with opened(path, where) as picture:
        return _read(picture, scale)


def upright_size(path: Path, where: str, kind: Kind = ANY) -> tuple[int, int]:
    """A picture's (width, height) once it is upright; only its header is read. Raises as :func:`decode` does."""
    with opened(path, where, kind) as picture:
        return _upright(picture)


def _upright(picture: Image.Image) -> tuple[int, int]:
    width, height = picture.size
    return (height, width) if picture.getexif().get(_ORIENTATION) in _TURNED else (width, height)


@contextmanager
def opened(path: Path, where: str, kind: Kind = ANY) -> Iterator[Image.Image]:
    """The picture, not yet decoded; what goes wrong with it while it is open is said in a sentence (InputError)."""
    too_large = f"{where}: the picture {path} has more than {kind.most_pixels // 10**6} million pixels."
    try:
        with Image.open(path, formats=kind.formats) as picture:
            if picture.mode == "F":
                raise InputError(
                    f"{where}: {path} holds decimal numbers, and nothing says which of them is white.",
                    remedy="Save it with 8 or 16 bits.",
                )
            if picture.width * picture.height > kind.most_pixels:
                raise InputError(too_large, remedy="Scale it down first.")
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(too_large, remedy="Scale it down first.") from error
    except FileNotFoundError as error:
        raise InputError(
            f"{where}: there is no picture {path}.", remedy="Correct the path or bring the file back."
        ) from error
    except PermissionError as error:
        raise InputError(f"{where}: {path} may not be read.", remedy="Give yourself permission to read it.") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{where}: {path} is not {kind.wanted}.", remedy=kind.remedy) from error
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:
        # Pillow's decoders report damage with any of these.
        raise InputError(
            f"{where}: the picture {path} is damaged ({error}).", remedy="Replace it with a whole file."
        ) from error


def _read(picture: Image.Image, scale: Callable[[int, int], float]) -> Decoded:
    width, height = _upright(picture)
    factor = int(1 / scale(width, height))
    if picture.format == "JPEG" and factor > 1:
        picture.draft(None, (max(1, picture.width // factor), max(1, picture.height // factor)))
    ImageOps.exif_transpose(picture, in_place=True)
    return Decoded(np.asarray(_opaque(standard(picture))), (width, height))


def standard(picture: Image.Image) -> Image.Image:
    """The picture in sRGB. A profile that cannot be used is passed over: the values are then taken for sRGB."""
    if picture.mode in {"I;16", "I;16L", "I;16B", "I"}:
        high = np.clip(np.asarray(picture, np.int64) >> 8, 0, 255)
        return Image.fromarray(high.astype(np.uint8))
    profile = picture.info.get("icc_profile")
    if not profile and picture.mode != "LAB":
        return picture
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    opaque = picture.convert(_PLAIN[picture.mode]) if picture.mode in _PLAIN else picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile) if profile else ImageCms.createProfile("LAB"))
        colours = _by_profile(opaque, given)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    if alpha:
        colours.putalpha(alpha)
    return colours


_PLAIN = {"RGBA": "RGB", "RGBX": "RGB", "P": "RGB", "PA": "RGB", "LA": "L", "1": "L", "YCbCr": "RGB"}
"""What a picture is in before its profile is applied: profiles speak of no palettes and no alpha."""
_STEPS = (0, 32, 64, 96, 128, 160, 192, 224, 255)


def _by_profile(picture: Image.Image, given: ImageCms.ImageCmsProfile) -> Image.Image:
    """The picture by its profile in sRGB, as RGB. Most profiles say sRGB, in one way or another, which takes a while to
    apply and changes nothing; their names are no sign (“sRGB linear” is another thing), so a few colours are tried.
    """
    standard = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(given, standard, picture.mode, "RGB")
    if picture.mode == "RGB":
        cube = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(27, 27, 3).astype(np.uint8)
        tried = ImageCms.applyTransform(Image.fromarray(cube), transform)
        if tried and np.abs(np.asarray(tried, np.int16) - cube).max() <= 1:
            return picture
    converted = ImageCms.applyTransform(picture, transform)
    assert converted is not None
    return converted


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, picture.convert("RGBA")).convert("RGB")
