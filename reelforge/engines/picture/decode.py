"""Any picture file as an upright, opaque, 8-bit sRGB still, read defensively: by content, within bounds of size.

Blocking; call it in a thread. What a file is called decides nothing.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from PIL import Image, ImageCms, UnidentifiedImageError

from reelforge.errors import InputError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""What is opened at all: formats without scripts, references to other files or helper programs."""
FILE_LIMIT: Final = 200_000_000
PIXEL_LIMIT: Final = 89_000_000
"""Just below the size at which Pillow suspects a decompression bomb."""
DRAFT_PIXELS: Final = 40_000_000
"""JPEGs above are decoded at half size or less; nothing on a screen needs more."""
LONG_SIDE: Final = 4_320
SHORT_SIDE: Final = 320
WIDEST: Final = 4.0
"""Strips longer than this are cut to it: a screen would show but a sliver of them."""
ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_STEPS: Final = (0, 32, 64, 96, 128, 160, 192, 224, 255)
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, RuntimeError, UserWarning,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's decoders raise for damaged files; warnings about them are errors where the process makes them so."""

# Pillow only warns at its pixel limit; a warning would let the decoding begin.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class Still(Struct, frozen=True):
    """An RGB image, and the file's own bytes when these can be kept because nothing had to be changed."""

    image: Image.Image
    original: bytes | None


def read_still(path: Path) -> Still:
    """Open, check and convert one file. Raises InputError that names it and says what is wrong with it."""
    data = _read(path)
    image = _open(data, path)
    _check_size(image, path)
    media = image.format
    drafted = media in {"JPEG", "MPO"} and image.width * image.height > DRAFT_PIXELS
    if drafted:
        image.draft(image.mode, (image.width // 2, image.height // 2))
    _load(image, path)
    turn = _UPRIGHT.get(_orientation(image))
    plain = _eight_bit(image, path)
    turned = plain.transpose(turn) if turn is not None else plain
    fitted = _fit(turned)
    profile = _profile(image)
    coloured = _to_srgb(fitted, profile)
    flat = _flatten(coloured, path)
    unchanged = media == "JPEG" and image.mode == "RGB" and not drafted and fitted is image and profile is None
    return Still(flat, data if unchanged else None)


def read_reduced(path: Path, pixels: int) -> Image.Image:
    """The whole picture, upright, opaque and in sRGB, in at most about so many ``pixels``: to look at, not to show.

    Pictures of any shape and of any size up to :data:`PIXEL_LIMIT` are read. Raises InputError as :func:`read_still`.
    """
    image = _open(_read(path), path)
    if image.width * image.height > PIXEL_LIMIT:
        raise _too_many_pixels(path)
    if image.format in {"JPEG", "MPO"}:
        scale = _scale(image, pixels)
        image.draft(image.mode, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    _load(image, path)
    plain = _eight_bit(image, path)
    if (scale := _scale(plain, pixels)) < 1:
        size = (max(1, round(plain.width * scale)), max(1, round(plain.height * scale)))
        plain = plain.resize(size, Image.Resampling.BOX)
    turn = _UPRIGHT.get(_orientation(image))
    turned = plain.transpose(turn) if turn is not None else plain
    return _flatten(_to_srgb(turned, _profile(image)), path)


def _scale(image: Image.Image, pixels: int) -> float:
    return min(1.0, math.sqrt(pixels / (image.width * image.height)))


def _load(image: Image.Image, path: Path) -> None:
    try:
        image.load()
    except (*_BROKEN, MemoryError, Image.DecompressionBombError) as error:
        raise InputError(
            f"The picture {path} is damaged or cut off: {error}.", remedy="Get a whole copy of it, or name another."
        ) from error


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"There is no picture {path}.", remedy="Correct the path.")
        size = path.stat().st_size
        if size > FILE_LIMIT:
            raise InputError(f"The picture {path} has {size // 1_000_000} MB.", remedy="Save a smaller copy as JPEG.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"The picture {path} cannot be read: {error.strerror or error}.") from error
    if not data:
        raise InputError(f"The picture {path} is empty: it has no bytes.", remedy="Get a whole copy, or name another.")
    return data


def _open(data: bytes, path: Path) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(path) from error
    except UnidentifiedImageError as error:
        raise _unknown(data[:64], path) from error
    except _BROKEN as error:
        raise InputError(
            f"The picture {path} is damaged: {error}.", remedy="Get a whole copy, or name another."
        ) from error


def _too_many_pixels(path: Path) -> InputError:
    return InputError(
        f"The picture {path} has more than {PIXEL_LIMIT // 1_000_000} megapixels.",
        remedy=f"Save a smaller copy; {LONG_SIDE} pixels on the long side are enough.",
    )


def _unknown(head: bytes, path: Path) -> InputError:
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"}:
        return InputError(
            f"The picture {path} is in HEIC format, which ReelForge does not read.",
            remedy="Export it as JPEG, on macOS with `sips -s format jpeg IN.heic --out OUT.jpg`.",
        )
    return InputError(
        f"{path} is not a picture that ReelForge reads.", remedy="Use JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP."
    )


def _check_size(image: Image.Image, path: Path) -> None:
    width, height = image.size
    if width * height > PIXEL_LIMIT:
        raise _too_many_pixels(path)
    if min(width, height) < SHORT_SIDE:
        raise InputError(
            f"The picture {path} is too small: {width} × {height} pixels.",
            remedy=f"Use one of at least {SHORT_SIDE} pixels on the short side; 1080 × 1920 shows best.",
        )


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 when there is none or the block is damaged. Read after loading: TIFFs turn themselves."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except _BROKEN:
        return 1


def _eight_bit(image: Image.Image, path: Path) -> Image.Image:
    """The image as L, LA, RGB, RGBA, CMYK or LAB of 8 bits a channel."""
    mode = image.mode
    if mode in {"RGB", "L", "RGBA", "LA", "CMYK", "LAB"}:
        return image.convert("RGBA") if mode in {"RGB", "L"} and "transparency" in image.info else image
    if mode.startswith("I") or mode == "F":
        values = np.asarray(image, dtype=np.float32)
        if not np.isfinite(values).all():
            raise InputError(f"The picture {path} holds values that are no numbers.", remedy="Save it as JPEG or PNG.")
        top = float(values.max(initial=0.0))
        scale = 255.0 if mode == "F" and top <= 1.0 else 255.0 / 65_535.0 if top > 255.0 else 1.0
        return Image.fromarray(np.clip(values * scale + 0.5, 0, 255).astype(np.uint8))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _fit(image: Image.Image) -> Image.Image:
    """Cut strips to :data:`WIDEST` about their middle, then shrink to :data:`LONG_SIDE`; the same object if neither."""
    width, height = image.size
    if width > WIDEST * height:
        kept = round(WIDEST * height)
        image = image.crop(((width - kept) // 2, 0, (width - kept) // 2 + kept, height))
    elif height > WIDEST * width:
        kept = round(WIDEST * width)
        image = image.crop((0, (height - kept) // 2, width, (height - kept) // 2 + kept))
    longest = max(image.size)
    if longest <= LONG_SIDE:
        return image
    size = (max(1, round(image.width * LONG_SIDE / longest)), max(1, round(image.height * LONG_SIDE / longest)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The embedded colour profile; none when there is none, when it is sRGB already, or when it cannot be read."""
    embedded = image.info.get("icc_profile")
    if not embedded:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        return None if _is_srgb(profile) else profile
    except (ImageCms.PyCMSError, *_BROKEN):
        return None


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile changes nothing. Its name is no sign (“sRGB linear” is another thing): colours are tried."""
    if profile.profile.xcolor_space.strip() != "RGB":
        return False
    cube = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(27, 27, 3).astype(np.uint8)
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    tried = ImageCms.profileToProfile(Image.fromarray(cube), profile, standard, outputMode="RGB")
    return tried is not None and int(np.abs(np.asarray(tried, np.int16) - cube).max()) <= 1


def _to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    """RGB or RGBA in sRGB. A profile that does not fit the image's channels is passed over."""
    alpha = image.getchannel("A") if image.mode in {"RGBA", "LA"} else None
    opaque = image.convert(image.mode.removesuffix("A")) if alpha is not None else image
    if profile is None and opaque.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    converted: Image.Image | None = None
    if profile is not None:
        try:
            converted = ImageCms.profileToProfile(
                opaque, profile, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, *_BROKEN):
            converted = None
    colour = converted if converted is not None else opaque if opaque.mode == "RGB" else opaque.convert("RGB")
    if alpha is not None:
        colour = colour.copy()
        colour.putalpha(alpha)
    return colour


def _flatten(image: Image.Image, path: Path) -> Image.Image:
    """Lay a picture with alpha over its own mean colour, darkened, so that light and dark cut-outs both stand out."""
    if image.mode != "RGBA":
        return image
    pixels = np.asarray(image, dtype=np.float32)
    alpha = pixels[..., 3:] / 255.0
    weight = float(alpha.sum())
    if weight < 1.0:
        raise InputError(f"The picture {path} is wholly transparent.", remedy="Name another.")
    mean = (pixels[..., :3] * alpha).sum(axis=(0, 1)) / weight
    ground = mean * (0.35 if float(mean.mean()) > 60 else 1.0) + (0.0 if float(mean.mean()) > 60 else 90.0)
    flat = pixels[..., :3] * alpha + ground * (1.0 - alpha)
    return Image.fromarray(np.clip(flat + 0.5, 0, 255).astype(np.uint8))
