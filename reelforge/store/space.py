"""Room on the disk: a gate before work begins, and a ballast that is thrown off when the disk is full all the same.

On a full disk SQLite cannot even delete a row. The ballast is a file that may go at any time; what it frees is enough
to write down how the jobs ended.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reelforge.errors import NeedsPersonError

GIB: Final = 1 << 30
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a file cannot grow: the disk, the person's share of it, or the largest file is reached."""


def disk_full(where: Path) -> NeedsPersonError:
    """The sentence for a disk on which nothing more can be written."""
    return NeedsPersonError(
        f"The disk is full: nothing more can be written in {where}.",
        remedy="Free some space, then run the job again with `reelforge retry`.",
    )


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class SpaceGate:
    """Refuses new work when fewer than ``minimum`` bytes are free where ``folder`` lies. 0 lets everything through."""

    def __init__(self, folder: Path, minimum: int = GIB, free: Callable[[Path], int] = _free) -> None:
        self._folder = folder
        self._minimum = minimum
        self._free = free

    def demand(self, minimum: int) -> None:
        """Take another minimum from edited settings."""
        self._minimum = minimum

    def check(self) -> None:
        """Raises NeedsPersonError with the room there is and the room there should be."""
        if self._minimum <= 0:
            return
        free = self._free(self._folder)
        if free < self._minimum:
            raise NeedsPersonError(
                f"The disk that holds {self._folder} has only {_amount(free)} free; ReelForge stops below "
                f"{_amount(self._minimum)}.",
                remedy="Free some space, then run the job again with `reelforge retry`.",
            )


class Ballast:
    """A file of ``size`` bytes that stands for room the journal can have when there is no other."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    def load(self) -> None:
        """Make the file, unless it is there or the disk has not ten times its size to spare."""
        there = self._path.stat().st_size if self._path.is_file() else 0
        if self._size <= 0 or there == self._size or _free(self._path.parent) < 10 * self._size:
            return
        block = bytes(1 << 20)
        try:
            with self._path.open("wb") as file:
                for start in range(0, self._size, len(block)):
                    file.write(block[: self._size - start])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._path.unlink(missing_ok=True)
            if error.errno in FULL:
                raise disk_full(self._path.parent) from error
            raise

    def drop(self) -> bool:
        """Remove the file; true when that freed something."""
        if not self._path.is_file():
            return False
        self._path.unlink()
        return True


def _amount(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB // 10 else f"{size / (1 << 20):.1f} MiB"
