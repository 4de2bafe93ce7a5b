"""How much memory a render may hold, and giving back what it no longer does."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio

_TRIM_THRESHOLD: Final = -1  # M_TRIM_THRESHOLD, malloc.h
_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD
_LARGE: Final = 4 << 20
_KEPT: Final = 16 << 20
_LEAST_ROOM: Final = 1 << 30
_SHARE: Final = 32


def give_back_large() -> None:
    """Let every piece of 4 MB or more be a mapping of its own, which ends when the piece does.

    The GNU C library moves that border up to 32 MB as pieces are freed (mallopt(3)); pictures of many sizes then leave
    holes that hold a third of our memory. Smaller pieces, those of captions and single planes, come and go with every
    frame: to map them anew each time takes a tenth of all our time, and so would giving back the end of the heap
    whenever 128 kB of it are free. Other C libraries have no such call, and no such habit.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, _KEPT)


def give_back_free() -> None:
    """Give the system what is free of all memory, for a process that may now wait for long: after a few previews it
    held 400 MB, of which 170 are in use. This takes a few hundredths of a second.
    """
    gc.collect()
    system = ctypes.CDLL(None)
    if relieve := getattr(system, "malloc_trim", None):  # malloc_trim(3), the GNU C library
        relieve(0)
    elif relieve := getattr(system, "malloc_zone_pressure_relief", None):  # macOS's malloc/malloc.h
        relieve.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
        relieve(None, 0)


class Room:
    """The memory that encoders may hold together, whichever jobs they work for.

    ``size`` is in bytes; left out, it is a thirty-second of the machine's memory, at least a gigabyte.
    """

    def __init__(self, size: int | None = None) -> None:
        self.bytes = size or max(_LEAST_ROOM, _memory() // _SHARE)
        self._free = self.bytes
        self._freed = anyio.Condition()
        self._waiting: deque[object] = deque()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Wait until so much is free, and hold it. What is larger than all there is waits for all of it.

        Who came first is served first: small ones would else for ever take what a large one waits for.
        """
        size, turn = min(size, self.bytes), object()
        async with self._freed:
            self._waiting.append(turn)
            try:
                while self._waiting[0] is not turn or self._free < size:
                    await self._freed.wait()
                self._free -= size
            finally:
                self._waiting.remove(turn)
                self._freed.notify_all()
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._freed:
                    self._free += size
                    self._freed.notify_all()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
