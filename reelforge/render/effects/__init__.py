"""Effects: one file each, named as in the timeline.

A file holds ``Options``, the effect's settings with their ranges (:class:`BaseOptions`), and one or more of these
functions, each pure, each leaving everything as it is at a strength or an amount of 0:

``time(options, now) -> float``
    another normalised time (0–1) for the shot's motion or clip; never falling, 0 at 0 and 1 at 1;
``view(options, view, now, frame) -> View``
    another view of the picture, for a frame of that :class:`~reelforge.domain.timeline.Size`. It lies within the view
    it is given, so that it shows nothing of the picture that was not prepared, and the frame stays covered;
``state(options, now, frame) -> tuple`` with ``draw(state, planes, room)``
    what changes the finished frame in place, before anything is laid over it. ``state`` (numbers and texts, a JSON
    array) is all that ``draw`` depends on: it is part of the clip cache's key. None means that the frame stays as it
    is. Legal values (luma 16–235, chroma 16–240) stay legal. ``room`` belongs to one drawing thread: what is costly to
    make is kept there (:func:`reelforge.render.effects._room.kept`), a few pieces for each effect;
``paint(options) -> tuple`` with ``colour(state, rgb) -> rgb``
    what changes the picture's own colours, once for a still and frame by frame for a clip. Its state is like that of
    ``draw``, and says by a hash what a file holds that the effect reads. None means that the colours stay. An
    InputError about such a file begins with the setting's name.

``FOLLOWS``, where there is one, says what of the timeline's sound it follows: ``beats`` or ``energy``.

Times are seconds and normalised time, never frames: an effect is the same at any frame rate. Modules whose names begin
with an underscore are what effects are made of.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from pydantic import ConfigDict, ValidationError

from reelforge.domain.timeline import Effect, Size
from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.render.moment import Moment
from reelforge.render.motion import View
from reelforge.render.naming import unknown
from reelforge.render.planes import Planes, Rgb
from reelforge.render.refusals import place, said

State = tuple[Any, ...]


class BaseOptions(Value):
    """An effect's settings: each with a default and its range, and a number is a number, not a text or a truth."""

    model_config = ConfigDict(strict=True)


class Kind(Struct, frozen=True):
    """An effect's file: its settings and what it does, None where it does nothing of the kind."""

    name: str
    options: type[BaseOptions]
    time: Callable[[Any, Moment], float] | None
    view: Callable[[Any, View, Moment, Size], View] | None
    state: Callable[[Any, Moment, Size], State | None] | None
    draw: Callable[[State, Planes, dict[str, Any]], None] | None
    paint: Callable[[Any], State | None] | None
    colour: Callable[[State, Rgb], Rgb] | None
    files: tuple[str, ...] = ()
    """Settings that may be the path of a file."""
    follows: Literal["", "beats", "energy"] = ""
    """What of the timeline's sound it needs, and stands still without."""


@cache
def names() -> frozenset[str]:
    """The names of all effects there are."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def find(name: str, where: str = "effect") -> Kind:
    """The effect of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in names():
        raise unknown("effect", name, names(), where)
    return _kind(name)


@cache
def _kind(name: str) -> Kind:
    module = import_module(f"{__name__}.{name}")
    parts = {part: getattr(module, part, None) for part in ("time", "view", "state", "draw", "paint", "colour")}
    follows: Literal["", "beats", "energy"] = getattr(module, "FOLLOWS", "")
    return Kind(name=name, options=module.Options, **parts, files=getattr(module, "FILES", ()), follows=follows)


def located(effect: Effect, base: Path) -> Effect:
    """The effect with its relative paths of files (a .cube table, say) counted from a folder."""
    files = _kind(effect.name).files if effect.name in names() else ()
    paths = {key: effect.settings.get(key) for key in files}
    found = {
        key: str(base / Path(path).expanduser())
        for key, path in paths.items()
        if isinstance(path, str) and Path(path).suffix
    }
    return effect.model_copy(update={"settings": {**effect.settings, **found}}) if found else effect


def read(effect: Effect, where: str) -> BaseOptions:
    """The settings of a timeline's effect, checked.

    Raises InputError that begins with ``where`` (the effect's place in its document) for an effect, a setting or a file
    that does not exist, and for a value that is not allowed; it names what would be.
    """
    kind = find(effect.name, f"{where}.name")
    try:
        options = kind.options.model_validate(effect.settings)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        schema, loc = kind.options.model_json_schema(), first["loc"]
        raise said(first, schema, loc, f"{where}.settings.{place(loc)}", f"the effect “{kind.name}”") from error
    if kind.paint:
        try:
            kind.paint(options)
        except InputError as error:
            raise InputError(f"{where}.settings.{error.message}", remedy=error.remedy) from error
    return options
