"""What is bright blooms: its light spills softly over what is around it.

Highlights are taken from a small copy of the frame, blurred there (a Gaussian of a few samples costs next to nothing)
and laid over the frame as a second exposure, ``1 − (1 − a)(1 − b)``, which never goes beyond white.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reelforge.domain.timeline import Size
from reelforge.render.effects import BaseOptions, State
from reelforge.render.effects._room import buffer, kept
from reelforge.render.moment import Moment
from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import smooth_all

_SIGMA = 2.5
"""Of the blur, at least, in samples of the small copy: enough that its grid does not show when it is enlarged."""


class Options(BaseOptions):
    """``strength`` is how much of the highlights' light spills, ``threshold`` how bright they are at least (0 black,
    1 white), ``size`` how far it spills, as a part of the frame's width.
    """

    strength: float = Field(default=0.3, ge=0, le=1)
    threshold: float = Field(default=0.6, ge=0, le=0.95)
    size: float = Field(default=0.03, ge=0.002, le=0.2)


def state(options: Options, now: Moment, frame: Size) -> State | None:  # noqa: ARG001  # the protocol's; the same always
    return (options.strength, options.threshold, options.size) if options.strength else None


def draw(state: State, planes: Planes, room: dict[str, Any]) -> None:
    strength, threshold, size = state
    height, width = planes.y.shape
    sigma = size * width
    halvings = max(1, int(math.log2(max(sigma / _SIGMA, 2.0))))
    light = _in_bytes(
        cv2.LUT(_halved(planes.y, halvings), kept(room, "glow", threshold, lambda: _highlights(threshold)))
    )
    for plane in (planes.u, planes.v):
        _tint(plane, light, strength, sigma / 2**halvings, room)
    spill = buffer(room, "glow.spill", planes.y.shape)
    cv2.resize(_blurred(light, sigma / 2**halvings), (width, height), dst=spill, interpolation=cv2.INTER_LINEAR)
    dark = buffer(room, "glow.dark", planes.y.shape)
    cv2.convertScaleAbs(planes.y, dst=dark, alpha=-1, beta=235)
    cv2.multiply(dark, spill, dst=spill, scale=strength / 255)
    cv2.add(planes.y, spill, dst=planes.y)


def _tint(plane: Plane, light: Plane, strength: float, sigma: float, room: dict[str, Any]) -> None:
    """The spilled light brings its colour along."""
    small = cv2.resize(plane, (light.shape[1], light.shape[0]), interpolation=cv2.INTER_AREA)
    neutral = cv2.convertScaleAbs(cv2.bitwise_not(light), alpha=128 / 255)
    colour = _in_bytes(cv2.add(cv2.multiply(small, light, scale=1 / 255), neutral))
    spill = buffer(room, "glow.tint", plane.shape)
    cv2.resize(_blurred(colour, sigma), (plane.shape[1], plane.shape[0]), dst=spill, interpolation=cv2.INTER_LINEAR)
    cv2.addWeighted(plane, 1.0, spill, strength, -128 * strength, dst=plane)
    np.clip(plane, 16, 240, out=plane)


def _blurred(plane: Plane, sigma: float) -> Plane:
    return _in_bytes(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))


def _halved(plane: Plane, times: int) -> Plane:
    for _ in range(times):
        size = (max(plane.shape[1] + 1, 2) // 2, max(plane.shape[0] + 1, 2) // 2)
        plane = _in_bytes(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
    return plane


def _highlights(threshold: float) -> Plane:
    """How much light (0–255) each luma value gives off."""
    bright = (np.arange(256) - 16) / 219
    light = 255 * np.clip(bright, 0, 1) * smooth_all((bright - threshold) / (1 - threshold))
    return _in_bytes(np.rint(light))


def _in_bytes(values: NDArray[Any]) -> Plane:
    return np.asarray(values, np.uint8)
