"""The designs a backdrop is drawn in: functions from a :class:`Sheet` to pixels, all seeded, none with text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from reelforge.engines.picture.designs import geometry, land, light, sky
from reelforge.engines.picture.designs.sheet import Sheet
from reelforge.engines.picture.palette import Pixels

DESIGNS: Final[Mapping[str, Callable[[Sheet], Pixels]]] = {
    "ridges": land.ridges,
    "contours": geometry.contours,
    "planet": sky.planet,
    "mesh": light.mesh,
    "waves": land.waves,
    "halftone": geometry.halftone,
    "bokeh": light.bokeh,
    "tiles": geometry.tiles,
}
"""Neighbours here differ most: scenes take them in turn."""
