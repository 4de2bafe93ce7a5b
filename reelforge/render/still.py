"""A picture made ready for its motion, and the drawing of one view of it into a frame.

Each picture is scaled once, with an area filter, to a little more than the largest size its motion needs. A frame is
then one bilinear resampling of each plane at a sub-pixel place.

A motion without rotation maps rows to rows: ``source = (x + ½)·step + offset − ½`` on each axis. OpenCV's ``resize``
does this three times as fast as ``warpAffine``, but only from whole-pixel offsets. So the output is begun ``k`` columns
early: its offset is then ``whole + k·step``, and among the first few dozen ``k`` there is nearly always one within
0.03 px of the offset wanted (multiples of a step that is no simple fraction fill the unit interval evenly). Where there
is none, ``warpAffine`` draws that frame: the same kernel, so nothing shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.timeline import Motion, Size
from reelforge.render.motion import View, ends, view_at
from reelforge.render.planes import Plane, Planes, Rgb, yuv_from_rgb

_PHASES = 64
_PAD = 104
"""Room before the picture for the early columns: more than ``_PHASES`` times the largest step drawn this way."""
_NEAREST = 0.01
"""The first early column with an error this small is taken, so that little is drawn for nothing."""
_NEAR = 0.03
_HEADROOM = 1.045
_LARGEST_STEP = 1.6
_LEVEL_RATIO = 1.5
_MOST_PIXELS = 40_000_000
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where the first output sample lies: ``offset + step/2 − ½`` in padded source samples."""

    step: float
    offset: float


@dataclass(frozen=True, slots=True)
class _Phase:
    """Begin at source sample ``whole`` and leave out the first ``early`` output samples."""

    whole: int
    early: int


class Scratch:
    """A worker's room for resampling, allocated once."""

    def __init__(self, size: Size) -> None:
        extra = _PHASES + 8
        self._room = np.empty((size.height + extra) * (size.width + extra), np.uint8)
        self._steps = np.arange(_PHASES + 1, dtype=np.float64)

    def plane(self, height: int, width: int) -> Plane:
        """A contiguous (height, width) plane of undefined contents, valid until the next call."""
        return self._room[: height * width].reshape(height, width)

    def phase(self, axis: _Axis) -> _Phase | None:
        """How to reach an offset in whole samples, or None when nothing comes within 0.03 of it."""
        if not 1.0 <= axis.step <= _LARGEST_STEP:
            return None
        starts = axis.offset - self._steps * axis.step
        errors = np.abs(starts - np.rint(starts))
        early = int(np.argmax(errors <= _NEAREST)) or int(np.argmin(errors))
        if errors[early] > _NEAR:
            return None
        return _Phase(round(float(starts[early])), early)


def resample(source: Plane, out: Plane, across: _Axis, down: _Axis, scratch: Scratch) -> None:
    """Fill ``out`` from ``source`` bilinearly; the axes count in samples of ``source``, padding included."""
    column, row = scratch.phase(across), scratch.phase(down)
    if column and row and _resized(source, out, (across.step, down.step), (column, row), scratch):
        return
    height, width = out.shape
    place = np.array(
        [
            [across.step, 0.0, across.offset + (across.step - 1) / 2],
            [0.0, down.step, down.offset + (down.step - 1) / 2],
        ]
    )
    cv2.warpAffine(source, place, (width, height), dst=out, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)


def _resized(
    source: Plane, out: Plane, steps: tuple[float, float], phases: tuple[_Phase, _Phase], scratch: Scratch
) -> bool:
    """Draw through ``resize``; false when the picture ends too near for it."""
    height, width = out.shape
    column, row = phases
    columns = math.ceil((width + column.early) * steps[0]) + 1
    rows = math.ceil((height + row.early) * steps[1]) + 1
    if min(column.whole, row.whole) < 0:
        return False
    if row.whole + rows > source.shape[0] or column.whole + columns > source.shape[1]:
        return False
    part = source[row.whole : row.whole + rows, column.whole : column.whole + columns]
    target = scratch.plane(round(rows / steps[1]), round(columns / steps[0]))
    drawn = cv2.resize(part, None, dst=target, fx=1 / steps[0], fy=1 / steps[1], interpolation=cv2.INTER_LINEAR)
    np.copyto(out, drawn[row.early : row.early + height, column.early : column.early + width])
    return True


@dataclass(frozen=True)
class _Level:
    """The part of the picture that a motion shows, at one size; planes are padded by ``_PAD`` on every side.

    Chroma here is centred on its four luma samples (a plain 2×2 mean); :meth:`Still.draw` moves it to the left siting.
    """

    y: Plane
    u: Plane
    v: Plane
    x0: float
    y0: float
    scale_x: float
    scale_y: float

    def draw(self, view: View, out: Planes, scratch: Scratch) -> None:
        height, width = out.y.shape
        across = _Axis(view.width * self.scale_x / width, (view.x - self.x0) * self.scale_x + _PAD)
        down = _Axis(view.height * self.scale_y / height, (view.y - self.y0) * self.scale_y + _PAD)
        resample(self.y, out.y, across, down, scratch)
        # Left-sited output from centred source: a chroma sample lies a quarter of its own width further left.
        chroma_across = _Axis(across.step, (across.offset - _PAD) / 2 - across.step / 4 + _PAD)
        chroma_down = _Axis(down.step, (down.offset - _PAD) / 2 + _PAD)
        resample(self.u, out.u, chroma_across, chroma_down, scratch)
        resample(self.v, out.v, chroma_across, chroma_down, scratch)


def largest_scale(motion: Motion, picture: tuple[int, int], size: Size) -> float:
    """How large a motion needs a picture of (width, height) at most, as a factor of its own size."""
    return size.width / min(view.width for view in ends(motion, picture, size)) * _HEADROOM


class Still:
    """A picture ready to be drawn at any view of one motion. Immutable after :meth:`prepare`; shared by threads."""

    def __init__(self, motion: Motion, picture: tuple[int, int], size: Size, levels: tuple[_Level, ...]) -> None:
        self._motion = motion
        self._picture = picture
        self._size = size
        self._levels = levels
        self._fixed: Planes | None = None
        first, last = ends(motion, picture, size)
        if first == last:
            fixed = Planes.empty(size)
            self._pick(first).draw(first, fixed, Scratch(size))
            self._fixed = fixed
            self._levels = ()

    @classmethod
    def prepare(cls, rgb: Rgb, original: tuple[int, int], motion: Motion, size: Size) -> Still:
        """Scale a picture for a motion. ``original`` is the picture's own (width, height), which views count in;
        ``rgb`` may be smaller than that (decoded at a fraction of its size).
        """
        first, last = ends(motion, original, size)
        shrink_x, shrink_y = rgb.shape[1] / original[0], rgb.shape[0] / original[1]
        left, right = min(first.x, last.x), max(first.x + first.width, last.x + last.width)
        top, bottom = min(first.y, last.y), max(first.y + first.height, last.y + last.height)
        x0, x1 = math.floor(left * shrink_x), min(math.ceil(right * shrink_x), rgb.shape[1])
        y0, y1 = math.floor(top * shrink_y), min(math.ceil(bottom * shrink_y), rgb.shape[0])
        part = rgb[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        box = (x0 / shrink_x, y0 / shrink_y, part.shape[1] / shrink_x, part.shape[0] / shrink_y)
        scales = _scales(size.width / max(first.width, last.width), size.width / min(first.width, last.width), box)
        levels = tuple(_level(part, box, scale) for scale in scales)
        return cls(motion, original, size, levels)

    @property
    def bytes(self) -> int:
        fixed = self._fixed.flat.nbytes if self._fixed else 0
        return fixed + sum(level.y.nbytes + level.u.nbytes + level.v.nbytes for level in self._levels)

    def draw(self, time: float, out: Planes, scratch: Scratch) -> None:
        """Draw the view at a normalised time (0–1) over the whole of ``out``."""
        if self._fixed:
            out.take(self._fixed)
            return
        view = view_at(self._motion, self._picture, self._size, time)
        self._pick(view).draw(view, out, scratch)

    def _pick(self, view: View) -> _Level:
        """The smallest level that still holds a sample for each output sample."""
        needed = self._size.width / view.width
        for level in reversed(self._levels):
            if level.scale_x >= needed:
                return level
        return self._levels[0]


def _scales(smallest: float, largest: float, box: tuple[float, float, float, float]) -> list[float]:
    """Sizes to prepare, largest first, as output pixels per picture pixel at a view's own scale."""
    most = math.sqrt(_MOST_PIXELS / (box[2] * box[3]))
    scales = [min(largest * _HEADROOM, most)]
    while scales[-1] / smallest > _LEVEL_RATIO * _HEADROOM:
        scales.append(scales[-1] / _LEVEL_RATIO)
    return scales


def _level(part: Rgb, box: tuple[float, float, float, float], scale: float) -> _Level:
    width = max(2, 2 * round(box[2] * scale / 2))
    height = max(2, 2 * round(box[3] * scale / 2))
    luma, blue, red = cv2.split(yuv_from_rgb(part))
    return _Level(
        _padded(_scaled(luma, width, height)),
        _padded(_scaled(blue, width // 2, height // 2)),
        _padded(_scaled(red, width // 2, height // 2)),
        box[0],
        box[1],
        width / box[2],
        height / box[3],
    )


def _scaled(plane: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """An area filter to make a plane smaller (whole halves first, which is fast), a cubic one to make it larger."""
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        half = ((plane.shape[1] + 1) // 2, (plane.shape[0] + 1) // 2)
        plane = cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
    smaller = width <= plane.shape[1] and height <= plane.shape[0]
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def _padded(plane: NDArray[Any]) -> Plane:
    return np.asarray(cv2.copyMakeBorder(plane, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE), np.uint8)
