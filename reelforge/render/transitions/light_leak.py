"""Warm light leaks onto the film and sweeps over the frame; behind it the next shot has come."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Planes, yuv_from_rgb
from reelforge.render.warp import Way, layers, mix, smooth, smooth_all, spread, weights

EASING = "sine_in_out"
DIRECTED = True
_SOFT = 0.7
"""The width of the mixture behind the light, as a share of the frame along the way."""
_CELLS = 72
"""Samples of the light along the frame's longer side: it is so soft that no more are seen."""
_GLOWS = (
    # Where across the way (0–1), how far ahead of the sweep, its reach along and across, linear red, green, blue.
    (0.42, 0.00, 0.30, 0.62, (0.80, 0.22, 0.04)),
    (0.12, 0.14, 0.22, 0.26, (0.75, 0.34, 0.07)),
    (0.88, -0.16, 0.30, 0.28, (0.72, 0.10, 0.08)),
    (0.56, -0.03, 0.11, 0.34, (1.30, 0.95, 0.42)),
    (0.24, 0.03, 0.07, 0.22, (0.90, 0.50, 0.16)),
    (0.66, 0.34, 0.12, 0.36, (0.40, 0.05, 0.09)),
    (0.05, -0.36, 0.18, 0.30, (0.38, 0.15, 0.03)),
)


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    light, hold = _light(out.y.shape, way, time)
    for number, one in enumerate(layers(below, above, out)):
        length = one.grid.frame[way.axis]
        past = (one.grid.places(way.axis) + 0.5) / length
        reached = (1.0 + _SOFT) * time - (past if way.grows else 1.0 - past)
        mix(one.below, one.above, spread(weights(smooth_all(reached / _SOFT)), way, one.out.shape), one.out)
        size = (one.out.shape[1], one.out.shape[0])
        cv2.multiply(one.out, cv2.resize(hold, size, interpolation=cv2.INTER_LINEAR), dst=one.out, scale=1 / 255)
        cv2.add(one.out, cv2.resize(light[number], size, interpolation=cv2.INTER_LINEAR), dst=one.out)


def _light(shape: tuple[int, ...], way: Way, time: float) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]:
    """The light as three small planes to add, already premultiplied, and what it leaves of the picture (0–255)."""
    longest = max(shape)
    height, width = (max(2, round(_CELLS * side / longest)) for side in shape[:2])
    down, across = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    along, side = (down, across) if way.axis == 0 else (across, down)
    along = along if way.grows else 1.0 - along
    strength = smooth(time, 0.0, 0.3) * (1.0 - smooth(time, 0.7, 1.0))
    sweep = -0.25 + 1.5 * time
    colour = np.zeros((len(along), len(side), 3))
    for place, lead, reach, breadth, rgb in _GLOWS:
        sway = 0.06 * math.sin(2 * math.pi * (time + place))
        shape_along = np.exp(-(((along - sweep - lead) / reach) ** 2))
        shape_side = np.exp(-(((side - place - sway) / breadth) ** 2))
        colour += np.multiply.outer(np.outer(shape_along, shape_side), rgb)
    display = (1.0 - np.exp(-1.5 * strength * colour)) ** (1 / 1.4)
    if way.axis == 1:
        display = display.transpose(1, 0, 2)
    return _premultiplied(display)


def _premultiplied(display: NDArray[np.float64]) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]:
    cover = display.max(axis=2, keepdims=True)
    rgb = np.rint(255 * display / np.maximum(cover, 1e-6)).astype(np.uint8)
    yuv = yuv_from_rgb(rgb) * cover
    planes = [np.ascontiguousarray(np.rint(yuv[..., channel])).astype(np.uint8) for channel in range(3)]
    return planes, weights(1.0 - cover[..., 0])
