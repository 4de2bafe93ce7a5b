"""A circle opens from the middle of the frame onto the next shot."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Planes
from reelforge.render.warp import Grid, Weights, layers, mix

EASING = "cubic_in_out"
_SOFT = 0.025
"""The edge's width as a share of the frame's diagonal."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # a circle has none
    curve = _edge()
    opening: Weights | None = None
    for one in layers(below, above, out):
        if opening is None or opening.shape != one.out.shape:
            opening = np.asarray(cv2.LUT(_opening(one.grid, time), curve), np.uint8)
        mix(one.below, one.above, opening, one.out)


def _opening(grid: Grid, time: float) -> Weights:
    """How far inside the circle each sample stands: 0 from the edge's outer side on, 255 from its inner side on."""
    height, width = grid.frame
    diagonal = math.hypot(width, height)
    soft = max(_SOFT * diagonal, 2.0)
    radius = time * (diagonal / 2 + soft) - soft / 2
    down, across = grid.places(0) - np.float32((height - 1) / 2), grid.places(1) - np.float32((width - 1) / 2)
    away: NDArray[np.float32] = np.add.outer(down * down, across * across)
    cv2.sqrt(away, away)
    inside = cv2.addWeighted(away, -255.0 / soft, away, 0.0, 255.0 * (radius / soft + 0.5), dtype=cv2.CV_8U)
    return np.asarray(inside, np.uint8)


def _edge() -> Weights:
    """The soft edge's profile: without a kink on either side."""
    done = np.arange(256) / 255.0
    return np.rint(255.0 * done * done * (3.0 - 2.0 * done)).astype(np.uint8)
