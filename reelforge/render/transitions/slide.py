"""The next shot slides in over the one before, which stays where it is."""

from __future__ import annotations

from reelforge.render.planes import Planes
from reelforge.render.warp import Way, entering, layers, reveal

EASING = "cubic_in_out"
DIRECTED = True


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    for one in layers(below, above, out):
        moved, cover = entering(one, way, time)
        reveal(one.below, moved, cover, way, one.out)
