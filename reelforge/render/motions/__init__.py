"""Motions: one file each, named as in the timeline, holding a function ``views``.

``views(motion, picture, frame, now)`` gives the view of a picture of (width, height) at a :class:`Moment`, for a frame
of that size. A motion that moves the subject apart from what is behind it gives two: of the far and of the near layer.
It depends on nothing else, and on time only as seconds and normalised time, so that it is the same at any frame rate.
``TRAVELS`` says of a motion that it does nothing else: where the frame holds all of the picture, nothing of it is left.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module

from reelforge.domain.timeline import Motion, Size
from reelforge.render.moment import Moment
from reelforge.render.motion import View
from reelforge.render.naming import unknown

Views = Callable[[Motion, tuple[int, int], Size, Moment], tuple[View, ...]]


@cache
def names() -> frozenset[str]:
    """The names of all motions there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str, where: str = "motion") -> Views:
    """The motion of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("motion", name, names(), where)
    views: Views = import_module(f"{__name__}.{name}").views
    return views


def only_travels(name: str) -> bool:
    """Whether the motion needs a picture that the frame does not hold all of."""
    return bool(getattr(import_module(f"{__name__}.{name}"), "TRAVELS", False))
