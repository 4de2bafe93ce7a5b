"""Transitions: one file each, named as in the timeline, holding ``EASING`` and a function ``blend``.

``blend(below, above, out, time, direction)`` fills ``out`` from the frame of the shot that leaves (``below``) and the
frame of the shot that comes (``above``), at a normalised time (above 0, below 1) that is eased already; ``direction``
is where things move to. ``out`` may be the same frame as ``above``, never as ``below``, which may be overwritten. It
depends on nothing else. ``EASING`` names the curve that suits the transition when the timeline asks for none, and
``DIRECTED`` says of one that its direction changes what is seen.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from msgspec import Struct

from reelforge.render.naming import unknown
from reelforge.render.planes import Planes


class Kind(Struct, frozen=True):
    """A transition's file."""

    name: str
    easing: str
    directed: bool
    blend: Callable[[Planes, Planes, Planes, float, str], None]


@cache
def names() -> frozenset[str]:
    """The names of all transitions there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str, where: str = "transition") -> Kind:
    """The transition of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("transition", name, names(), where)
    module = import_module(f"{__name__}.{name}")
    return Kind(name, module.EASING, getattr(module, "DIRECTED", False), module.blend)
