"""What a drawing thread keeps from frame to frame, and never more than a few pieces of it for each effect."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from reelforge.render.planes import Plane

Made = TypeVar("Made")

_MOST = 3
"""Two shots are seen in a transition; a third piece is room for what comes next."""


def kept(room: dict[str, Any], name: str, key: Hashable, make: Callable[[], Made]) -> Made:
    """What ``make`` makes for ``key``, made once while it is in use; of each name the longest unused go first."""
    shelf: OrderedDict[Hashable, Made] = room.setdefault(f"effects.{name}", OrderedDict())
    if key in shelf:
        shelf.move_to_end(key)
        return shelf[key]
    while len(shelf) >= _MOST:
        shelf.popitem(last=False)
    shelf[key] = made = make()
    return made


def buffer(room: dict[str, Any], name: str, shape: tuple[int, ...]) -> Plane:
    """A plane of undefined contents, the same one at each call with that name and shape."""
    return kept(room, f"buffer.{name}", shape, lambda: np.empty(shape, np.uint8))
