"""A still that is ready to be shown."""

from __future__ import annotations

from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.sight import Sight
from reelforge.domain.value import Value


class Picture(Value):
    """An upright, opaque sRGB still in the store. ``focus`` is the point of interest as fractions of width, height;
    ``sight`` what was seen in it, if anybody looked.
    """

    asset: AssetRef
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    focus: tuple[float, float] = (0.5, 0.5)
    engine: str
    sight: Sight | None = None


class PictureRequest(Value):
    """What one scene needs to see. ``avoid`` holds hashes already used by earlier scenes; ``seed`` makes drawn
    pictures repeatable; ``palette`` is the channel's colours as ``#rrggbb``.
    """

    scene: int = Field(ge=0)
    narration: str
    visual: str = ""
    named: str | None = None
    seed: int = 0
    palette: tuple[str, ...] = ()
    size: tuple[int, int] = (1080, 1920)
    avoid: tuple[str, ...] = ()


class Pictures(Value):
    """The stills of a script's scenes, one a scene, in their order."""

    pictures: tuple[Picture, ...]
