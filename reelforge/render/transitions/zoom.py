"""The camera flies through the shot into the next, both blurred from the middle outwards as far as it is fast.

The next shot is still far away when it comes in sight; around it stands its own mirror image, so that the frame is
always covered.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import Grid, Layers, layers, project, smooth

EASING = "quart_in_out"
_FLIGHT = math.log(3.0)
"""How much nearer the camera comes, in all, as a natural logarithm."""
_BLUR = 0.26
"""The range of sizes a point is smeared over in the middle, likewise."""
_PASSES = 5
"""Each pass doubles the number of sizes: 32 lie so near one another that none is seen by itself."""
_COARSE = 4
_CLEAR = 0.03
"""With this much blur no detail is left that the coarse picture lacks."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # straight ahead
    share = smooth(time, 0.38, 0.62)
    blur = _BLUR * 4.0 * time * (1.0 - time)
    coarse = smooth(blur, 0.0, _CLEAR)
    nearer = (_FLIGHT * time, _FLIGHT * (time - 1.0))
    for one in layers(below, above, out):
        source, scale = (one.below, nearer[0]) if share < 0.5 else (one.above, nearer[1])
        if coarse < 1.0:
            clear = _scaled((source, one.grid), math.exp(scale), one.grid)
            cv2.addWeighted(_smeared(one, nearer, share, blur), coarse, clear, 1.0 - coarse, 0.0, dst=one.out)
        else:
            np.copyto(one.out, _smeared(one, nearer, share, blur))


def _smeared(one: Layers, nearer: tuple[float, float], share: float, blur: float) -> Plane:
    """The two shots mixed, each about so much nearer, smeared over sizes up to ``exp(blur)`` times as large."""
    height, width = one.out.shape
    size = (max(width // _COARSE, 1), max(height // _COARSE, 1))
    shots = zip((one.below, one.above), nearer, (1.0 - share, share), strict=True)
    drawn = []
    for plane, scale, part in shots:
        if part > 0.0:
            small = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
            grid = one.grid.of_copy(small)
            drawn.append(_scaled((small, grid), math.exp(scale - blur / 2), grid))
    mixed = drawn[0]
    if len(drawn) > 1:
        mixed = np.asarray(cv2.addWeighted(drawn[0], 1.0 - share, drawn[1], share, 0.0), np.uint8)
    step = blur / (2**_PASSES - 1)
    for number in range(_PASSES):
        larger = _scaled((mixed, grid), math.exp(step * 2**number), grid)
        mixed = np.asarray(cv2.addWeighted(mixed, 0.5, larger, 0.5, 0.0), np.uint8)
    return np.asarray(cv2.resize(mixed, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _scaled(source: tuple[Plane, Grid], scale: float, grid: Grid) -> Plane:
    """A plane enlarged about the frame's middle; what is not there is its mirror image."""
    less = 1.0 / scale
    height, width = grid.frame
    away = [[less, 0.0, (width - 1) / 2 * (1 - less)], [0.0, less, (height - 1) / 2 * (1 - less)], [0.0, 0.0, 1.0]]
    whole = (slice(0, grid.shape[0]), slice(0, grid.shape[1]))
    return project(source, np.array(away), grid, whole, cv2.BORDER_REFLECT)
