"""Drawn pictures for scenes that have none: seeded by the scene's words and the channel's palette, never with text.

The same request always draws the same picture (to a rounding of the last bit between machines). It is a fifth larger
than the frame, so that motion has room. Scenes take the designs in turn, so neighbours never look alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, field_validator

from reelforge.domain.asset import AssetRef, Provenance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import Assets, StepContext, step
from reelforge.domain.picture import Picture, PictureRequest
from reelforge.domain.value import Value
from reelforge.engines.picture import Found
from reelforge.engines.picture.designs import DESIGNS
from reelforge.engines.picture.designs.sheet import Sheet
from reelforge.engines.picture.intake import encode_jpeg
from reelforge.engines.picture.palette import Pixels, scheme

ROOM: Final = 1.2
"""How much larger than the frame a picture is drawn."""
LARGEST: Final = 4_320
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$")


class Options(Value):
    """``designs`` limits what is drawn; empty means all. ``grain`` is the noise's strength in levels of 255."""

    designs: tuple[str, ...] = ()
    grain: float = Field(default=2.2, ge=0, le=12)

    @field_validator("designs")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in DESIGNS:
                raise ValueError(f"there is no design {name!r}; there are: {', '.join(DESIGNS)}")
        return value


class Engine:
    """Draws backdrops; see the module."""

    name = "backdrop"

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 1, **self._options.model_dump(mode="json")}

    @step(slot="image", version=1)
    async def find(self, context: StepContext, request: PictureRequest) -> Found:
        picture: Picture = await context.in_thread(self._settle, context.assets, request)
        return Found(picture=picture)

    def _settle(self, assets: Assets, request: PictureRequest) -> Picture:
        """Draw and store; a picture that is already used is drawn anew with other chances."""
        attempt = 0
        while True:
            pixels, design = draw(request, self._options, attempt)
            data = encode_jpeg(Image.fromarray(pixels))
            if hashlib.sha256(data).hexdigest() not in request.avoid:
                break
            attempt += 1
        credit = Provenance(source=self.name, title=f"Backdrop ({design})", licence="CC0-1.0")
        asset: AssetRef = assets.add_bytes(data, "image/jpeg", credit)
        height, width = pixels.shape[:2]
        return Picture(asset=asset, width=width, height=height, focus=(0.5, 0.45), engine=self.name)

    def check(self) -> Iterable[Finding]:
        return (Finding(subject="picture backdrop", ok=True, sentence="Draws its pictures itself; it needs nothing."),)

    async def aclose(self) -> None:
        """Nothing is held open."""


def draw(request: PictureRequest, options: Options, attempt: int = 0) -> tuple[NDArray[np.uint8], str]:
    """The (height, width, 3) RGB pixels for a request and the name of their design. Blocking, about a second.

    ``attempt`` counts drawings of the same request that were already used elsewhere.
    """
    palette = tuple(colour for colour in request.palette if _COLOUR.match(colour))
    words = f"{request.narration}\n{request.visual}"
    text = "\n".join((words, *palette, str(request.seed), str(attempt)))
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")))
    names = options.designs or tuple(DESIGNS)
    name = names[(request.scene + request.seed + attempt) % len(names)]
    width, height = _size(request.size)
    colours = np.random.Generator(np.random.PCG64(request.seed)) if not palette else rng
    sheet = Sheet(rng, scheme(palette, colours), width, height)
    return _finish(DESIGNS[name](sheet), sheet, options.grain), name


def _size(frame: tuple[int, int]) -> tuple[int, int]:
    """The frame a fifth larger, even, and within bounds."""
    scale = min(ROOM, LARGEST / max(frame))
    return (_even(frame[0] * scale), _even(frame[1] * scale))


def _even(side: float) -> int:
    return max(64, round(side / 2) * 2)


def _finish(pixels: Pixels, sheet: Sheet, grain: float) -> NDArray[np.uint8]:
    """A light vignette, and a grain that hides banding."""
    x, y = sheet.grid()
    edge = ((x - 0.5) / 0.5) ** 2 * 0.5 + ((y / sheet.tall - 0.5) / 0.5) ** 2 * 0.5
    pixels = pixels * (1.0 - 0.22 * np.clip(edge, 0, 1) ** 1.5)[..., None] * 255.0
    noise = sheet.rng.standard_normal((sheet.height, sheet.width), dtype=np.float32)
    pixels += (noise * np.float32(grain))[..., None]
    return np.asarray(np.clip(pixels + 0.5, 0, 255), dtype=np.uint8)
