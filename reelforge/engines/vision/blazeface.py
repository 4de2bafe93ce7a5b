"""Faces by BlazeFace, full range (Bazarevsky and others, CVPR workshop 2019; MediaPipe's model card of 2021).

The network looks at 192 × 192 pixels and knows faces that are a tenth to nearly all of them. So a picture is shown to
it at several sizes, from one at which a face fills the picture to one at which the smallest face wanted is large
enough. What it takes for a face is then shown to it again, by itself, from three distances: true faces stay faces
(0.6–0.95 in the mean), while globes, coins and patterns of leaves do not (below 0.5).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.sight import DIGITS, Box, Face
from reelforge.engines.vision.weights import Network, Weights

WEIGHTS: Final = Weights(
    "blazeface_full_range.onnx", "42aa5bea4a319990db7509a32b5f01bd9e130db8699b2dbe062c128a6ce93899"
)
PIXELS: Final = 2_400_000
"""Of a picture: enough that a face of 4 % of the height of a 9:16 picture is 84 pixels high."""

_SIDE: Final = 192
_MULTIPLE: Final = 32
"""Sides of the network's input are multiples of it: it halves them five times."""
_STRIDE: Final = 4
_TILE: Final = 384
"""A larger input would take its square's memory; several pictures are looked at at the same time."""
_OVERLAP: Final = 64
"""Holds every face that is too small for the next coarser size."""
_LONG_SIDES: Final = (96, 128, 192, 384)
_LEAST_PIXELS: Final = 21
"""The height at which the smallest face wanted is shown."""
_MOST_INPUT: Final = 1_500_000
_ENLARGED: Final = 2.0
_DISTANCES: Final = (0.15, 0.25, 0.35)
"""A face's share of the side of the square in which it is looked at again."""
_SUSPECTED: Final = 0.3
_HINT: Final = 0.05
_SAME: Final = 0.3
"""Intersection over union from which two boxes are one face (MediaPipe's graph)."""
_ALIKE: Final = 0.4
"""The same, of what was found at different sizes: boxes of small faces are less exact there."""
_MOST: Final = 32
"""Suspected faces that are looked at again."""

Pixels = NDArray[np.uint8]
Rows = NDArray[np.float64]
"""One face a row: left, top, right, bottom, the two eyes' x and y, confidence; in pixels of the picture."""
_COLUMNS: Final = 9
Halved = tuple[Pixels, ...]
"""A picture, and copies with half its sides, a quarter of them, and so on: small views are quickly made from these."""


class FaceFinder:
    """Finds faces in RGB pixels; safe to call from several threads, which wait for each other: subjects take longer to
    find, and do so too, so that nothing is won by taking memory for several at the same time.
    """

    def __init__(self) -> None:
        self._network = Network(WEIGHTS)
        self._turn = threading.Lock()

    def find(self, picture: Pixels, least: float, certain: float, check: Callable[[], None]) -> tuple[Face, ...]:
        """The faces of a (height, width, 3) picture that are at least ``least`` of its height high and whose
        confidence reaches ``certain``, in no order. ``check`` is called between the network's runs, to be stopped by.

        Blocking: about 80 ms of one core for a picture without faces, 15 ms more for each face.
        """
        with self._turn:
            return self._find(picture, least, certain, check)

    def close(self) -> None:
        self._network.close()

    def _find(self, picture: Pixels, least: float, certain: float, check: Callable[[], None]) -> tuple[Face, ...]:
        height, width = picture.shape[:2]
        halved = _halved(picture)
        found = [self._whole(halved, scale, check) for scale in scales(width, height, least)]
        suspected = merged(np.concatenate(found), _ALIKE)[:_MOST]
        faces = [self._again(halved, row, check) for row in suspected if row[3] - row[1] >= 0.8 * least * height]
        sure = [row for row in faces if row[8] >= certain and row[3] - row[1] >= least * height]
        return tuple(_face(row, width, height) for row in _apart(sure))

    def _whole(self, picture: Halved, scale: float, check: Callable[[], None]) -> Rows:
        """What may be faces in the whole picture at one size, looked at in overlapping tiles when it is large."""
        height, width = picture[0].shape[:2]
        across, down = tiles(width * scale), tiles(height * scale)
        found = []
        for y, high in down:
            for x, wide in across:
                check()
                found.append(self._detect(picture, x / scale, y / scale, scale, (wide, high), _SUSPECTED))
        return merged(np.concatenate(found), _SAME)

    def _again(self, picture: Halved, suspect: Rows, check: Callable[[], None]) -> Rows:
        """A suspected face looked at from each distance; its confidence is the mean, 0 where it was not seen."""
        seen = []
        for share in _DISTANCES:
            check()
            side = max(suspect[2] - suspect[0], suspect[3] - suspect[1]) / share
            left, top = (suspect[0] + suspect[2] - side) / 2, (suspect[1] + suspect[3] - side) / 2
            rows = merged(self._detect(picture, left, top, _SIDE / side, (_SIDE, _SIDE), _HINT), _SAME)
            alike = rows[overlaps(rows, suspect) > _SAME]
            if len(alike):
                seen.append(alike[0])
        if not seen:
            return np.append(suspect[:8], 0.0)
        together = np.array(seen)
        place = np.average(together[:, :8], axis=0, weights=together[:, 8])
        return np.append(place, together[:, 8].sum() / len(_DISTANCES))

    def _detect(
        self, picture: Halved, left: float, top: float, scale: float, size: tuple[int, int], least: float
    ) -> Rows:
        """What the network takes for faces in the part of a picture that begins at ``left`` and ``top`` and fills
        ``size`` (width, height) pixels at ``scale``.
        """
        times = min(len(picture) - 1, max(0, math.floor(-math.log2(scale))))
        half = 0.5**times
        shown = view(picture[times], left * half, top * half, scale / half, size)
        boxes, scores = self._network.run(("boxes", "scores"), {"image": shown.transpose(2, 0, 1)[None]})
        return decoded(boxes[0], scores[0, :, 0], size[0], least) * _spread(scale) + _moved(left, top)


def scales(width: int, height: int, least: float) -> tuple[float, ...]:
    """The sizes at which a picture is looked at, as shares of its own, rising."""
    longest = max(width, height)
    finest = min(_LEAST_PIXELS / (least * height), _ENLARGED, math.sqrt(_MOST_INPUT / (width * height)))
    coarse = (side / longest for side in _LONG_SIDES)
    return (*(scale for scale in coarse if scale < 0.8 * finest), finest)


def view(picture: Pixels, left: float, top: float, scale: float, size: tuple[int, int]) -> NDArray[np.float32]:
    """A part of a picture as (height, width, 3) values from -1 to 1; 0 where it reaches beyond the picture."""
    height, width = picture.shape[:2]
    shown = np.zeros((size[1], size[0], 3), np.float32)
    x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
    x1, y1 = min(width, math.ceil(left + size[0] / scale)), min(height, math.ceil(top + size[1] / scale))
    if x1 <= x0 or y1 <= y0:
        return shown
    inner = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    part = cv2.resize(picture[y0:y1, x0:x1], inner, interpolation=how)
    x, y = max(0, round((x0 - left) * scale)), max(0, round((y0 - top) * scale))
    part = part[: size[1] - y, : size[0] - x]
    shown[y : y + part.shape[0], x : x + part.shape[1]] = part / np.float32(127.5) - 1
    return shown


def decoded(boxes: NDArray[np.float32], scores: NDArray[np.float32], width: int, least: float) -> Rows:
    """The rows whose confidence reaches ``least``, in pixels of the network's input of that width.

    One anchor stands in the middle of every cell of 4 × 4 pixels; the network gives, in pixels and from there, the
    box's centre and size and six points, of which the first two are the eyes (MediaPipe, ``SsdAnchorsCalculator`` and
    ``TensorsToDetectionsCalculator``).
    """
    sure = 1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -80, 80)))
    chosen = np.flatnonzero(sure >= least)
    down, right = np.divmod(chosen, width // _STRIDE)
    anchors = np.stack([right, down], axis=1) * _STRIDE + _STRIDE / 2
    raw = boxes[chosen].astype(np.float64)
    centres, halves = raw[:, 0:2] + anchors, np.abs(raw[:, 2:4]) / 2
    eyes = raw[:, 4:8] + np.tile(anchors, 2)
    return np.concatenate([centres - halves, centres + halves, eyes, sure[chosen, None]], axis=1)


def merged(rows: Rows, same: float) -> Rows:
    """One row for each set of overlapping ones, the surest first: their mean, weighted by confidence, with the
    greatest confidence among them (weighted non-maximum suppression, BlazeFace section 4.4).
    """
    left = rows[np.argsort(-rows[:, 8], kind="stable")]
    kept = []
    while len(left):
        alike = overlaps(left, left[0]) > same
        alike[0] = True
        group = left[alike]
        kept.append(np.append(np.average(group[:, :8], axis=0, weights=group[:, 8]), group[0, 8]))
        left = left[~alike]
    return np.array(kept).reshape(-1, _COLUMNS)


def overlaps(rows: Rows, one: Rows) -> NDArray[np.float64]:
    """Intersection over union of each row's box with that of one."""
    shared = _shared(rows, one)
    return shared / np.maximum(_areas(rows) + _areas(one[None]) - shared, 1e-9)


def _shared(rows: Rows, one: Rows) -> NDArray[np.float64]:
    wide = np.minimum(rows[:, 2], one[2]) - np.maximum(rows[:, 0], one[0])
    high = np.minimum(rows[:, 3], one[3]) - np.maximum(rows[:, 1], one[1])
    return np.asarray(np.maximum(wide, 0) * np.maximum(high, 0))


def _areas(rows: Rows) -> NDArray[np.float64]:
    return np.asarray((rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1]))


def _apart(rows: list[Rows]) -> Rows:
    """The surest of those that lie mostly within each other: a face found once with and once without its hair."""
    left = np.array(rows).reshape(-1, _COLUMNS)
    left = left[np.argsort(-left[:, 8], kind="stable")]
    kept = []
    while len(left):
        first, left = left[0], left[1:]
        kept.append(first)
        smaller = np.minimum(_areas(left), _areas(first[None]))
        left = left[_shared(left, first) <= 0.6 * smaller]
    return np.array(kept).reshape(-1, _COLUMNS)


def _face(row: Rows, width: int, height: int) -> Face:
    box = Box.between(row[0] / width, row[1] / height, row[2] / width, row[3] / height)
    eyes = ((row[4] + row[6]) / 2 / width, (row[5] + row[7]) / 2 / height)
    x, y = (round(min(1.0, max(0.0, float(part))), DIGITS) for part in eyes)
    return Face(box=box, confidence=round(float(row[8]), DIGITS), eyes=(x, y))


def _halved(picture: Pixels) -> Halved:
    pictures = [picture]
    while min(pictures[-1].shape[:2]) >= _SIDE:
        half = cv2.resize(pictures[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(half, np.uint8))
    return tuple(pictures)


def tiles(length: float) -> list[tuple[float, int]]:
    """Where tiles begin along a side of so many pixels, and how long they are: one about the middle, or several that
    share the overlap alike.
    """
    if length <= _TILE:
        side = max(_SIDE, math.ceil(length / _MULTIPLE - 1e-6) * _MULTIPLE)
        return [((length - side) / 2, side)]
    count = math.ceil((length - _OVERLAP) / (_TILE - _OVERLAP))
    return [(number * (length - _TILE) / (count - 1), _TILE) for number in range(count)]


def _spread(scale: float) -> Rows:
    return np.array([1 / scale] * 8 + [1.0])


def _moved(left: float, top: float) -> Rows:
    return np.array([left, top] * 4 + [0.0])
