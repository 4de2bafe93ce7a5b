"""A picture made ready for all views of a shot, and the drawing of one view of it into a frame.

Each picture is scaled once, with an area filter, to a little more than the largest size its motion needs. A frame is
then one bilinear resampling of each plane at a sub-pixel place.

A view that is not turned maps rows to rows: ``source = (x + ½)·step + offset − ½`` on each axis. OpenCV's ``resize``
does this three times as fast as ``warpAffine``, but only from whole-pixel offsets. So the output is begun ``k`` columns
early: its offset is then ``whole + k·step``, and among the first few dozen ``k`` there is nearly always one within
0.03 px of the offset wanted (multiples of a step that is no simple fraction fill the unit interval evenly). Where there
is none, ``warpAffine`` draws that frame: the same kernel, so nothing shows.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.timeline import Size
from reelforge.render.motion import Extent, View
from reelforge.render.planes import Plane, Planes, Rgb, yuv_from_rgb

_PHASES = 64
PAD = 104
"""Room before the picture for the early columns: more than ``_PHASES`` times the largest step drawn this way."""
_NEAREST = 0.01
"""The first early column with an error this small is taken, so that little is drawn for nothing."""
_NEAR = 0.03
_REMEMBERED = 8
"""Phases that were found, for the planes and frames of one view."""
_HEADROOM = 1.045
_LARGEST_STEP = 1.6
_LEVEL_RATIO = 1.5
_MOST_PIXELS = 40_000_000
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class _Phase(Struct, frozen=True):
    """Begin at source sample ``whole`` and leave out the first ``early`` output samples."""

    whole: int
    early: int


class Scratch:
    """A worker's room for resampling, allocated once."""

    def __init__(self, size: Size) -> None:
        extra = _PHASES + 8
        self._room = np.empty((size.height + extra) * (size.width + extra), np.uint8)
        self._steps = np.arange(_PHASES + 1, dtype=np.float64)
        self._phases: dict[tuple[float, float], _Phase | None] = {}

    def plane(self, height: int, width: int) -> Plane:
        """A contiguous (height, width) plane of undefined contents, valid until the next call."""
        return self._room[: height * width].reshape(height, width)

    def phase(self, step: float, start: float) -> _Phase | None:
        """How to reach an edge at ``start`` in whole samples, or None when nothing comes within 0.03 of it."""
        if not 1.0 <= step <= _LARGEST_STEP:
            return None
        if (step, start) not in self._phases:
            if len(self._phases) >= _REMEMBERED:
                self._phases.clear()
            self._phases[step, start] = self._found(step, start)
        return self._phases[step, start]

    def _found(self, step: float, start: float) -> _Phase | None:
        starts = start - self._steps * step
        errors = np.abs(starts - np.rint(starts))
        early = int((errors <= _NEAREST).argmax()) or int(errors.argmin())
        if errors[early] > _NEAR:
            return None
        return _Phase(round(float(starts[early])), early)


_SAME = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Place(Struct, frozen=True):
    """Where the samples of a plane come from: output sample (i, j) from (``matrix`` · (i, j, 1)) of the source."""

    matrix: tuple[float, float, float, float, float, float]

    @property
    def upright(self) -> bool:
        return self.matrix[1] == 0.0 and self.matrix[3] == 0.0


def resample(source: Plane, out: Plane, place: Place, scratch: Scratch) -> None:
    """Fill ``out`` (contiguous) from ``source`` bilinearly."""
    if place.matrix == _SAME and source.shape == out.shape:
        np.copyto(out, source)
        return
    if place.upright and _resized(source, out, place, scratch):
        return
    height, width = out.shape
    matrix = np.array(place.matrix).reshape(2, 3)
    cv2.warpAffine(source, matrix, (width, height), dst=out, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)


def _resized(source: Plane, out: Plane, place: Place, scratch: Scratch) -> bool:
    """Draw through ``resize``; false when the place cannot be reached so, or the picture ends too near for it."""
    across, _, left, _, down, top = place.matrix
    column, row = scratch.phase(across, left + 0.5 - across / 2), scratch.phase(down, top + 0.5 - down / 2)
    if not (column and row):
        return False
    height, width = out.shape
    columns = math.ceil((width + column.early) * across) + 1
    rows = math.ceil((height + row.early) * down) + 1
    if min(column.whole, row.whole) < 0:
        return False
    if row.whole + rows > source.shape[0] or column.whole + columns > source.shape[1]:
        return False
    part = source[row.whole : row.whole + rows, column.whole : column.whole + columns]
    target = scratch.plane(round(rows / down), round(columns / across))
    drawn = cv2.resize(part, None, dst=target, fx=1 / across, fy=1 / down, interpolation=cv2.INTER_LINEAR)
    np.copyto(out, drawn[row.early : row.early + height, column.early : column.early + width])
    return True


class Ground(Struct, frozen=True):
    """How samples lie on a picture: ``scale_x`` and ``scale_y`` samples of luma a picture pixel, beginning at
    (``x0``, ``y0``) with ``pad`` samples before that. Chroma is centred on its four luma samples (a plain 2×2 mean), or
    ``sited`` on the left ones as in a frame.
    """

    x0: float
    y0: float
    scale_x: float
    scale_y: float
    pad: int = PAD
    sited: bool = False

    def luma(self, view: View, frame: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> Place:
        """Where the luma of a frame of (width, height) comes from; of its part from ``corner`` on."""
        return self._place(view, frame, (1.0, 0.5 + corner[0]), (1.0, 0.5 + corner[1]), 1.0)

    def chroma(self, view: View, frame: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> Place:
        """The same for chroma, which stands on even luma columns, between two rows, in the output."""
        place = self._place(view, frame, (2.0, 0.5 + corner[0]), (2.0, 1.0 + corner[1]), 0.5)
        if not self.sited:
            return place
        found = place.matrix
        return Place((*found[:2], found[2] + 0.25, *found[3:]))

    def _place(
        self,
        view: View,
        frame: tuple[int, int],
        across: tuple[float, float],
        down: tuple[float, float],
        share: float,
    ) -> Place:
        turn = math.radians(view.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        step_x, step_y = view.width / frame[0], view.height / frame[1]
        middle_x, middle_y = view.centre
        # from a sample to frame pixels about the frame's middle, to picture pixels, to samples of the ground
        off_x, off_y = across[1] - frame[0] / 2, down[1] - frame[1] / 2
        xx, xy = cos * step_x * across[0], -sin * step_y * down[0]
        yx, yy = sin * step_x * across[0], cos * step_y * down[0]
        x = middle_x + cos * step_x * off_x - sin * step_y * off_y - self.x0
        y = middle_y + sin * step_x * off_x + cos * step_y * off_y - self.y0
        by_x, by_y, shift = self.scale_x * share, self.scale_y * share, self.pad - 0.5
        return Place((xx * by_x, xy * by_x, x * by_x + shift, yx * by_y, yy * by_y, y * by_y + shift))


class _Level(Struct, frozen=True):
    """The part of the picture that a motion shows, at one size; planes are padded by :data:`PAD` on every side."""

    planes: tuple[Plane, Plane, Plane]
    ground: Ground

    def draw(self, view: View, out: Planes, scratch: Scratch) -> None:
        height, width = out.y.shape
        luma, chroma = self.ground.luma(view, (width, height)), self.ground.chroma(view, (width, height))
        resample(self.planes[0], out.y, luma, scratch)
        resample(self.planes[1], out.u, chroma, scratch)
        resample(self.planes[2], out.v, chroma, scratch)


def usual_bytes(size: Size) -> int:
    """About what a picture holds that is ready for a usual motion in frames of a size."""
    return 3 * size.width * size.height


def largest_scale(extent: Extent, size: Size) -> float:
    """How large a picture is shown at most, in output pixels a picture pixel, with a little to spare."""
    return size.width / extent.nearest * _HEADROOM


class Still:
    """A picture ready to be drawn at any view within an extent. Immutable; shared by threads."""

    def __init__(self, levels: tuple[_Level, ...], size: Size, only: View | None) -> None:
        self._size = size
        self._levels = levels
        self._fixed: Planes | None = None
        if only is not None:
            fixed = Planes.empty(size)
            self._pick(only).draw(only, fixed, Scratch(size))
            self._fixed = fixed
            self._levels = ()

    @classmethod
    def prepare(
        cls, rgb: Rgb, original: tuple[int, int], extent: Extent, size: Size, only: View | None = None
    ) -> Still:
        """Scale a picture for the views of an extent. ``original`` is the (width, height) that views count in; ``rgb``
        may have fewer pixels (decoded at a fraction of its size). ``only`` is the one view there is, when it is so.
        """
        part, box = part_of(rgb, original, extent)
        levels = tuple(_level(part, box, scale) for scale in scales(extent, size, box))
        return cls(levels, size, only)

    @property
    def bytes(self) -> int:
        fixed = self._fixed.flat.nbytes if self._fixed else 0
        return fixed + sum(plane.nbytes for level in self._levels for plane in level.planes)

    def draw(self, view: View, out: Planes, scratch: Scratch) -> None:
        """Draw a view over the whole of ``out``."""
        if self._fixed:
            out.take(self._fixed)
            return
        self._pick(view).draw(view, out, scratch)

    def _pick(self, view: View) -> _Level:
        """The smallest level that still holds a sample for each output sample."""
        needed = self._size.width / view.width
        for level in reversed(self._levels):
            if level.ground.scale_x >= needed:
                return level
        return self._levels[0]


Box = tuple[float, float, float, float]
"""Left, top, width, height in picture pixels."""


def part_of(pixels: NDArray[Any], original: tuple[int, int], extent: Extent) -> tuple[NDArray[Any], Box]:
    """The part of a picture that an extent shows, and where it lies."""
    shrink_x, shrink_y = pixels.shape[1] / original[0], pixels.shape[0] / original[1]
    left, top, right, bottom = extent.box
    x0, x1 = max(0, math.floor(left * shrink_x)), min(math.ceil(right * shrink_x), pixels.shape[1])
    y0, y1 = max(0, math.floor(top * shrink_y)), min(math.ceil(bottom * shrink_y), pixels.shape[0])
    part = pixels[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    return part, (x0 / shrink_x, y0 / shrink_y, part.shape[1] / shrink_x, part.shape[0] / shrink_y)


def scales(extent: Extent, size: Size, box: Box) -> list[float]:
    """Sizes to prepare, largest first, as output pixels per picture pixel at a view's own scale."""
    most = math.sqrt(_MOST_PIXELS / (box[2] * box[3]))
    found = [min(largest_scale(extent, size), most)]
    while found[-1] / (size.width / extent.widest) > _LEVEL_RATIO * _HEADROOM:
        found.append(found[-1] / _LEVEL_RATIO)
    return found


def _level(part: Rgb, box: Box, scale: float) -> _Level:
    yuv = yuv_from_rgb(part)
    luma, blue, red = (cv2.extractChannel(yuv, channel) for channel in range(3))
    width, height = even_size(box, scale)
    planes = (
        padded(scaled(np.asarray(luma), width, height)),
        padded(scaled(np.asarray(blue), width // 2, height // 2)),
        padded(scaled(np.asarray(red), width // 2, height // 2)),
    )
    return _Level(planes, Ground(box[0], box[1], width / box[2], height / box[3]))


def even_size(box: Box, scale: float) -> tuple[int, int]:
    """A box's (width, height) in samples at a scale; both even."""
    return max(2, 2 * round(box[2] * scale / 2)), max(2, 2 * round(box[3] * scale / 2))


def scaled(plane: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """An area filter to make a plane smaller (whole halves first, which is fast), a cubic one to make it larger.

    The cubic one overshoots at hard edges, from 16 to 235 by a tenth each way: what lies beyond the plane's own levels
    is cut off, so that luma stays within 16–235 and chroma within 16–240.
    """
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        half = ((plane.shape[1] + 1) // 2, (plane.shape[0] + 1) // 2)
        plane = cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
    if width <= plane.shape[1] and height <= plane.shape[0]:
        return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    larger = cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(larger, plane.min(), plane.max(), out=larger)


def padded(plane: NDArray[Any]) -> Plane:
    """The plane with its edges repeated :data:`PAD` times."""
    return np.asarray(cv2.copyMakeBorder(plane, PAD, PAD, PAD, PAD, cv2.BORDER_REPLICATE), np.uint8)
