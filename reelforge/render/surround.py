"""A picture of another shape than the frame's, shown whole: over a blurred, darker enlargement of itself."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.planes import Planes, Rgb
from reelforge.render.still import scaled

_BLURRED_AT = 96
"""The enlargement is blurred at so many pixels on its longer side, where that costs nothing."""
_SIGMA = 4.0
_LIGHT = 0.62


def surrounded(rgb: Rgb, canvas: tuple[int, int], scale: float) -> Rgb:
    """The whole of a picture in the middle of a canvas of (width, height), as large as fits.

    The canvas is drawn at ``scale`` times its size, or at its own when that is smaller.
    """
    shrink = min(1.0, scale)
    width, height = max(2, round(canvas[0] * shrink)), max(2, round(canvas[1] * shrink))
    enlarged = min(width / rgb.shape[1], height / rgb.shape[0])
    shown = scaled(rgb, min(width, round(rgb.shape[1] * enlarged)), min(height, round(rgb.shape[0] * enlarged)))
    out = _behind(rgb, width, height)
    left, top = (width - shown.shape[1]) // 2, (height - shown.shape[0]) // 2
    out[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
    return out


def _behind(rgb: NDArray[Any], width: int, height: int, light: float = _LIGHT) -> NDArray[Any]:
    """The middle of the picture, enlarged to cover (width, height) and blurred beyond recognition."""
    enlarged = max(width / rgb.shape[1], height / rgb.shape[0])
    seen_x, seen_y = min(rgb.shape[1], round(width / enlarged)), min(rgb.shape[0], round(height / enlarged))
    left, top = (rgb.shape[1] - seen_x) // 2, (rgb.shape[0] - seen_y) // 2
    small = _BLURRED_AT / max(width, height)
    size = max(2, round(width * small)), max(2, round(height * small))
    tiny = cv2.resize(rgb[top : top + seen_y, left : left + seen_x], size, interpolation=cv2.INTER_AREA)
    dark = cv2.convertScaleAbs(cv2.GaussianBlur(tiny, (0, 0), _SIGMA), alpha=light)
    return np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def surrounded_planes(planes: Planes, out: Planes) -> None:
    """The same for a frame of a clip: fill ``out`` with the whole of it before its own blur."""
    shapes = [(out.y, planes.y, 16), (out.u, planes.u, 128), (out.v, planes.v, 128)]
    width, height = out.y.shape[1], out.y.shape[0]
    enlarged = min(width / planes.y.shape[1], height / planes.y.shape[0])
    shown = (
        min(width, 2 * round(planes.y.shape[1] * enlarged / 2)),
        min(height, 2 * round(planes.y.shape[0] * enlarged / 2)),
    )
    left, top = 2 * ((width - shown[0]) // 4), 2 * ((height - shown[1]) // 4)
    for plane, source, dark in shapes:
        share = plane.shape[1] / width
        size = round(shown[0] * share), round(shown[1] * share)
        at_x, at_y = round(left * share), round(top * share)
        behind = _behind(source, plane.shape[1], plane.shape[0], light=1.0)
        cv2.addWeighted(behind, _LIGHT, behind, 0.0, dark * (1.0 - _LIGHT), dst=plane)
        plane[at_y : at_y + size[1], at_x : at_x + size[0]] = scaled(source, *size)
