"""Memory of pictures given back to the system as soon as they are."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_MMAP_THRESHOLD: Final = -3  # M_MMAP_THRESHOLD, malloc.h
_LARGE: Final = 1 << 20


def give_back_large() -> None:
    """Let every piece of a megabyte or more be a mapping of its own, which ends when the piece does.

    The GNU C library moves that border up to 32 MB as pieces are freed (mallopt(3)); pictures of many sizes then leave
    holes that hold a third of our memory. Other C libraries have no such call, and no such habit.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_MMAP_THRESHOLD, _LARGE)
