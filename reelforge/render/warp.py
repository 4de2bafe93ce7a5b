"""Moving, bending and mixing whole frames plane by plane, with every chroma sample kept on its site.

Places are given in luma pixels, 0 being the centre of the first; a :class:`Grid` knows where the samples of a plane
stand among them. A frame's extent along an axis therefore runs from −½ to its length less ½.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.render.planes import Plane, Planes

Weights = NDArray[np.uint8]
"""How much of the upper picture is seen, 0–255."""

Matrix = NDArray[np.float64]
"""(3, 3): from a place in the output to a place in the source, homogeneous."""

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def smooth(time: float, start: float = 0.0, stop: float = 1.0) -> float:
    """0 up to ``start``, 1 from ``stop`` on, a cubic without a kink between (GLSL's smoothstep)."""
    done = min(max((time - start) / (stop - start), 0.0), 1.0)
    return done * done * (3.0 - 2.0 * done)


def smooth_all(values: NDArray[Any]) -> NDArray[Any]:
    """:func:`smooth` from 0 to 1 of each value."""
    done = np.clip(values, 0.0, 1.0)
    return np.asarray(done * done * (3.0 - 2.0 * done))


class Way(Struct, frozen=True):
    """A direction: the axis of the planes it follows (0 down, 1 across) and whether places grow along it."""

    axis: int
    grows: bool

    @classmethod
    def of(cls, direction: str) -> Way:
        return cls(0 if direction in {"up", "down"} else 1, direction in {"right", "down"})

    def part(self, plane: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
        """The samples ``[start, stop)`` of a plane along the axis, as a view."""
        return plane[start:stop] if self.axis == 0 else plane[:, start:stop]


class Grid(Struct, frozen=True):
    """Where the samples of a plane of (height, width) ``shape``, or of a copy of it made smaller, stand in a ``frame``.

    They share the frame evenly, but ``shift`` luma pixels further right than so: −½ in left-sited chroma.
    """

    shape: tuple[int, int]
    frame: tuple[int, int]
    shift: float

    def step(self, axis: int) -> float:
        """How many luma pixels one sample is from the next."""
        return self.frame[axis] / self.shape[axis]

    def first(self, axis: int) -> float:
        """Where the first sample stands."""
        return (self.step(axis) - 1) / 2 + (self.shift if axis == 1 else 0.0)

    def places(self, axis: int) -> NDArray[np.float32]:
        """Where the samples stand along an axis."""
        return np.arange(self.shape[axis], dtype=np.float32) * np.float32(self.step(axis)) + np.float32(
            self.first(axis)
        )

    def of_copy(self, plane: Plane) -> Grid:
        """The grid of a smaller copy of the plane."""
        return Grid((plane.shape[0], plane.shape[1]), self.frame, self.shift)

    @property
    def to_luma(self) -> Matrix:
        """From a sample's (column, row) to its place."""
        return np.array([[self.step(1), 0.0, self.first(1)], [0.0, self.step(0), self.first(0)], [0.0, 0.0, 1.0]])


class Layers(Struct, frozen=True):
    """One plane of the three frames of a transition; ``black`` is its value for black."""

    below: Plane
    above: Plane
    out: Plane
    grid: Grid
    black: int


def layers(below: Planes, above: Planes, out: Planes) -> Iterator[Layers]:
    """The planes of three frames, luma first."""
    height, width = out.y.shape
    luma = Grid((height, width), (height, width), 0.0)
    chroma = Grid((height // 2, width // 2), (height, width), -0.5)
    yield Layers(below.y, above.y, out.y, luma, 16)
    yield Layers(below.u, above.u, out.u, chroma, 128)
    yield Layers(below.v, above.v, out.v, chroma, 128)


def keep_legal(one: Layers) -> None:
    """Take what rounding has carried out of the limited range (16–235, chroma 16–240) back into it, in ``out``."""
    np.clip(one.out, 16, 235 if one.black == 16 else 240, out=one.out)


def strip(source: Plane, way: Way, first: float, count: int) -> Plane:
    """``count`` samples along an axis from a fractional index on, between two by their linear mean.

    Past the ends the last sample goes on. A new plane: nothing written later to ``source`` shows in it.
    """
    length, whole = source.shape[way.axis], int(np.floor(first))
    start = min(max(whole, 0), length - 1)
    part = way.part(source, start, min(max(whole + count + 1, start + 1), length))
    if missing := count + 1 - part.shape[way.axis]:
        before = min(max(-whole, 0), missing)
        room = [(0, 0), (0, 0)]
        room[way.axis] = (before, missing - before)
        part = np.pad(part, room, mode="edge")
    share = first - whole
    mixed = cv2.addWeighted(way.part(part, 0, count), 1.0 - share, way.part(part, 1, count + 1), share, 0.0)
    return np.asarray(mixed, np.uint8)


def behind(grid: Grid, way: Way, edge: float) -> NDArray[np.float32]:
    """How much of each sample along the way (0–1) an edge that moves there has passed.

    ``edge`` counts in luma pixels from the frame's border at which places are least. A sample stands for a step around
    its place, as far as that is in the frame: an edge at a border has passed all of them or none.
    """
    middle, reach = grid.places(way.axis) + 0.5, grid.step(way.axis) / 2
    first, last = np.maximum(middle - reach, 0.0), np.minimum(middle + reach, grid.frame[way.axis])
    passed = edge - first if way.grows else last - edge
    return np.asarray(np.clip(passed / (last - first), 0.0, 1.0), np.float32)


def ahead(grid: Grid, way: Way, time: float) -> NDArray[np.float32]:
    """How far each sample along the way lies before the edge of a frame that has come in by ``time``, in luma pixels.

    Negative behind the edge.
    """
    places = grid.places(way.axis) + np.float32(0.5)
    length = grid.frame[way.axis]
    return places - np.float32(length * time) if way.grows else np.float32(length * (1.0 - time)) - places


def entering(one: Layers, way: Way, time: float) -> tuple[Plane, NDArray[np.float32]]:
    """The plane above on its way into the frame, and how much of each sample along the way it covers (0–1)."""
    count = one.above.shape[way.axis]
    moved = strip(one.above, way, count * (1.0 - time if way.grows else time - 1.0), count)
    edge = one.grid.frame[way.axis] * (time if way.grows else 1.0 - time)
    return moved, behind(one.grid, way, edge)


def weights(cover: NDArray[Any]) -> Weights:
    """Shares of 0–1 as weights, to nearest."""
    return np.rint(cover * 255.0).astype(np.uint8)


def spread(along: NDArray[Any], way: Way, shape: tuple[int, ...]) -> NDArray[Any]:
    """A row (or column) of values along an axis, repeated over a plane of that shape."""
    values = along[:, None] if way.axis == 0 else along
    return np.ascontiguousarray(np.broadcast_to(values, shape))


def mix(below: Plane, above: Plane, weight: Weights, out: Plane) -> None:
    """Blend two planes sample by sample. Equal samples stay as they are: the two rounding errors cancel."""
    shown = cv2.multiply(above, weight, scale=1 / 255)
    rest = cv2.multiply(below, cv2.bitwise_not(weight), scale=1 / 255)
    cv2.add(shown, rest, dst=out)


def reveal(below: Plane, above: Plane, cover: NDArray[Any], way: Way, out: Plane) -> None:
    """Show ``above`` where ``cover`` (0–1 along an axis, monotonic) says so; only the edge itself is blended."""
    weight = weights(cover)
    edge = np.flatnonzero((weight > 0) & (weight < 255))
    if len(edge):
        start, stop = int(edge[0]), int(edge[-1]) + 1
        band = way.part(out, start, stop)
        values = spread(weight[start:stop], way, band.shape)
        mix(way.part(below, start, stop), way.part(above, start, stop), values, band)
    else:
        start = stop = int(np.count_nonzero(weight == weight[0]))
    for first, last, whole in ((0, start, weight[0]), (stop, len(weight), weight[-1])):
        source = above if whole else below
        if source is not out:
            np.copyto(way.part(out, first, last), way.part(source, first, last))


def dim(plane: Plane, light: NDArray[Any], way: Way, black: int) -> None:
    """Darken a plane in place: ``light`` along an axis is 1 for as it is, 0 for black."""
    weight = weights(light)
    cv2.multiply(plane, spread(weight, way, plane.shape), dst=plane, scale=1 / 255)
    rest = np.rint(black * (1.0 - weight / 255.0)).astype(np.uint8)
    cv2.add(plane, spread(rest, way, plane.shape), dst=plane)


def project(source: tuple[Plane, Grid], matrix: Matrix, grid: Grid, part: tuple[slice, slice], border: int) -> Plane:
    """The samples of a part (rows, columns) of a plane, seen through a projection of the whole frame.

    ``source`` may be a smaller copy; ``matrix`` takes luma places in the output to luma places in the source.
    """
    rows, columns = part
    corner = np.array([[1.0, 0.0, columns.start], [0.0, 1.0, rows.start], [0.0, 0.0, 1.0]])
    place = np.linalg.inv(source[1].to_luma) @ matrix @ grid.to_luma @ corner
    size = (columns.stop - columns.start, rows.stop - rows.start)
    if not place[2, :2].any():
        place = place[:2] / place[2, 2]
        return np.asarray(cv2.warpAffine(source[0], place, size, flags=_WARP, borderMode=border), np.uint8)
    return np.asarray(cv2.warpPerspective(source[0], place, size, flags=_WARP, borderMode=border), np.uint8)
