"""A colour grade: the picture's colours looked up in a table (:mod:`reelforge.render.lut`)."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from reelforge.render import lut
from reelforge.render.effects import BaseOptions, State
from reelforge.render.planes import Rgb

FILES: Final = ("lut",)


class Options(BaseOptions):
    """``lut`` is a table of ``config/luts/`` (clean_punch, noir, teal_orange, warm_film) or the path of a .cube file,
    counted from the timeline's folder; ``strength`` is how much of it is mixed in.
    """

    lut: str = Field(default="clean_punch", min_length=1, max_length=4096)
    strength: float = Field(default=1.0, ge=0, le=1)


def paint(options: Options) -> State | None:
    digest = lut.digest(options.lut)
    return (options.lut, digest, options.strength) if options.strength else None


def colour(state: State, rgb: Rgb) -> Rgb:
    name, digest, strength = state
    return lut.grading(name, digest, strength).apply(rgb)
