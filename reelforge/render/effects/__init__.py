"""Effects: one file each, named as in the timeline.

A file holds ``Options``, the effect's settings with their ranges (a :class:`~reelforge.domain.value.Value`), and one or
more of these functions, each pure:

``time(options, now) -> float``
    another normalised time (0–1) for the shot's motion or clip;
``view(options, view, now, frame) -> View``
    another view of the picture, for a frame of that :class:`~reelforge.domain.timeline.Size`;
``state(options, now, frame) -> tuple`` with ``draw(state, planes, room)``
    what changes the finished frame in place. ``state`` (numbers and texts, a JSON array) is all that ``draw`` depends
    on: it is part of the clip cache's key. None means that the frame stays as it is;
``paint(options) -> tuple`` with ``colour(state, rgb) -> rgb``
    what changes the picture's own colours, once for a still and frame by frame for a clip.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from reelforge.domain.timeline import Size
from reelforge.domain.value import Value
from reelforge.render.moment import Moment
from reelforge.render.motion import View
from reelforge.render.naming import unknown
from reelforge.render.planes import Planes, Rgb

State = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """An effect's file."""

    name: str
    options: type[Value]
    time: Callable[[Any, Moment], float] | None
    view: Callable[[Any, View, Moment, Size], View] | None
    state: Callable[[Any, Moment, Size], State | None] | None
    draw: Callable[[State, Planes, dict[str, Any]], None] | None
    paint: Callable[[Any], State] | None
    colour: Callable[[State, Rgb], Rgb] | None


@cache
def names() -> frozenset[str]:
    """The names of all effects there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str, where: str = "effect") -> Kind:
    """The effect of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("effect", name, names(), where)
    module = import_module(f"{__name__}.{name}")
    parts = {part: getattr(module, part, None) for part in ("time", "view", "state", "draw", "paint", "colour")}
    return Kind(name=name, options=module.Options, **parts)
