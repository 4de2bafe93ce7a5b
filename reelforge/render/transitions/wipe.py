"""A soft line runs over the frame and leaves the next shot behind it."""

from __future__ import annotations

from reelforge.render.planes import Planes
from reelforge.render.warp import Way, layers, reveal, smooth_all

EASING = "sine_in_out"
DIRECTED = True
_SOFT = 0.09
"""The line's width as a share of the frame along the way."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    for one in layers(below, above, out):
        length = one.grid.frame[way.axis]
        soft = _SOFT * length
        line = (length + soft) * (time if way.grows else 1.0 - time) - soft / 2
        past = (one.grid.places(way.axis) + 0.5 - line) / soft
        reveal(one.below, one.above, smooth_all(0.5 - past if way.grows else 0.5 + past), way, one.out)
