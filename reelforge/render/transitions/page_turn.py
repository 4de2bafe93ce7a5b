"""The shot is a page that is turned: it rolls up from a corner, showing its back, and the next one lies beneath.

The sheet bends about a cylinder that rolls over the frame, its axis a little askew; the camera is above the middle.
All that bends depends on one coordinate, ``s``, across the axis: where a ray meets the sheet, which point of it that
is, how much light it has. These are tables over ``s``. The axis leans by a quarter, so each row of pixels reads them a
quarter of a pixel further on than the row before: a view of the table with strides of its own.

Lengths are in luma pixels from the middle of the frame; ``a`` counts against the way, ``b`` across it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import cv2
import numpy as np
from msgspec import Struct
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes
from reelforge.render.warp import Grid, Layers, Way, Weights, layers, mix, weights

EASING = "sine_in_out"
DIRECTED = True
_LEAN = 4
"""The cotangent of the axis's slant."""
_COSINE, _SINE = _LEAN / math.hypot(_LEAN, 1), 1 / math.hypot(_LEAN, 1)
_RADIUS = 0.2
"""The cylinder's radius as a share of the frame along the way."""
_CAMERA = 1.3
"""How high the camera is above the sheet, as a share of the frame's diagonal."""
_PAPER = {16: 226, 128: 128}
"""The back of the page in luma and (by the value of black) in chroma."""
_SEEN_THROUGH = 0.3
_LIGHT = (0.45, 0.89)
"""Where the light comes from: along ``s`` and from above."""
_AMBIENT = 0.3
_SHADOW = 0.6
_CELLS = 135
"""Cells along the frame's shorter side, one pixel of each of which tells where the sheet is raised."""
_ROWS = 64
"""Luma rows drawn at once, so that their tables stay in the processor's cache."""

Scalar = TypeVar("Scalar", bound=np.generic)
Table = NDArray[np.float32]
"""A value for each step of ``s``."""


class _Sheet(Struct, frozen=True):
    """The sheet lies flat up to ``fold``, winds half way round a cylinder and goes on flat above itself."""

    fold: float
    radius: float
    camera: float

    @classmethod
    def at(cls, frame: tuple[int, int], way: Way, time: float) -> _Sheet:
        along, across = frame[way.axis], frame[1 - way.axis]
        radius, corner = _RADIUS * along, (along * _COSINE + across * _SINE) / 2
        return cls(corner - time * (2 * corner + 1.02 * radius), radius, _CAMERA * math.hypot(along, across))


class _Lie(Struct, frozen=True):
    """How the samples of a plane lie to the axis: sample (0, 0) in ``a``, ``b`` reads the table at 0."""

    grid: Grid
    way: Way

    @property
    def s(self) -> Table:
        """The coordinate each entry of the plane's tables stands for."""
        step = self.grid.step(self.way.axis)
        count = [size - 1 for size in self.grid.shape]
        first = self._offset(self.way.axis) + self._offset(1 - self.way.axis) / _LEAN
        entries = np.arange(int(step * (_LEAN * count[self.way.axis] + count[1 - self.way.axis])) + 1)
        return ((first + entries / _LEAN) * _COSINE).astype(np.float32)

    def _offset(self, axis: int) -> float:
        """``a`` or ``b`` of the sample at which the table begins."""
        places = self.grid.places(axis)
        middle = (self.grid.frame[axis] - 1) / 2
        return float(middle - places[-1] if axis == self.way.axis and self.way.grows else places[0] - middle)

    def read(self, table: NDArray[Scalar]) -> NDArray[Scalar]:
        """A table's value for each sample of the plane, as a view."""
        step, size = int(self.grid.step(self.way.axis)), table.itemsize
        along, across = step * _LEAN * size, step * size
        strides = (along, across) if self.way.axis == 0 else (across, along)
        view = as_strided(table, self.grid.shape, strides, writeable=False)
        return np.flip(view, self.way.axis) if self.way.grows else view


class _Surface(Struct, frozen=True):
    """One side of the sheet as the camera sees it, by ``s``.

    ``near`` is how much nearer the middle a point is than it seems, because it is raised; ``ahead`` how far the point
    of the sheet is from there, along ``s``; ``light`` is what it reflects, ``cover`` where it is (0–1).
    """

    near: Table
    ahead: Table
    light: Table
    cover: Table


def blend(below: Planes, above: Planes, out: Planes, time: float, direction: str) -> None:
    way = Way.of(direction)
    frame = (out.y.shape[0], out.y.shape[1])
    sheet = _Sheet.at(frame, way, time)
    luma, *chroma = layers(below, above, out)
    shade, parts = None, []
    for planes in ([luma], chroma):
        lie = _Lie(planes[0].grid, way)
        inner, back = _surfaces(sheet, lie.s)
        if shade is None:
            cell = max(min(frame) // _CELLS, 1)
            raised = [_raised(lie, surface, cell) for surface in (inner, back)]
            parts = [
                list(_parts(cover, cell, frame)) for cover in (np.where(raised[1] < 1.0, raised[0], 0.0), raised[1])
            ]
            shade = _shade(lie, raised, (inner, back), cell)
        _lay(planes, lie, sheet)
        _draw(planes, lie, inner, parts[0], 0.0)
        if shade.min() < 255:
            size = (lie.grid.shape[1], lie.grid.shape[0])
            light = np.asarray(cv2.resize(shade, size, interpolation=cv2.INTER_LINEAR), np.uint8)
            for one in planes:
                _light(one.out, light, one.black)
        _draw(planes, lie, back, parts[1], 1.0 - _SEEN_THROUGH)


def _shade(lie: _Lie, raised: list[NDArray[np.float32]], surfaces: tuple[_Surface, ...], cell: int) -> Weights:
    """How much light reaches what lies beneath the sheet: the higher that is, the less."""
    every = (slice(cell // 2, None, cell),) * 2
    high = []
    for cover, surface in zip(raised, surfaces, strict=True):
        height = lie.read(1.0 - surface.near)[every]
        high.append(cover * height)
    radius = _RADIUS * lie.grid.frame[lie.way.axis]
    most = 2 * radius / (_CAMERA * math.hypot(*lie.grid.frame))
    shade = np.minimum(np.maximum(*high) / most, 1.0).astype(np.float32)
    soft = cv2.GaussianBlur(shade, (0, 0), 0.3 * radius / cell, borderType=cv2.BORDER_REPLICATE)
    return weights(1.0 - _SHADOW * np.asarray(soft))


def _lay(planes: Sequence[Layers], lie: _Lie, sheet: _Sheet) -> None:
    """Draw what lies flat: the sheet up to its fold and the next shot beyond it."""
    cover = np.clip((np.float32(sheet.fold) - lie.s) / np.float32(lie.grid.step(0) * _COSINE) + 0.5, 0.0, 1.0)
    flat = np.ascontiguousarray(lie.read(weights(cover)))
    for one in planes:
        mix(one.above, one.below, flat, one.out)


def _surfaces(sheet: _Sheet, s: Table) -> tuple[_Surface, _Surface]:
    """The inner side of the bend (which continues the flat sheet's front) and the back of the page.

    A ray from the camera through ``s`` passes height z at ``s·(1 − z/camera)``; put into the circle's equation this is
    a quadratic in z, whose lower root is on the inner side, its upper one on the back.
    """
    fold, radius = sheet.fold, sheet.radius
    slope, past = s.astype(np.float64) / sheet.camera, s.astype(np.float64) - fold
    middle, square = slope * past + radius, 1.0 + slope * slope
    inside = middle * middle - square * past * past
    root = np.sqrt(np.maximum(inside, 0.0))
    edge = _edge(s, np.asarray((inside >= 0.0) & (middle > 0.0)))
    low = np.where(past <= 0.0, 0.0, (middle - root) / square)
    high = np.minimum((middle + root) / square, 2 * radius)
    flat_hit = s * (1.0 - 2 * radius / sheet.camera)
    high = np.where(flat_hit <= fold, 2 * radius, high)
    surfaces = []
    # The inner side begins a little before the fold, so that nothing shows through where the flat sheet fades into it.
    for z, cover, side in ((low, edge * (past > -2.0), 1.0), (high, np.where(flat_hit <= fold, 1.0, edge), -1.0)):
        near = 1.0 - z / sheet.camera
        hit = s * near
        turn = np.arctan2(np.maximum(hit - fold, 0.0), radius - z)
        point = fold + radius * turn - side * np.maximum(fold - hit, 0.0)
        bright = side * (_LIGHT[1] * np.cos(turn) - _LIGHT[0] * np.sin(turn)) / _LIGHT[1]
        light = np.minimum(_AMBIENT + (1.0 - _AMBIENT) * np.maximum(bright, 0.0), 1.0)
        surfaces.append(_Surface(*(np.asarray(table, np.float32) for table in (near, point - hit, light, cover))))
    return surfaces[0], surfaces[1]


def _edge(s: Table, hit: NDArray[np.bool_]) -> Table:
    """How much of each entry (0–1) the bend's outline leaves to it: all before the last one that a ray hits."""
    where = np.flatnonzero(hit)
    if not len(where):
        return np.zeros_like(s)
    if where[-1] == len(s) - 1:
        return np.ones_like(s)
    return np.asarray(np.clip((s[where[-1]] - s) / np.float32(_COSINE) + 0.5, 0.0, 1.0), np.float32)


def _maps(lie: _Lie, surface: _Surface) -> tuple[list[Table], list[Table]]:
    """For rows and columns: where the samples lie from the middle, and the table to add once that is drawn nearer.

    Both in samples, so that their sum is an index into the plane.
    """
    grid, way = lie.grid, lie.way
    from_middle, shifts = [], []
    for axis in (0, 1):
        step, middle = grid.step(axis), (grid.frame[axis] - 1) / 2
        lean = _SINE if axis != way.axis else -_COSINE if way.grows else _COSINE
        from_middle.append((grid.places(axis) - np.float32(middle)) / np.float32(step))
        shifts.append((surface.ahead * lean + (middle - grid.first(axis))) / np.float32(step))
    return from_middle, [np.asarray(shift, np.float32) for shift in shifts]


def _raised(lie: _Lie, surface: _Surface, cell: int) -> NDArray[np.float32]:
    """How much of one pixel of each cell (0–1) a surface covers."""
    every = (slice(cell // 2, None, cell),) * 2
    from_middle, shifts = _maps(lie, surface)
    near, cover = lie.read(surface.near)[every], lie.read(surface.cover)[every]
    for axis in (0, 1):
        places = from_middle[axis][every[0]]
        index = near * (places[:, None] if axis == 0 else places) + lie.read(shifts[axis])[every]
        cover = cover * np.clip(np.minimum(index, lie.grid.shape[axis] - 1 - index) + 1.0, 0.0, 1.0)
    return np.asarray(cover, np.float32)


def _parts(raised: NDArray[np.float32], cell: int, frame: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """The parts of the frame (rows, columns, all even) in which there is something, strip by strip."""
    height, width = frame
    for top in range(0, height, _ROWS):
        near = raised[max(top // cell - 1, 0) : (top + _ROWS) // cell + 2]
        columns = np.flatnonzero(near.any(axis=0))
        if len(columns):
            first, last = max((int(columns[0]) - 1) * cell, 0) & ~1, (int(columns[-1]) + 3) * cell & ~1
            yield slice(top, min(top + _ROWS, height)), slice(first, min(last, width))


def _light(plane: Plane, light: Weights, black: int) -> None:
    """Darken a plane in place, sample by sample: 255 leaves it as it is, 0 makes it black."""
    rest = cv2.convertScaleAbs(light, alpha=-black / 255, beta=black)
    cv2.add(cv2.multiply(plane, light, scale=1 / 255), rest, dst=plane)


def _draw(
    planes: Sequence[Layers], lie: _Lie, surface: _Surface, parts: Iterable[tuple[slice, slice]], paper: float
) -> None:
    """Draw a surface over ``out``; ``paper`` is how much its own colour hides of the picture on it."""
    from_middle, shifts = _maps(lie, surface)
    near, down, across = (lie.read(table) for table in (surface.near, *shifts))
    light, cover = (lie.read(weights(table)) for table in (surface.light, surface.cover))
    step = int(lie.grid.step(0))
    for rows, columns in parts:
        part = (slice(rows.start // step, rows.stop // step), slice(columns.start // step, columns.stop // step))
        nearer = np.ascontiguousarray(near[part])
        row = nearer * from_middle[0][part[0], None] + down[part]
        column = nearer * from_middle[1][part[1]] + across[part]
        there = np.minimum(_within(row, lie.grid.shape[0]), _within(column, lie.grid.shape[1]))
        there = np.asarray(cv2.multiply(there, np.ascontiguousarray(cover[part]), scale=1 / 255), np.uint8)
        lit = np.ascontiguousarray(light[part])
        for one in planes:
            seen = cv2.remap(one.below, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            if paper:
                seen = cv2.addWeighted(seen, 1.0 - paper, seen, 0.0, paper * _PAPER[one.black])
            page = np.asarray(seen, np.uint8)
            _light(page, lit, one.black)
            mix(one.out[part], page, there, one.out[part])


def _within(index: Table, count: int) -> Weights:
    """255 for an index into a row of so many samples, 0 from one sample outside it on."""
    away = np.abs(index - np.float32((count - 1) / 2))
    return np.asarray(cv2.addWeighted(away, -255.0, away, 0.0, 255.0 * (count + 1) / 2, dtype=cv2.CV_8U), np.uint8)
