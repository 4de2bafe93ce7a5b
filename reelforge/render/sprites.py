"""Layers over the picture: drawn once, kept as YUV with alpha, blended where they stand."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.covers import (
    CHROMA,
    LUMA,
    Cover,
    Lattice,
    Tint,
    Window,
    covered,
    even,
    halved,
    in_bytes,
    left_sited,
    painted,
    way_back,
)
from reelforge.render.easing import EASINGS
from reelforge.render.kept import Kept
from reelforge.render.layer import Layer, Rgba, Showing, posed
from reelforge.render.planes import Plane, Planes, yuv_from_rgb

__all__ = ["Showing", "Sprite", "SpriteShelf", "showing"]

Box = tuple[int, int, int, int]

_MOST_BYTES: Final = (12 << 20) * (os.cpu_count() or 1)
"""Captions follow one another: for each worker a few of them with their highlights, all that is asked for again."""
_INK: Final = 0.6
"""Alpha from which on something is ink."""


def showing(layer: Layer, frame: int) -> Showing | None:
    """How a layer shows in a frame of the timeline; None when it does not (:func:`reelforge.render.layer.posed`)."""
    if layer.moves:
        standing = layer.moves(frame) if layer.first <= frame < layer.last else None
        return None if standing is None or standing.hidden else standing
    now = posed(layer.first, layer.last, layer.enter, layer.leave, frame)
    if now is None:
        return None
    since, left = frame - layer.first, layer.last - 1 - frame
    if since < layer.fade_in or left < layer.fade_out:
        return _faded(layer, since, left).with_(now)
    return now


def _faded(layer: Layer, since: int, left: int) -> Showing:
    opacity, drop = 1.0, 0
    if since < layer.fade_in:
        time = (since + 1) / (layer.fade_in + 1)
        opacity = time
        drop = 2 * round(layer.rise * (1.0 - EASINGS["cubic_out"](time)) / 2)
    if left < layer.fade_out:
        opacity *= (left + 1) / (layer.fade_out + 1)
    return Showing(opacity, 0.0, float(drop))


class Sprite(Struct, frozen=True):
    """A layer's drawing, cropped to what is not transparent; (``x``, ``y``) is the crop's even offset within the whole,
    which is ``width`` × ``height`` px.
    """

    x: int
    y: int
    width: int
    height: int
    planes: tuple[Cover, Cover, Cover]

    @classmethod
    def from_rgba(cls, rgba: Rgba) -> Sprite | None:
        """The sprite of a straight-alpha picture, or None when all of it is transparent."""
        columns, rows = np.flatnonzero(rgba[..., 3].any(axis=0)), np.flatnonzero(rgba[..., 3].any(axis=1))
        if not len(columns):
            return None
        x, y = int(columns[0]) & ~1, int(rows[0]) & ~1
        shown = even(rgba[y : rows[-1] + 1, x : columns[-1] + 1])
        yuv = yuv_from_rgb(np.asarray(cv2.cvtColor(shown, cv2.COLOR_RGBA2RGB))).astype(np.float32)
        alpha = shown[..., 3].astype(np.float32) / np.float32(255)
        chroma_alpha = left_sited(alpha)
        chroma = (left_sited(yuv[..., 1] * alpha), left_sited(yuv[..., 2] * alpha))
        return cls(
            x,
            y,
            rgba.shape[1],
            rgba.shape[0],
            (
                Cover(in_bytes(yuv[..., 0] * alpha), in_bytes(255 - 255 * alpha)),
                Cover(in_bytes(chroma[0]), in_bytes(255 - 255 * chroma_alpha)),
                Cover(in_bytes(chroma[1]), in_bytes(255 - 255 * chroma_alpha)),
            ),
        )

    @classmethod
    def from_masks(cls, masks: Sequence[tuple[Plane, Tint]]) -> Sprite:
        """The sprite of shapes in plain colours, one over another: coverage (0–255) and colour of each. All masks have
        the same even size. Cheap enough for every frame.
        """
        height, width = masks[0][0].shape
        halves = [(halved(mask), tint) for mask, tint in masks]
        luma = painted([(mask, tint.y, tint.alpha) for mask, tint in masks])
        blue = painted([(mask, tint.u, tint.alpha) for mask, tint in halves])
        red = painted([(mask, tint.v, tint.alpha) for mask, tint in halves])
        return cls(0, 0, width, height, (luma, blue, red))

    def within(self, x: int, y: int, width: int, height: int) -> Sprite:
        """The same at (``x``, ``y``), both even, of a larger whole: an animation's window is that of the whole."""
        return Sprite(self.x + x, self.y + y, width, height, self.planes)

    def ink(self) -> Box | None:
        """The (left, top, right, bottom) of its ink within the whole, or None when nothing is opaque enough."""
        inked = self.planes[0].rest <= 255 * (1 - _INK)
        columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
        if not len(columns):
            return None
        left, top = self.x, self.y
        return left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1

    @property
    def bytes(self) -> int:
        return sum(cover.values.nbytes + cover.rest.nbytes for cover in self.planes)

    def draw(self, frame: Planes, x: int, y: int, now: Showing) -> None:
        """Draw over a frame; (``x``, ``y``), both even, is the place of the whole drawing's top-left corner."""
        if now.upright and now.whole:
            self.blend(frame, x + int(now.x), y + int(now.y), now.opacity)
            return
        if now.whole and (now.scale, now.turn) == (1.0, 0.0):
            self._slide(frame, x + now.x, y + now.y, now.opacity)
            return
        back = way_back(x, y, now)
        window = self._window(frame, x, y, now, back)
        if window is None:
            return
        corner = (x + self.x, y + self.y)
        for cover, onto, lattice in zip(self.planes, (frame.y, frame.u, frame.v), (LUMA, CHROMA, CHROMA), strict=True):
            posed = cover.posed(back, corner, window, lattice)
            if not now.whole:
                posed = posed.seen(self._weights(x, y, now, window, lattice))
            posed.blend(onto, window.left // lattice.step, window.top // lattice.step, now.opacity)

    def blend(self, frame: Planes, x: int, y: int, opacity: float) -> None:
        """Draw over a frame with the layer's corner at (``x``, ``y``), both even."""
        left, top = x + self.x, y + self.y
        luma, blue, red = self.planes
        luma.blend(frame.y, left, top, opacity)
        blue.blend(frame.u, left // 2, top // 2, opacity)
        red.blend(frame.v, left // 2, top // 2, opacity)

    def _slide(self, frame: Planes, x: float, y: float, opacity: float) -> None:
        """Draw over a frame with the layer's corner at any place: what :meth:`draw` does, for many small sprites."""
        left, top = 2 * math.floor(x / 2), 2 * math.floor(y / 2)
        luma, blue, red = self.planes
        luma.slid(x - left, y - top).blend(frame.y, left + self.x, top + self.y, opacity)
        corner = ((left + self.x) // 2, (top + self.y) // 2)
        for cover, onto in ((blue, frame.u), (red, frame.v)):
            cover.slid((x - left) / 2, (y - top) / 2).blend(onto, *corner, opacity)

    def _window(self, frame: Planes, x: int, y: int, now: Showing, back: NDArray[np.float64]) -> Window | None:
        """The part of the frame that the posed sprite touches, or None when that is none of it."""
        height, width = self.planes[0].values.shape
        corners = np.array([[0, width, width, 0], [0, 0, height, height]], np.float64)
        corners += np.array([[x + self.x], [y + self.y]])
        there = np.linalg.solve(back[:, :2], corners - back[:, 2:])
        # a chroma sample reaches one and a half pixels to the left of its first column
        low, high = there.min(axis=1) - 2, there.max(axis=1) + 2
        if not now.whole:
            low = np.maximum(low, [x + now.left * self.width - 2, y + now.top * self.height - 2])
            high = np.minimum(high, [x + now.right * self.width + 2, y + now.bottom * self.height + 2])
        low = np.maximum(np.floor(low / 2) * 2, 0)
        high = np.minimum(np.ceil(high / 2) * 2, [frame.y.shape[1], frame.y.shape[0]])
        if (low >= high).any():
            return None
        return Window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    def _weights(self, x: int, y: int, now: Showing, window: Window, lattice: Lattice) -> Plane:
        """How much of each sample in a window lies within what is seen of the layer's place; 0–255."""
        across = (x + now.left * self.width, x + now.right * self.width)
        down = (y + now.top * self.height, y + now.bottom * self.height)
        columns = covered(window.left, window.right, lattice.step, lattice.across, across)
        rows = covered(window.top, window.bottom, lattice.step, lattice.down, down)
        return in_bytes(255 * rows[:, None] * columns[None, :])


class SpriteShelf:
    """The sprites of one render, drawn once per identity however many threads ask, the longest unused dropped first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._kept: Kept[Sprite | None] = Kept(most_bytes, lambda sprite: sprite.bytes if sprite else 0)
        self._inks: dict[str, Box | None] = {}

    def sprite(self, layer: Layer) -> Sprite | None:
        """The drawing of a layer, or None when it is all transparent."""
        return self._kept.get(layer.identity, lambda: self._drawn(layer))

    def ink(self, layer: Layer) -> Box | None:
        """The (left, top, right, bottom) of a layer's ink within it: letters, strokes and panels, not a soft shadow.
        None when it has none. Remembered for longer than the sprite.
        """
        if layer.identity not in self._inks:
            self.sprite(layer)
        return self._inks[layer.identity]

    def inks(self, layers: Iterable[Layer]) -> dict[str, Box | None]:
        """The ink of those layers that were drawn, by identity."""
        return {layer.identity: self._inks[layer.identity] for layer in layers if layer.identity in self._inks}

    def learn(self, inks: Mapping[str, Box | None]) -> None:
        """Take over what :meth:`inks` gave at another time, so that nothing is drawn to be asked for its ink alone."""
        self._inks.update(inks)

    def _drawn(self, layer: Layer) -> Sprite | None:
        sprite = Sprite.from_rgba(layer.draw())
        self._inks[layer.identity] = sprite.ink() if sprite else None
        return sprite
