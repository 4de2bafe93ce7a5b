"""A small record of every composed frame: what the quality check knows of the frames between those it decodes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.timeline import Size
from reelforge.render.planes import Planes

Record = NDArray[np.uint8]
"""(frames, rows, columns), the mean levels of as many equal parts of a plane."""

VERSION: Final = 1
"""Raise it when the same frame gives other numbers or the bytes another form."""
_HEAD = struct.Struct("<4sHHI")
_MARK: Final = b"LOOK"
_CHROMA_CELLS: Final = 144
_LUMA_LINES, _CHROMA_LINES = 320, 96
"""Of how many lines of a plane the means are taken: five (six) of each cell are as good as all, in a fifth of the
time.
"""


def grid(size: Size) -> tuple[int, int]:
    """(rows, columns) of the luma record of a frame: about 2304 cells in the frame's proportions, both multiples of
    four, so that each chroma cell stands on 4×4 luma cells. 9:16 gives 64×36.
    """
    rows = max(1, round((_CHROMA_CELLS * size.height / size.width) ** 0.5))
    return 4 * rows, 4 * max(1, round(_CHROMA_CELLS / rows))


@dataclass
class Looks:
    """Frames one after another: ``y`` (frames, rows, columns), ``u`` and ``v`` a quarter as many each way.

    The arrays have room for all frames at once; the first ``count`` of them are filled. 2592 bytes a frame.
    """

    y: Record
    u: Record
    v: Record
    count: int

    @classmethod
    def room(cls, size: Size, frames: int) -> Looks:
        """An empty record for so many frames of a size."""
        rows, columns = grid(size)
        chroma = (frames, rows // 4, columns // 4)
        return cls(
            np.zeros((frames, rows, columns), np.uint8), np.zeros(chroma, np.uint8), np.zeros(chroma, np.uint8), 0
        )

    @classmethod
    def of(cls, planes: Planes) -> Looks:
        """The record of one frame."""
        height, width = planes.y.shape
        looks = cls.room(Size(width=width, height=height), 1)
        looks.add(planes)
        return looks

    def add(self, planes: Planes) -> None:
        """Note the next frame. Costs 0.1 ms for 1080×1920. Raises IndexError when there is no room left."""
        for record, plane, lines in (
            (self.y, planes.y, _LUMA_LINES),
            (self.u, planes.u, _CHROMA_LINES),
            (self.v, planes.v, _CHROMA_LINES),
        ):
            stride = max(1, len(plane) // lines)
            kept = record[self.count]
            cv2.resize(plane[stride // 2 :: stride], kept.shape[::-1], dst=kept, interpolation=cv2.INTER_AREA)
        self.count += 1

    def extend(self, other: Looks) -> None:
        """Note all frames of another record next. Raises ValueError when it is of another size, or there is no room."""
        end = self.count + other.count
        if self.y.shape[1:] != other.y.shape[1:] or end > len(self.y):
            raise ValueError("a record of frames does not fit to those before it")
        for record, more in ((self.y, other.y), (self.u, other.u), (self.v, other.v)):
            record[self.count : end] = more[: other.count]
        self.count = end

    def to_bytes(self) -> bytes:
        """The filled frames as bytes."""
        rows, columns = self.y.shape[1:]
        planes = (plane[: self.count].tobytes() for plane in (self.y, self.u, self.v))
        return _HEAD.pack(_MARK, rows, columns, self.count) + b"".join(planes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Looks:
        """The record that :meth:`to_bytes` gave. Raises ValueError when it is not one."""
        if len(data) < _HEAD.size:
            raise ValueError("a record of frames is cut short")
        mark, rows, columns, frames = _HEAD.unpack_from(data)
        luma, chroma = frames * rows * columns, frames * (rows // 4) * (columns // 4)
        if mark != _MARK or len(data) != _HEAD.size + luma + 2 * chroma:
            raise ValueError("a record of frames is damaged")
        flat = np.frombuffer(data, np.uint8, offset=_HEAD.size)
        small = (frames, rows // 4, columns // 4)
        y, u, v = np.split(flat, (luma, luma + chroma))
        return cls(y.reshape(frames, rows, columns), u.reshape(small), v.reshape(small), frames)

    @classmethod
    def joined(cls, parts: Iterable[Looks]) -> Looks:
        """Records of consecutive frames as one. Raises ValueError when their sizes differ, or there is none."""
        kept = [(part.y[: part.count], part.u[: part.count], part.v[: part.count]) for part in parts]
        y, u, v = (np.concatenate(planes) for planes in zip(*kept, strict=True))
        return cls(y, u, v, len(y))
