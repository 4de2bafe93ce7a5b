"""Frames in the encoder's own format: planar YUV 4:2:0, BT.709, limited range (luma 16–235, chroma 16–240).

Chroma is sited as MPEG-2 and H.264 do by default (“left”): a chroma sample stands on the even luma column, half way
between two luma rows. sRGB values go through the BT.709 matrix as they are: the two transfer curves are taken to be
the same, as every player does.
"""

from __future__ import annotations

import mmap

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.timeline import Size

Plane = NDArray[np.uint8]
"""(height, width), 0–255."""

Rgb = NDArray[np.uint8]
"""(height, width, 3), sRGB 0–255."""

_KR, _KB = 0.2126, 0.0722  # ITU-R BT.709-6, item 3.2
_KG = 1.0 - _KR - _KB


def _to_yuv() -> NDArray[np.float64]:
    luma = np.array([_KR, _KG, _KB])
    blue = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - _KB))
    red = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - _KR))
    matrix = np.vstack([luma * 219 / 255, blue * 224 / 255, red * 224 / 255])
    return np.hstack([matrix, [[16.0], [128.0], [128.0]]])


def _to_rgb() -> NDArray[np.float64]:
    inverse = np.linalg.inv(_to_yuv()[:, :3])
    return np.hstack([inverse, -inverse @ np.array([[16.0], [128.0], [128.0]])])


class Planes(Struct, frozen=True):
    """One frame; ``y``, ``u`` and ``v`` are views of ``flat``, which holds them one after another for the encoder."""

    flat: Plane
    y: Plane
    u: Plane
    v: Plane

    @classmethod
    def empty(cls, size: Size) -> Planes:
        """A frame of undefined contents."""
        width, height = size.width, size.height
        # Memory of its own pages, which can be lent to a pipe.
        flat = np.frombuffer(mmap.mmap(-1, width * height * 3 // 2), np.uint8)[None]
        luma, chroma = width * height, width * height // 4
        return cls(
            flat,
            flat[0, :luma].reshape(height, width),
            flat[0, luma : luma + chroma].reshape(height // 2, width // 2),
            flat[0, luma + chroma :].reshape(height // 2, width // 2),
        )

    @classmethod
    def black(cls, size: Size) -> Planes:
        planes = cls.empty(size)
        planes.y[:] = 16
        planes.u[:] = 128
        planes.v[:] = 128
        return planes

    def take(self, other: Planes) -> None:
        """Become a copy of another frame of the same size."""
        np.copyto(self.flat, other.flat)


def yuv_from_rgb(rgb: Rgb) -> NDArray[np.uint8]:
    """(height, width, 3) YUV 4:4:4 of an sRGB picture, rounded to nearest."""
    return np.asarray(cv2.transform(rgb, _to_yuv()), np.uint8)


def rgb_from_planes(planes: Planes) -> Rgb:
    """The sRGB picture of a frame, (height, width, 3); chroma enlarged linearly from its left siting."""
    height, width = planes.y.shape
    place = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, -0.25]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    chroma = [
        cv2.warpAffine(plane, place, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for plane in (planes.u, planes.v)
    ]
    return np.asarray(cv2.transform(cv2.merge([planes.y, *chroma]), _to_rgb()), np.uint8)


def small_rgb(planes: Planes, size: tuple[int, int]) -> Rgb:
    """A much smaller sRGB picture of a frame, ``size`` (width, height); the quarter pixel of chroma siting is lost."""
    scaled = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (planes.y, planes.u, planes.v)]
    return np.asarray(cv2.transform(cv2.merge(scaled), _to_rgb()), np.uint8)
