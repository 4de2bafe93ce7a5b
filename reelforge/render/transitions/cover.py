"""The next shot slides in over the one before, which falls back into its shadow."""

from __future__ import annotations

from reelforge.render.planes import Planes
from reelforge.render.warp import Way, ahead, dim, entering, layers, reveal, smooth, smooth_all

EASING = "cubic_in_out"
DIRECTED = True
_WIDTH = 0.11
"""How far the shadow reaches, as a share of the frame along the way."""
_DARKEST = 0.62
_FAR = 0.3
"""How much darker what is beneath becomes as a whole."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    depth = _DARKEST * smooth(time, 0.0, 0.15)
    for one in layers(below, above, out):
        moved, cover = entering(one, way, time)
        away = ahead(one.grid, way, time) / one.grid.frame[way.axis]
        shadow = depth * smooth_all(1.0 - away / _WIDTH) ** 1.5
        dim(one.below, (1.0 - shadow) * (1.0 - _FAR * time), way, one.black)
        reveal(one.below, moved, cover, way, one.out)
