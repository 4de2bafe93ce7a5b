"""Templates: TOML files that say how an overlay looks, shipped in ``config/templates/`` or a person's own.

A file names its ``kind``; the rest are the settings of that kind, each of which may be left out. An overlay may change
any of them for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from pydantic import ValidationError

from reelforge import toml
from reelforge.domain.timeline import Overlay, Source
from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.render.naming import unknown
from reelforge.render.overlays import kinds
from reelforge.render.overlays.kinds import Kind
from reelforge.render.refusals import said
from reelforge.render.sources import Sources
from reelforge.resources import folder

_MOST_BYTES: Final = 1 << 20
_HEADER: Final = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"-]+)\s*=")


class Filled(Struct, frozen=True):
    """A template with an overlay's own settings over its."""

    kind: Kind
    options: Value


@cache
def names() -> tuple[str, ...]:
    """The shipped templates."""
    return tuple(sorted(path.stem for path in (folder("config") / "templates").glob("*.toml")))


def filled(overlay: Overlay, where: str, sources: Sources) -> Filled:
    """The look of an overlay. Raises InputError, naming the file and the line or the place in the timeline, when there
    is no such template, or it or the overlay's settings ask for what there is not.
    """
    path = _path(overlay.template, f"{where}.template", sources)
    text = _text(path)
    table = toml.parsed(text, f"{path},")
    name = table.pop("kind", None)
    if not isinstance(name, str):
        raise InputError(
            f"{path}: it does not say which kind of overlay it is.",
            remedy=f'Begin it with kind = "…"; there are: {", ".join(sorted(kinds.names()))}.',
        )
    kind = kinds.find(name, f"{path}, line {_line(text, ('kind',))}: kind")
    origin = _Origin(path, text, where, overlay.settings)
    return Filled(kind, _validated(kind, _merged(table, overlay.settings), origin))


def _path(template: str, where: str, sources: Sources) -> Path:
    if "/" in template or template.endswith(".toml"):
        return sources.path(Source(path=template), where)
    if template not in names():
        raise unknown("template", template, names(), where)
    return folder("config") / "templates" / f"{template}.toml"


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: this file is too large to be a template.")
        return toml.decoded(path.read_bytes(), f"{path},")
    except OSError as error:
        raise InputError(f"{path}: it cannot be read ({error.strerror}).", remedy="Correct the path.") from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key, anything else is taken from above."""
    found = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _merged(found[key], value)
        else:
            found[key] = value
    return found


class _Origin(Struct, frozen=True):
    """Where settings come from: a file's text, and over it an overlay at a place of its timeline."""

    path: Path
    text: str
    where: str
    settings: Mapping[str, Any]

    def of(self, loc: tuple[str | int, ...]) -> str:
        keys = [str(part) for part in loc]
        inner: Any = self.settings
        for key in keys:
            inner = inner.get(key, None) if isinstance(inner, Mapping) else None
        if inner is not None:
            return f"{self.where}.settings.{'.'.join(keys)}"
        return f"{self.path}, line {_line(self.text, keys)}: {'.'.join(keys)}"


def _validated(kind: Kind, table: dict[str, Any], origin: _Origin) -> Value:
    try:
        return kind.options.model_validate(table)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        loc = first["loc"]
        raise said(first, kind.options.model_json_schema(), loc, origin.of(loc), f"a {kind.title}") from error


def _line(text: str, keys: Iterable[str]) -> int:
    """The line on which a setting stands, or else the table around it; 1 when neither does. Templates are plain tables,
    so that headers and keys at the lines' beginnings say it all.
    """
    wanted = list(keys)
    table: list[str] = []
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = [part.strip().strip('"') for part in header[1].split(".")]
            place = table
        elif key := _KEY.match(line):
            place = [*table, *(part.strip('"') for part in key[1].split("."))]
        else:
            continue
        if len(place) > depth and place == wanted[: len(place)]:
            best, depth = number, len(place)
    return best
