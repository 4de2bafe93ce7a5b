"""The camera whips round to the next shot; what rushes past is smeared along the way as a slow shutter smears it.

The pan is three frames long: between the two shots stand their mirror images, so that nothing breaks off at their
edges and the only seam passes where the pan is fastest.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import Layers, Way, layers

EASING = "cubic_in_out"
DIRECTED = True
_FRAMES = 3
_SMEAR = 0.7
"""The longest smear as a share of the frame along the way."""
_TAPS = 10
"""A smear longer than this is made from fewer samples."""
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    # The speed of a pan eased by a cubic on both sides, as a function of how far it has come.
    speed = (2.0 * min(time, 1.0 - time)) ** (2 / 3)
    gone = -_FRAMES * time if way.grows else _FRAMES * time
    for one in layers(below, above, out):
        np.copyto(one.out, _seen(one, way, gone, _SMEAR * speed))


def _seen(one: Layers, way: Way, gone: float, smear: float) -> Plane:
    """The panorama from ``gone`` frames on, smeared over ``smear`` frames along the way."""
    length = one.out.shape[way.axis]
    cells = length
    while cells >= 4 and smear * cells > _TAPS:
        cells //= 2
    kernel = _shutter(smear * cells)
    step, room = cells / length, len(kernel) // 2 + 2
    start = math.floor(gone * cells) - room
    panorama = _panorama(one, way, (start, start + cells + 2 * room), cells)
    row, column = (np.ones(1, np.float32), kernel) if way.axis == 0 else (kernel, np.ones(1, np.float32))
    smeared = cv2.sepFilter2D(panorama, -1, row, column, borderType=cv2.BORDER_REPLICATE)
    place = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    place[1 - way.axis, 1 - way.axis] = step
    place[1 - way.axis, 2] = gone * cells - start + step / 2 - 0.5
    size = (one.out.shape[1], one.out.shape[0])
    return np.asarray(cv2.warpAffine(smeared, place, size, flags=_WARP, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _panorama(one: Layers, way: Way, part: tuple[int, int], cells: int) -> Plane:
    """The samples ``part`` of the panorama, of which each frame has ``cells`` along the way.

    The first shot is frame 0, the next one ``_FRAMES`` further on, and every frame is its neighbours' mirror image.
    """
    small = {}
    pieces = []
    for number in range(part[0] // cells, (part[1] - 1) // cells + 1):
        coming = abs(number) >= _FRAMES - 1
        if coming not in small:
            small[coming] = _narrowed(one.above if coming else one.below, way, cells)
        mirrored = (_FRAMES - abs(number) if coming else number) % 2
        tile = cv2.flip(small[coming], way.axis) if mirrored else small[coming]
        first = number * cells
        pieces.append(way.part(tile, max(part[0] - first, 0), min(part[1] - first, cells)))
    return np.concatenate(pieces, way.axis)


def _narrowed(plane: Plane, way: Way, cells: int) -> Plane:
    """A plane made ``cells`` samples long along the way, in steps of at most eight, which OpenCV does fast."""
    while (length := plane.shape[way.axis]) > cells:
        kept = max(length // 8, cells)
        size = (plane.shape[1], kept) if way.axis == 0 else (kept, plane.shape[0])
        plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
    return plane


def _shutter(length: float) -> NDArray[np.float32]:
    """A smear of ``length`` samples whose ends fade over a quarter of it. Any length: it grows without steps."""
    reach = math.ceil(length / 2 + 1)
    places = np.abs(np.arange(-reach, reach + 1))
    fade = max(length / 4, 1.0)
    weight = np.clip((max(length, 1.0) / 2 + fade / 2 - places) / fade, 0.0, 1.0)
    return np.asarray(weight / weight.sum(), np.float32)
