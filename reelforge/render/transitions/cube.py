"""The two shots are sides of a cube that turns by a quarter, seen in perspective.

A turned cube shows less than a frame beside its edges, and the next side only once it faces the camera. So the camera
comes nearer by just as much: the frame is covered at every angle (:func:`_focal`). Sides darken as they turn away.

Lengths here are in half sides of the cube, whose front side fills the frame at angle 0; the camera is ``_DISTANCE``
before it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import Grid, Layers, Matrix, Way, behind, dim, layers, project, reveal

EASING = "cubic_in_out"
DIRECTED = True
_DISTANCE = 2.4
_DARKEST = 0.9
"""How much darker a side is that is seen edge-on."""
_HAZE = 1.2
"""How much darker what is a camera's distance farther away is."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    angle = time * math.pi / 2
    for one in layers(below, above, out):
        cover = _past_edge(one.grid, way, angle)
        leaving = _side(one, one.below, way, angle, cover < 1.0)
        coming = _side(one, one.above, Way(way.axis, not way.grows), math.pi / 2 - angle, cover > 0.0)
        reveal(leaving, coming, cover, way, one.out)


def _focal(angle: float) -> float:
    """The focal length (``_DISTANCE`` for a side that fills the frame) that covers the frame at an angle (radians).

    Until the next side faces the camera, the edge must not come into the frame; from then on each border must lie on
    a side no farther than the focal length. Both ask for most at that moment: this bound runs smoothly up to it.
    """
    facing = math.asin(1.0 / (_DISTANCE + 1.0))
    most = 1.0 - math.tan(facing / 2)
    left = 1.0 - min(min(angle, math.pi / 2 - angle) / facing, 1.0)
    return _DISTANCE + 1.01 * most * (1.0 - left * left)


def _past_edge(grid: Grid, way: Way, angle: float) -> NDArray[np.float32]:
    """How much of each sample along the way (0–1) lies on the side that comes."""
    sine, cosine = math.sin(angle), math.cos(angle)
    edge = _focal(angle) * (cosine - sine) / (_DISTANCE + 1.0 - cosine - sine)
    half = grid.frame[way.axis] / 2
    return behind(grid, way, half - half * edge if way.grows else half + half * edge)


def _side(one: Layers, source: Plane, way: Way, angle: float, seen: NDArray[np.bool_]) -> Plane:
    """A side turned by an angle along the way, drawn where it is ``seen``; the rest of the plane is undefined."""
    drawn = np.empty_like(source)
    where = np.flatnonzero(seen)
    if not len(where):
        return drawn
    start, stop = int(where[0]), int(where[-1]) + 1
    part = [slice(0, size) for size in source.shape]
    part[way.axis] = slice(start, stop)
    along = _along(one.grid, way, angle)[start:stop]
    source = _narrowed(source, way, abs(float(along[-1] - along[0])) / 2 * source.shape[way.axis] / (stop - start))
    place = _place(one.grid.frame, way, angle)
    turned = project((source, one.grid.of_copy(source)), place, one.grid, (part[0], part[1]), cv2.BORDER_REPLICATE)
    sign = -1.0 if way.grows else 1.0
    depth = _DISTANCE + 1.0 - math.cos(angle) - sign * along * math.sin(angle)
    light = (1.0 - _DARKEST * (1.0 - math.cos(angle))) * (1.0 - _HAZE * (depth / _DISTANCE - 1.0))
    dim(turned, np.clip(light, 0.0, 1.0), way, one.black)
    way.part(drawn, start, stop)[:] = turned
    return drawn


def _narrowed(source: Plane, way: Way, squeezed: float) -> Plane:
    """A plane made shorter along the way before it is drawn ``squeezed`` times as short, so that nothing flickers.

    By halves only, as far as they come out even: that OpenCV does fast.
    """
    length, kept = source.shape[way.axis], source.shape[way.axis]
    while kept % 2 == 0 and length / kept * 2 <= squeezed:
        kept //= 2
    if kept == length:
        return source
    size = (source.shape[1], kept) if way.axis == 0 else (kept, source.shape[0])
    return np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.uint8)


def _along(grid: Grid, way: Way, angle: float) -> NDArray[np.float32]:
    """Which place of a side (−1 to 1 along the way) each sample shows."""
    half = grid.frame[way.axis] / 2
    places = (grid.places(way.axis) + np.float32(0.5 - half)) / np.float32(half)
    sign, sine, cosine, focal = -1.0 if way.grows else 1.0, math.sin(angle), math.cos(angle), _focal(angle)
    far = _DISTANCE + 1.0 - cosine
    found = (far * places + sign * focal * sine) / (focal * cosine + sign * sine * places)
    return np.asarray(np.clip(found, -1.0, 1.0), np.float32)


def _place(frame: tuple[int, int], way: Way, angle: float) -> Matrix:
    """From a place in the frame to one on a side turned by ``angle`` along the way."""
    sign, sine, cosine, focal = -1.0 if way.grows else 1.0, math.sin(angle), math.cos(angle), _focal(angle)
    far = _DISTANCE + 1.0 - cosine
    turn = np.array(
        [
            [far, 0.0, sign * focal * sine],
            [0.0, far * cosine - sine * sine, 0.0],
            [sign * sine, 0.0, focal * cosine],
        ]
    )
    if way.axis == 0:
        turn = turn[np.ix_((1, 0, 2), (1, 0, 2))]
    half = frame[way.axis] / 2
    from_middle = np.array([[half, 0.0, (frame[1] - 1) / 2], [0.0, half, (frame[0] - 1) / 2], [0.0, 0.0, 1.0]])
    return np.asarray(from_middle @ turn @ np.linalg.inv(from_middle), np.float64)
