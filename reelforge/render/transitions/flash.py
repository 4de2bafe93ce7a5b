"""A white flash: the shot is overexposed as film is, lights first, and the next one comes out of the white."""

from __future__ import annotations

import cv2
import numpy as np

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import smooth

EASING = "linear"
_PEAK = 0.38
"""When it is whitest: the rise is quick, the fall slow."""
_WHITEST = 0.97
_SWAP = 0.09
"""How long before and after the peak the two shots are mixed."""
_BLOOM = 0.7
_BLOOM_REACH = 0.06
"""How far lights glow, as a share of the frame's shorter side."""


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:  # noqa: ARG001  # light comes from everywhere
    share = smooth(time, _PEAK - _SWAP, _PEAK + _SWAP)
    white = _WHITEST * (smooth(time, 0.0, _PEAK) if time < _PEAK else (1.0 - smooth(time, _PEAK, 1.0)) ** 1.5)
    cv2.addWeighted(above.flat, share, below.flat, 1.0 - share, 0.0, dst=out.flat)
    cv2.addWeighted(out.y, 1.0, _glow(out.y), _BLOOM * white, 0.0, dst=out.y)
    cv2.LUT(out.y, _exposed(white), dst=out.y)
    for chroma in (out.u, out.v):
        cv2.convertScaleAbs(chroma, dst=chroma, alpha=1.0 - white**1.5, beta=128.0 * white**1.5)


def _exposed(white: float) -> Plane:
    """Luma after exposure: the lights saturate first, then everything is lifted towards white."""
    luma = np.clip((np.arange(256) - 16.0) / 219.0, 0.0, 1.0)
    lit = 1.0 - (1.0 - luma) ** (1.0 + 5.0 * white) * (1.0 - white**2.4)
    return np.asarray(np.rint(16.0 + 219.0 * lit), np.uint8)


def _glow(luma: Plane) -> Plane:
    """What the lights of a frame scatter around them (0 where there is none)."""
    height, width = luma.shape
    reach = _BLOOM_REACH * min(width, height)
    small = cv2.resize(luma, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA)
    lights = cv2.LUT(small, _lights())
    lights = cv2.GaussianBlur(lights, (0, 0), max(reach / 8, 0.3), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(lights, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _lights() -> Plane:
    """How much a luma scatters: little up to the middle, then ever more."""
    luma = np.clip((np.arange(256) - 16.0) / 219.0, 0.0, 1.0)
    return np.asarray(np.rint(219.0 * luma**2.4), np.uint8)
