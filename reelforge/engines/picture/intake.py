"""A picture file from anywhere, taken into the asset store as a :class:`Picture`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from PIL import Image

from reelforge.domain.asset import AssetRef
from reelforge.domain.job import Assets, StepContext, step
from reelforge.domain.picture import Picture
from reelforge.engines.picture.credits import read_credit
from reelforge.engines.picture.decode import read_still
from reelforge.engines.picture.focus import find_focus

QUALITY: Final = 95
"""JPEG quality of what is stored, always without chroma subsampling: the picture is enlarged and encoded once more."""


def encode_jpeg(image: Image.Image) -> bytes:
    """An RGB image as JPEG with nothing but pixels in it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()


def settle(assets: Assets, path: Path, engine: str) -> Picture:
    """Read, convert and store one file; ``engine`` is who found it: an engine's name, or ``person``.

    Blocking. Raises InputError that names the file and its fault.
    A JPEG that needs no change keeps its own bytes; everything else is stored as JPEG. Its credits go along.
    """
    credit = read_credit(path)
    still = read_still(path)
    data = still.original if still.original is not None else encode_jpeg(still.image)
    asset: AssetRef = assets.add_bytes(data, "image/jpeg", credit.provenance(engine))
    width, height = still.image.size
    return Picture(asset=asset, width=width, height=height, focus=find_focus(still.image), engine=engine)


@step(slot="fetch", version=1, scope="job")
async def fetch_named(context: StepContext, path: str) -> Picture:
    """Take in the picture a script names by its absolute path. Raises InputError that names the file and its fault."""
    picture: Picture = await context.in_thread(settle, context.assets, Path(path), "person")
    return picture
