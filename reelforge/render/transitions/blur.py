"""The shot goes out of focus, changes unseen into the next, and that comes into focus.

A lens out of focus spreads each point of light over a disc, so the planes are made small, turned into linear light,
and folded with a disc: lights stay bright. Near focus, where no disc can be made out, a Gaussian of the same variance
does.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes, small_rgb, yuv_from_rgb
from reelforge.render.warp import smooth

EASING = "sine_in_out"
_LARGEST = 0.05
"""The disc's largest radius as a share of the frame's shorter side."""
_DISC = 0.011
"""The radius from which on it is a disc."""
_GAMMA = 2.4


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # a lens has none
    share = smooth(time, 0.32, 0.68)
    cv2.addWeighted(above.flat, share, below.flat, 1.0 - share, 0.0, dst=out.flat)
    side = min(out.y.shape)
    radius = _LARGEST * side * smooth(1.0 - abs(2.0 * time - 1.0))
    if radius < _DISC * side:
        for plane, part in ((out.y, radius), (out.u, radius / 2), (out.v, radius / 2)):
            _soften(plane, part)
    else:
        lights = smooth(radius, _DISC * side, 3.0 * _DISC * side)
        _defocus(out, radius, 1.0 + (_GAMMA - 1.0) * lights)


def _soften(plane: Plane, radius: float) -> None:
    """Blur a plane in place by a Gaussian with the variance of a disc."""
    height, width = plane.shape
    less = 2 if radius > 4.0 else 1
    sigma = radius / 2 / less
    if less == 1:
        if sigma > 0.05:
            cv2.GaussianBlur(plane, (0, 0), sigma, dst=plane, borderType=cv2.BORDER_REPLICATE)
        return
    small = cv2.resize(plane, (width // less, height // less), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    cv2.resize(small, (width, height), dst=plane, interpolation=cv2.INTER_LINEAR)


def _defocus(frame: Planes, radius: float, gamma: float) -> None:
    """Spread each point of a frame over a disc, in place, in light that is ``gamma`` to one of the frame's own."""
    less = 1
    while radius / (2 * less) >= 3.0:
        less *= 2
    height, width = frame.y.shape
    rgb = small_rgb(frame, (max(width // less, 1), max(height // less, 1)))
    light = cv2.LUT(rgb, ((np.arange(256) / 255.0) ** gamma).astype(np.float32))
    light = cv2.filter2D(light, -1, _disc(radius / less), borderType=cv2.BORDER_REPLICATE)
    light = cv2.pow(np.maximum(light, 0.0), 1.0 / gamma)
    yuv = yuv_from_rgb(np.asarray(cv2.convertScaleAbs(light, alpha=255.0), np.uint8))
    for channel, plane in enumerate((frame.y, frame.u, frame.v)):
        small = np.ascontiguousarray(yuv[..., channel])
        cv2.resize(small, (plane.shape[1], plane.shape[0]), dst=plane, interpolation=cv2.INTER_LINEAR)


def _disc(radius: float) -> NDArray[np.float32]:
    """A disc of weight 1 whose rim covers its cells in part, so that it grows without steps."""
    reach = int(np.ceil(radius + 0.5))
    cells = np.arange(-reach, reach + 1)
    cover = np.clip(radius + 0.5 - np.hypot(*np.meshgrid(cells, cells)), 0.0, 1.0)
    return np.asarray(cover / cover.sum(), np.float32)
