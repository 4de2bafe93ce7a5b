"""A sprite's planes: values times alpha and what alpha leaves, blended as they stand or resampled at any pose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.layer import Rgba, Showing
from reelforge.render.planes import Plane, yuv_from_rgb

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class Lattice(Struct, frozen=True):
    """How the samples of a plane lie: column ``i`` has its middle ``step * i + across`` px from the frame's left edge,
    row ``i`` ``step * i + down`` px from its top.
    """

    step: int
    across: float
    down: float


LUMA = Lattice(1, 0.5, 0.5)
CHROMA = Lattice(2, 0.5, 1.0)
"""On the even luma columns, between two rows (:mod:`reelforge.render.planes`)."""


class Window(Struct, frozen=True):
    """Frame pixels ``[left, right)`` × ``[top, bottom)``, all even."""

    left: int
    top: int
    right: int
    bottom: int


class Cover(Struct, frozen=True):
    """One plane of a sprite: its values times alpha, and what alpha leaves of the picture (255 = all of it)."""

    values: Plane
    rest: Plane

    def blend(self, onto: Plane, x: int, y: int, opacity: float) -> None:
        """Draw over a plane with the top-left corner at (``x``, ``y``), clipped at the plane's edges."""
        height, width = self.values.shape
        top, bottom = max(y, 0), min(y + height, onto.shape[0])
        left, right = max(x, 0), min(x + width, onto.shape[1])
        if top >= bottom or left >= right:
            return
        values = self.values[top - y : bottom - y, left - x : right - x]
        rest = self.rest[top - y : bottom - y, left - x : right - x]
        if opacity < 1.0:
            values = np.asarray(cv2.convertScaleAbs(values, alpha=opacity), np.uint8)
            rest = np.asarray(cv2.convertScaleAbs(rest, alpha=opacity, beta=255.0 * (1.0 - opacity)), np.uint8)
        region = onto[top:bottom, left:right]
        cv2.multiply(region, rest, dst=region, scale=1 / 255)
        cv2.add(region, values, dst=region)

    def slid(self, x: float, y: float) -> Cover:
        """The same moved by (``x``, ``y``) samples, each from 0 to below 2, on a plane two samples larger each way."""
        size = (self.values.shape[1] + 2, self.values.shape[0] + 2)
        return Cover(_shifted(self.values, -x, -y, size, 0), _shifted(self.rest, -x, -y, size, 255))

    def posed(self, back: NDArray[np.float64], corner: tuple[int, int], window: Window, lattice: Lattice) -> Cover:
        """What fills a window of the frame. ``back`` leads from frame pixels to the unmoved sprite's; ``corner`` is
        where its first column and row stand.
        """
        step = lattice.step
        size = ((window.right - window.left) // step, (window.bottom - window.top) // step)
        middle = np.array([lattice.across, lattice.down])
        offset = back[:, :2] @ (np.array([window.left, window.top]) + middle) + back[:, 2] - corner - middle
        if (back[:, :2] == np.eye(2)).all():
            left, top = (float(value) for value in offset / step)
            return Cover(_shifted(self.values, left, top, size, 0), _shifted(self.rest, left, top, size, 255))
        place = np.hstack([back[:, :2], offset[:, None] / step])
        values = cv2.warpAffine(self.values, place, size, flags=_WARP, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
        rest = cv2.warpAffine(self.rest, place, size, flags=_WARP, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
        return Cover(np.asarray(values, np.uint8), np.asarray(rest, np.uint8))

    def seen(self, weights: Plane) -> Cover:
        """As much of it as ``weights`` (0–255, of the same size) leave."""
        alpha = cv2.multiply(cv2.bitwise_not(self.rest), weights, scale=1 / 255)
        values = cv2.multiply(self.values, weights, scale=1 / 255)
        return Cover(np.asarray(values, np.uint8), np.asarray(cv2.bitwise_not(alpha), np.uint8))


def _shifted(plane: Plane, left: float, top: float, size: tuple[int, int], beyond: int) -> Plane:
    """``size`` (columns, rows) samples from (``left``, ``top``) on, bilinearly; ``beyond`` where there is no plane.

    Means of neighbours, first along rows, then along columns: what ``warpAffine`` does for a mere shift, five times as
    fast.
    """
    x, y = math.floor(left), math.floor(top)
    right, bottom = x + size[0] + 1, y + size[1] + 1
    part = plane[max(y, 0) : max(bottom, 0), max(x, 0) : max(right, 0)]
    if part.shape != (bottom - y, right - x):
        above, before = min(max(-y, 0), bottom - y), min(max(-x, 0), right - x)
        whole = np.full((bottom - y, right - x), beyond, np.uint8)
        whole[above : above + part.shape[0], before : before + part.shape[1]] = part
        part = whole
    across, down = left - x, top - y
    rows = cv2.addWeighted(part[:, :-1], 1 - across, part[:, 1:], across, 0) if across else part[:, :-1]
    drawn = cv2.addWeighted(rows[:-1], 1 - down, rows[1:], down, 0) if down else rows[:-1]
    return np.asarray(drawn, np.uint8)


def way_back(x: int, y: int, now: Showing) -> NDArray[np.float64]:
    """The 2×3 map from a frame pixel to the one of the unmoved layer that is seen there."""
    angle = math.radians(now.turn)
    turned = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]) / now.scale
    anchor = np.array([x + now.anchor_x, y + now.anchor_y])
    offset = anchor - turned @ (anchor + np.array([now.x, now.y]))
    return np.hstack([turned, offset[:, None]])


def covered(start: int, end: int, step: int, middle: float, edges: tuple[float, float]) -> NDArray[np.float32]:
    """What share of each sample (a box ``step`` px wide about its middle) lies between two edges."""
    low = np.arange(start, end, step, dtype=np.float64) + middle - step / 2
    share = (np.minimum(edges[1], low + step) - np.maximum(edges[0], low)) / step
    return np.clip(share, 0, 1).astype(np.float32)


class Tint(Struct, frozen=True):
    """A plain colour as the planes hold it, with its opacity (0–1)."""

    y: int
    u: int
    v: int
    alpha: float

    @classmethod
    def of(cls, colour: tuple[int, int, int, int]) -> Tint:
        """Of red, green, blue, alpha; 0–255."""
        y, u, v = yuv_from_rgb(np.array([[colour[:3]]], np.uint8))[0, 0]
        return cls(int(y), int(u), int(v), colour[3] / 255)


def painted(masks: Sequence[tuple[Plane, int, float]]) -> Cover:
    """Coverage, value and opacity of each shape, the lowest first."""
    found: Cover | None = None
    for mask, value, alpha in masks:
        values = np.asarray(cv2.convertScaleAbs(mask, alpha=value * alpha / 255), np.uint8)
        rest = np.asarray(cv2.convertScaleAbs(mask, alpha=-alpha, beta=255), np.uint8)
        if found:
            values = np.asarray(cv2.add(cv2.multiply(found.values, rest, scale=1 / 255), values), np.uint8)
            rest = np.asarray(cv2.multiply(found.rest, rest, scale=1 / 255), np.uint8)
        found = Cover(values, rest)
    assert found
    return found


def halved(mask: Plane) -> Plane:
    """A mask at half size, left-sited: rows in pairs, columns by (1, 2, 1)/4 about each even one."""
    return np.asarray(left_sited(mask.astype(np.float32)) + np.float32(0.5), np.float32).astype(np.uint8)


def in_bytes(values: NDArray[np.float32]) -> Plane:
    """Values of 0–255 rounded to nearest."""
    return np.asarray(cv2.convertScaleAbs(values), np.uint8)


def even(rgba: Rgba) -> Rgba:
    """With a transparent row and column more where their number is odd."""
    height, width = rgba.shape[:2]
    return np.pad(rgba, ((0, height % 2), (0, width % 2), (0, 0)))


def left_sited(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half size: rows in pairs, columns by the kernel (1, 2, 1)/4 about each even one; nothing beyond the edges."""
    rows = (plane[0::2] + plane[1::2]) / 2
    before = np.pad(rows[:, 1:-1:2], ((0, 0), (1, 0)))
    return np.asarray((before + 2 * rows[:, 0::2] + rows[:, 1::2]) / 4, np.float32)
