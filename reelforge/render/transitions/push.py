"""The next shot pushes the one before out of the frame; they move as one."""

from __future__ import annotations

import numpy as np

from reelforge.render.planes import Planes
from reelforge.render.warp import Way, layers, strip

EASING = "cubic_in_out"
DIRECTED = True


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    for one in layers(below, above, out):
        length = one.out.shape[way.axis]
        pair = (one.above, one.below) if way.grows else (one.below, one.above)
        gone = 1.0 - time if way.grows else time
        np.copyto(one.out, strip(np.concatenate(pair, way.axis), way, length * gone, length))
