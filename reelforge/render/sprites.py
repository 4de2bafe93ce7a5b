"""Layers over the picture: drawn once, kept as YUV with alpha, blended where they stand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.render.easing import EASINGS
from reelforge.render.layer import Layer, Rgba
from reelforge.render.planes import Plane, Planes, yuv_from_rgb

_MOST_BYTES = 96 << 20


@dataclass(frozen=True, slots=True)
class Showing:
    """How a layer stands in one frame: opacity above 0 and up to 1, and how far below its place, in pixels (even)."""

    opacity: float
    drop: int


def showing(layer: Layer, frame: int) -> Showing | None:
    """How a layer shows in a frame of the timeline; None when it does not.

    Fading in, frame ``i`` of ``fade_in`` has opacity ``(i + 1) / (fade_in + 1)``, so that the first frame already shows
    something and the frame after the fade is the first whole one; fading out mirrors it.
    """
    if not layer.first <= frame < layer.last:
        return None
    since, left = frame - layer.first, layer.last - 1 - frame
    opacity, drop = 1.0, 0
    if since < layer.fade_in:
        time = (since + 1) / (layer.fade_in + 1)
        opacity = time
        drop = 2 * round(layer.rise * (1.0 - EASINGS["cubic_out"](time)) / 2)
    if left < layer.fade_out:
        opacity *= (left + 1) / (layer.fade_out + 1)
    return Showing(opacity, drop)


@dataclass(frozen=True, slots=True)
class _Cover:
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


@dataclass(frozen=True, slots=True)
class Sprite:
    """A layer's drawing, cropped to what is not transparent; (``x``, ``y``) is the crop's even offset."""

    x: int
    y: int
    planes: tuple[_Cover, _Cover, _Cover]

    @classmethod
    def from_rgba(cls, rgba: Rgba) -> Sprite | None:
        """The sprite of a straight-alpha picture, or None when all of it is transparent."""
        columns, rows = np.flatnonzero(rgba[..., 3].any(axis=0)), np.flatnonzero(rgba[..., 3].any(axis=1))
        if not len(columns):
            return None
        x, y = int(columns[0]) & ~1, int(rows[0]) & ~1
        shown = _even(rgba[y : rows[-1] + 1, x : columns[-1] + 1])
        yuv = yuv_from_rgb(np.ascontiguousarray(shown[..., :3])).astype(np.float32)
        alpha = shown[..., 3].astype(np.float32) / np.float32(255)
        chroma_alpha = _left_sited(alpha)
        chroma = (_left_sited(yuv[..., 1] * alpha), _left_sited(yuv[..., 2] * alpha))
        return cls(
            x,
            y,
            (
                _Cover(_bytes(yuv[..., 0] * alpha), _bytes(255 - 255 * alpha)),
                _Cover(_bytes(chroma[0]), _bytes(255 - 255 * chroma_alpha)),
                _Cover(_bytes(chroma[1]), _bytes(255 - 255 * chroma_alpha)),
            ),
        )

    @property
    def bytes(self) -> int:
        return sum(cover.values.nbytes + cover.rest.nbytes for cover in self.planes)

    def blend(self, frame: Planes, x: int, y: int, opacity: float) -> None:
        """Draw over a frame with the layer's corner at (``x``, ``y``), both even."""
        left, top = x + self.x, y + self.y
        luma, blue, red = self.planes
        luma.blend(frame.y, left, top, opacity)
        blue.blend(frame.u, left // 2, top // 2, opacity)
        red.blend(frame.v, left // 2, top // 2, opacity)


def _bytes(values: NDArray[np.float32]) -> Plane:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _even(rgba: Rgba) -> Rgba:
    height, width = rgba.shape[:2]
    return np.pad(rgba, ((0, height % 2), (0, width % 2), (0, 0)))


def _left_sited(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half size: rows in pairs, columns by the kernel (1, 2, 1)/4 about each even one; nothing beyond the edges."""
    rows = (plane[0::2] + plane[1::2]) / 2
    before = np.pad(rows[:, 1:-1:2], ((0, 0), (1, 0)))
    return np.asarray((before + 2 * rows[:, 0::2] + rows[:, 1::2]) / 4, np.float32)


class SpriteShelf:
    """The sprites of one render, drawn once per identity however many threads ask, the longest unused dropped first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._drawing: dict[str, threading.Lock] = {}
        self._kept: OrderedDict[str, Sprite | None] = OrderedDict()

    def sprite(self, layer: Layer) -> Sprite | None:
        """The drawing of a layer, or None when it is all transparent."""
        with self._lock:
            if layer.identity in self._kept:
                self._kept.move_to_end(layer.identity)
                return self._kept[layer.identity]
            drawing = self._drawing.setdefault(layer.identity, threading.Lock())
        with drawing:
            with self._lock:
                if layer.identity in self._kept:
                    return self._kept[layer.identity]
            sprite = Sprite.from_rgba(layer.draw())
            with self._lock:
                self._keep(layer.identity, sprite)
                self._drawing.pop(layer.identity, None)
            return sprite

    def _keep(self, identity: str, sprite: Sprite | None) -> None:
        self._kept[identity] = sprite
        while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values() if kept) > self._most:
            self._kept.popitem(last=False)
