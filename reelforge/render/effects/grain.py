"""Film grain: fine luma noise, strongest in the middle tones, gone in black and white.

It is made to be cheap to encode as well as to draw: luma only, slightly blurred, low, and each pattern stands for a
fifteenth of a second (two frames of 30), so that every other frame can be predicted from the one before. Patterns are
cut from one small tile of noise, band by band, each time at other places; the seams between bands cannot be seen.
"""

from __future__ import annotations

import math
import random
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

_PATTERNS_A_SECOND = 15
_PATTERNS = 64
"""After four seconds the patterns come again, which nobody can see, and shots of the same picture share clips."""
_MOST_SIGMA = 6.0
"""The noise at a strength of 1, as standard deviation in luma levels of the middle tones."""
_MOST = 24
"""The weight of the middle tones: what noise of the largest value adds, in levels."""
_BAND = 64
_ROOM = 192
"""By so many rows and columns a tile is larger than a band."""


class Options(BaseOptions):
    """``strength`` of the noise, and ``size`` of its grains in pixels of a frame 1080 wide."""

    strength: float = Field(default=0.3, ge=0, le=1)
    size: float = Field(default=1.4, ge=0.5, le=6)


def state(options: Options, now: Moment, frame: Size) -> State | None:  # noqa: ARG001  # the protocol's
    if not options.strength:
        return None
    pattern = math.floor(now.seconds * _PATTERNS_A_SECOND + 1e-6) % _PATTERNS
    return (options.strength, options.size, pattern)


def draw(state: State, planes: Planes, room: dict[str, Any]) -> None:
    strength, size, pattern = state
    height, width = planes.y.shape
    tile = kept(
        room, "grain", (strength, size, width, height), lambda: _tile(strength, size, width, min(width, height))
    )
    weights, without = kept(room, "grain.tones", 0, _tones)
    chance = random.Random(pattern)  # noqa: S311  # where to cut noise from, no secret
    for top in range(0, height, _BAND):
        luma = planes.y[top : top + _BAND]
        row, column = chance.randrange(_ROOM), chance.randrange(_ROOM)
        noise = tile[row : row + len(luma), column : column + width]
        added = buffer(room, "grain", luma.shape)
        cv2.LUT(luma, weights, dst=added)
        cv2.multiply(added, noise, dst=added, scale=1 / 128)
        cv2.LUT(luma, without, dst=luma)
        cv2.add(luma, added, dst=luma)


def _tile(strength: float, size: float, width: int, side: int) -> Plane:
    """Noise about 128 (no change): (rows, columns), with room to cut a band of the frame's width anywhere."""
    shape = (_BAND + _ROOM, width + _ROOM)
    # The raw stream of a bit generator stays what it is in every version of numpy; four bytes' sum is near a Gaussian.
    stream = np.random.PCG64(1).random_raw((shape[0] * shape[1] * 4 + 7) // 8)
    summed = stream.view(np.uint8)[: shape[0] * shape[1] * 4].reshape(*shape, 4).sum(axis=2, dtype=np.float32)
    sigma = 0.45 * size * side / 1080
    noise: NDArray[np.float32] = cv2.GaussianBlur(summed, (0, 0), sigma) if sigma > 0.2 else summed
    noise = (noise - noise.mean()) / noise.std()
    return np.asarray(np.clip(np.rint(128 + noise * (strength * _MOST_SIGMA * 128 / _MOST)), 0, 255), np.uint8)


def _tones() -> tuple[Plane, Plane]:
    """For each luma value, by how much noise may change it at most, and the value less that.

    The curves end so gently that the noise never reaches beyond black or white.
    """
    values = np.arange(256)
    light = (values - 16) / 219
    share = smooth_all(light / 0.3) * smooth_all((1 - light) / 0.45)
    weights = np.rint(_MOST * share)
    return np.asarray(weights, np.uint8), np.asarray(values - weights, np.uint8)
