"""A picture in two layers: what is behind, with the hole that the subject leaves filled, and the subject before it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.timeline import Size
from reelforge.render.motion import Extent, View
from reelforge.render.planes import Plane, Planes, Rgb, yuv_from_rgb
from reelforge.render.still import (
    Ground,
    Scratch,
    Still,
    even_size,
    padded,
    part_of,
    resample,
    scaled,
    scales,
)

_SOFT = 0.3
"""How wide the edge between far and near is, as a share of the way from the one level to the other."""
_FILLED_AT = 384
"""The hole is filled at this many pixels on the longer side: only a narrow rim of it is ever seen."""


class Layered(Struct, frozen=True):
    """Both layers, ready to be drawn. Immutable; shared by threads."""

    far: Still
    planes: tuple[Plane, Plane, Plane, Plane, Plane]
    """The near layer's Y, U and V times its opacity, and what its opacity leaves of luma and chroma (255 = all)."""
    ground: Ground
    box: tuple[float, float, float, float]
    """Where the subject is: left, top, right, bottom in picture pixels."""

    @classmethod
    def prepare(cls, rgb: Rgb, mask: Plane, original: tuple[int, int], extent: Extent, size: Size) -> Layered:
        """``mask`` is white where the picture is near, of any size; a depth map counts by its two halves (Otsu)."""
        opacity = _opacity(mask, (rgb.shape[1], rgb.shape[0]))
        far = Still.prepare(_behind(rgb, opacity), original, extent, size)
        part, box = part_of(rgb, original, extent)
        near, _ = part_of(opacity, original, extent)
        width, height = even_size(box, scales(extent, size, box)[0])
        half = (width // 2, height // 2)
        whole = {size: scaled(near, *size) for size in ((width, height), half)}
        layers = [
            padded(_times(np.asarray(plane), near, whole[size]))
            for plane, size in zip(cv2.split(yuv_from_rgb(part)), ((width, height), half, half), strict=True)
        ]
        rest = [padded(255 - opaque) for opaque in whole.values()]
        planes = (layers[0], layers[1], layers[2], rest[0], rest[1])
        return cls(far, planes, Ground(box[0], box[1], width / box[2], height / box[3]), _around(near, box))

    @property
    def bytes(self) -> int:
        return self.far.bytes + sum(plane.nbytes for plane in self.planes)

    def draw(self, far: View, near: View, out: Planes, scratch: Scratch) -> None:
        """Draw the far layer over the whole of ``out``, then the near one where it is."""
        self.far.draw(far, out, scratch)
        height, width = out.y.shape
        left, top, right, bottom = self._window(near, width, height)
        if left >= right or top >= bottom:
            return
        luma = self.ground.luma(near, (width, height), (left, top))
        chroma = self.ground.chroma(near, (width, height), (left, top))
        whole = np.empty((2, bottom - top, right - left), np.uint8)
        halves = np.empty((2, (bottom - top) // 2, (right - left) // 2), np.uint8)
        resample(self.planes[3], whole[1], luma, scratch)
        resample(self.planes[0], whole[0], luma, scratch)
        _over(whole, out.y[top:bottom, left:right])
        resample(self.planes[4], halves[1], chroma, scratch)
        for source, plane in ((self.planes[1], out.u), (self.planes[2], out.v)):
            resample(source, halves[0], chroma, scratch)
            _over(halves, plane[top // 2 : bottom // 2, left // 2 : right // 2])

    def _window(self, view: View, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of the frame that the subject touches; even numbers."""
        if view.angle:
            return 0, 0, width, height
        left, right = (((x - view.x) * width / view.width) for x in (self.box[0], self.box[2]))
        top, bottom = (((y - view.y) * height / view.height) for y in (self.box[1], self.box[3]))
        return (
            min(max(2 * math.floor(left / 2) - 4, 0), width),
            min(max(2 * math.floor(top / 2) - 4, 0), height),
            min(max(2 * math.ceil(right / 2) + 4, 0), width),
            min(max(2 * math.ceil(bottom / 2) + 4, 0), height),
        )


def _times(plane: Plane, opacity: Plane, scaled_opacity: Plane) -> Plane:
    """A plane times its opacity, scaled, and kept within what its own darkest and brightest levels make of the scaled
    opacity: so much, over a frame within limited range, stays within it (but for rounding).
    """
    made = scaled(cv2.multiply(plane, opacity, scale=1 / 255), scaled_opacity.shape[1], scaled_opacity.shape[0])
    low, high = (cv2.convertScaleAbs(scaled_opacity, alpha=float(level) / 255) for level in (plane.min(), plane.max()))
    return np.asarray(cv2.min(cv2.max(made, low), high), np.uint8)


def _over(near: NDArray[np.uint8], region: Plane) -> None:
    cv2.multiply(region, near[1], dst=region, scale=1 / 255)
    cv2.add(region, near[0], dst=region)


def _opacity(mask: Plane, size: tuple[int, int]) -> Plane:
    """How near each pixel of a picture of (width, height) is, 0–255, with a soft edge about the mask's own division."""
    level, _ = cv2.threshold(mask, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    far, near = mask[mask <= level], mask[mask > level]
    if not (far.size and near.size):
        return np.full((size[1], size[0]), 255 if near.size else 0, np.uint8)
    low, high = float(far.mean()), float(near.mean())
    place = (mask.astype(np.float32) - np.float32((low + high) / 2)) / np.float32((high - low) * _SOFT)
    place += np.float32(0.5)
    soft = np.clip(place * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _around(opacity: Plane, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    columns, rows = np.flatnonzero(opacity.any(axis=0)), np.flatnonzero(opacity.any(axis=1))
    if not len(columns):
        return 0.0, 0.0, 0.0, 0.0
    across, down = box[2] / opacity.shape[1], box[3] / opacity.shape[0]
    return (
        box[0] + columns[0] * across,
        box[1] + rows[0] * down,
        box[0] + (columns[-1] + 1) * across,
        box[1] + (rows[-1] + 1) * down,
    )


def _behind(rgb: Rgb, opacity: Plane) -> Rgb:
    """The picture with the subject's place filled from around it: known colours are pulled up a pyramid and pushed down
    again (Gortler et al., “The lumigraph”, 1996, section 3.4.2).
    """
    height, width = rgb.shape[:2]
    shrink = min(1.0, _FILLED_AT / max(width, height))
    size = (max(2, round(width * shrink)), max(2, round(height * shrink)))
    reach = max(1, round(0.012 * max(size)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    small = cv2.resize(opacity, size, interpolation=cv2.INTER_AREA)
    known = (cv2.dilate(small, disc) < 8).astype(np.float32)
    filled = _filled(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32), known)
    fill = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    rim = cv2.GaussianBlur(1.0 - known, (0, 0), max(0.5, reach / 2))
    share = cv2.resize(np.maximum(rim, 1.0 - known), (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return np.asarray(np.clip(rgb * (1.0 - share) + fill * share + 0.5, 0, 255), np.uint8)


def _filled(colours: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    if min(known.shape) <= 2 or known.all():
        mean = (colours * known[..., None]).sum((0, 1)) / max(float(known.sum()), 1e-6)
        return np.asarray(np.where(known[..., None] > 0, colours, mean), np.float32)
    half = ((known.shape[1] + 1) // 2, (known.shape[0] + 1) // 2)
    weight = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(colours * known[..., None], half, interpolation=cv2.INTER_AREA)
    found = np.asarray(mean / np.maximum(weight, 1e-6)[..., None], np.float32)
    below = _filled(found, np.asarray(weight > 0, np.float32))
    up = cv2.resize(below, (known.shape[1], known.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(colours * known[..., None] + up * (1.0 - known[..., None]), np.float32)
