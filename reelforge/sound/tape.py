"""Mono sound of any length in a file of bare floats: appended, read and overwritten piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reelforge.sound.closing import Closing
from reelforge.sound.files import BLOCK

Samples = NDArray[np.float32]
_BYTES: Final = 4


class Tape(Closing):
    """An empty tape at ``path``; what was there is overwritten. For memory that must not grow with the sound."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._length = 0

    def __len__(self) -> int:
        """Samples."""
        return self._length

    def append(self, block: Samples) -> None:
        """Go on with (n,) samples."""
        self.write(self._length, block)
        self._length += len(block)

    def silence(self, until: int) -> None:
        """Go on with silence until the tape is so many samples long."""
        while self._length < until:
            self.append(np.zeros(min(BLOCK, until - self._length), np.float32))

    def read(self, start: int, count: int) -> Samples:
        """Up to ``count`` samples from ``start`` on; fewer at the end."""
        self._file.seek(start * _BYTES)
        return np.frombuffer(self._file.read(count * _BYTES), "<f4").astype(np.float32)

    def write(self, start: int, block: Samples) -> None:
        """Put (n,) samples in the place of those from ``start`` on."""
        self._file.seek(start * _BYTES)
        self._file.write(np.ascontiguousarray(block, "<f4").data)

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """All of it from the beginning, in pieces of at most ``size`` samples."""
        for start in range(0, self._length, size):
            yield self.read(start, min(size, self._length - start))

    def close(self) -> None:
        self._file.close()
