"""Transitions: one file each, named as in the timeline, holding a function ``blend``.

``blend(below, above, out, time)`` fills ``out`` from the frame of the shot that leaves and the frame of the shot that
comes, at a normalised time (above 0, below 1). ``out`` may be the same frame as ``above``. It depends on nothing else.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Protocol

from reelforge.render.naming import unknown
from reelforge.render.planes import Planes


class Blend(Protocol):
    def __call__(self, below: Planes, above: Planes, out: Planes, time: float) -> None: ...


@cache
def names() -> frozenset[str]:
    """The names of all transitions there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str, where: str = "transition") -> Blend:
    """The transition of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("transition", name, names(), where)
    blend: Blend = import_module(f"{__name__}.{name}").blend
    return blend
