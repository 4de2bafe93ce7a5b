"""Less light on parts of a frame, luma and chroma alike: as if the scene itself were darker there.

In limited range light times ``w`` is ``16 + (Y − 16)·w`` for luma and ``128 + (C − 128)·w`` for chroma; darkening
luma alone would make the shaded colours garish. Black stays black and grey stays grey. Only the product is rounded:
were what is added to it rounded too, a plain dark picture would have rings, where one goes up before the other goes
down.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.planes import Planes

Light = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""How much light is left (0–1) at places across (a row) and down (a column), in fractions of the frame."""


class _Part(Struct, frozen=True):
    rows: slice
    weight: NDArray[np.int16]


class Shade(Struct, frozen=True):
    """The light left on each plane's samples, only for the rows in which some is missing."""

    luma: _Part | None
    chroma: _Part | None

    @classmethod
    def of(cls, light: Light, shape: tuple[int, int]) -> Shade:
        """For a frame of ``shape`` (height, width); chroma samples stand on the even columns, between two rows."""
        height, width = shape
        across = (np.arange(width, dtype=np.float32) + np.float32(0.5)) / np.float32(width)
        down = (np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height)
        halves = np.asarray((down[0::2] + down[1::2]) / 2, np.float32)
        return cls(_part(light(across, down[:, None])), _part(light(across[0::2], halves[:, None])))

    def draw(self, planes: Planes) -> None:
        """Darken a frame in place."""
        for part, plane, none in (
            (self.luma, planes.y, 16),
            (self.chroma, planes.u, 128),
            (self.chroma, planes.v, 128),
        ):
            if part:
                shaded = plane[part.rows]
                light = cv2.subtract(shaded, none, dtype=cv2.CV_16S)  # type: ignore[call-overload]  # a number, as documented
                cv2.multiply(light, part.weight, dst=light, scale=1 / 255)
                cv2.add(light, none, dst=shaded, dtype=cv2.CV_8U)  # type: ignore[call-overload]  # likewise


def _part(light: NDArray[np.float32]) -> _Part | None:
    weight = np.rint(light * 255).astype(np.int16)
    changed = np.flatnonzero((weight < 255).any(axis=1))
    if not len(changed):
        return None
    rows = slice(int(changed[0]), int(changed[-1]) + 1)
    return _Part(rows, np.ascontiguousarray(weight[rows]))
