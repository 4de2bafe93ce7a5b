"""Kinds of overlays: one file each, named as in the templates' ``kind``.

A file holds ``TITLE``, what a person calls it; ``TEXTS``, the names of the texts it shows, of which the first must be
given; ``IMAGE``, whether it shows a picture: "none", "may" or "must"; ``FIXED``, whether it has its place before
captions and cards have theirs, which then keep off it; ``Options``, its settings (a
:class:`~reelforge.domain.value.Value`); and

``layers(options, stage) -> list``
    what is drawn, the lowest first; ``stage`` (:class:`~reelforge.render.overlays.stage.Stage`) is the frame around it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Literal

from msgspec import Struct

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.naming import unknown


class Kind(Struct, frozen=True):
    """A kind's file."""

    name: str
    title: str
    texts: tuple[str, ...]
    image: Literal["none", "may", "must"]
    fixed: bool
    options: type[Value]
    layers: Callable[[Any, Any], list[AnyLayer]]


@cache
def names() -> frozenset[str]:
    """The names of all kinds there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def find(name: str, where: str = "kind") -> Kind:
    """The kind of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("kind of overlay", name, names(), where)
    module = import_module(f"{__name__}.{name}")
    return Kind(name, module.TITLE, module.TEXTS, module.IMAGE, module.FIXED, module.Options, module.layers)
