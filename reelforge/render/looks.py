"""A small record of every composed frame: what the quality check knows of the frames between those it decodes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from reelforge.domain.timeline import Size
from reelforge.render.planes import Planes

Record = NDArray[np.uint8]
"""(frames, rows, columns), the mean levels of as many equal parts of a plane."""

VERSION: Final = 2
"""Raise it when the same frame gives other numbers or the bytes another form."""
_HEAD = struct.Struct("<4sHHI")
_MARK: Final = b"LOOK"
_CHROMA_CELLS: Final = 144
_LINES: Final = 5
"""Of so many lines of each cell the mean is taken, or a few more: they are as good as all, in a fifth of the time and
less.
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

    The arrays have room for all frames at once; the first ``count`` of them are filled. About 2600
    bytes a frame (4900 in the narrowest), 280 MB an hour at 30 frames a second: those of a whole video lie in a file
    (:meth:`mapped`).
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
        """Note the next frame. Costs 0.1 ms for 1080×1920, and 1 ms where cells are no whole number of pixels wide.
        Raises IndexError when there is no room left.
        """
        for record, plane in ((self.y, planes.y), (self.u, planes.u), (self.v, planes.v)):
            kept = record[self.count]
            stride = _stride(len(plane), len(kept))
            cv2.resize(plane[stride // 2 :: stride], kept.shape[::-1], dst=kept, interpolation=cv2.INTER_AREA)
        self.count += 1

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
        if mark != _MARK or len(data) != _HEAD.size + _starts(frames, (rows, columns))[3]:
            raise ValueError("a record of frames is damaged")
        return cls._of_flat(np.frombuffer(data, np.uint8, offset=_HEAD.size), frames, (rows, columns))

    @classmethod
    def joined(cls, parts: Iterable[Looks]) -> Looks:
        """Records of consecutive frames as one. Raises ValueError when their sizes differ, or there is none."""
        kept = [(part.y[: part.count], part.u[: part.count], part.v[: part.count]) for part in parts]
        y, u, v = (np.concatenate(planes) for planes in zip(*kept, strict=True))
        return cls(y, u, v, len(y))

    @classmethod
    def mapped(cls, parts: Iterable[Looks], frames: int, path: Path) -> Looks:
        """Records of ``frames`` consecutive frames as one that is read from a new file where it is looked at: the
        system takes back the memory for it when it is short of it, so that hours need no more than minutes.

        Raises ValueError when the parts are not of one size or have not so many frames, and OSError when the file
        cannot be written.
        """
        shape, count = (0, 0), 0
        with path.open("wb") as file:
            for part in parts:
                shape = shape if count else part.y.shape[1:]
                if part.y.shape[1:] != shape or count + part.count > frames:
                    raise ValueError("a record of frames does not fit to those before it")
                for start, plane in zip(_starts(frames, shape), (part.y, part.u, part.v), strict=False):
                    file.seek(start + count * plane[0].size)
                    file.write(np.ascontiguousarray(plane[: part.count]).data)
                count += part.count
        if count != frames:
            raise ValueError(f"{count} frames were noted, where there are {frames}")
        return cls._of_flat(np.asarray(np.memmap(path, np.uint8, "r")), frames, shape)

    @classmethod
    def _of_flat(cls, flat: Record, frames: int, shape: tuple[int, int]) -> Looks:
        """The record whose planes lie one after another in ``flat``."""
        rows, columns = shape
        y, u, v = np.split(flat, _starts(frames, shape)[1:3])
        small = (frames, rows // 4, columns // 4)
        return cls(y.reshape(frames, rows, columns), u.reshape(small), v.reshape(small), frames)


def _stride(lines: int, cells: int) -> int:
    """Every how many-th line of a plane is looked at: as many of each cell where that is possible, since means of whole
    lines take a tenth of the time of others, unless that were far more lines.
    """
    whole, rest = divmod(lines, cells)
    most = max(1, whole // _LINES)
    if rest:
        return most
    return next((stride for stride in range(most, most // 10, -1) if whole % stride == 0), most)


def _starts(frames: int, shape: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where each plane of so many frames begins when they lie one after another, and the last one ends."""
    luma = frames * shape[0] * shape[1]
    return 0, luma, luma + luma // 16, luma + luma // 8
