"""The engines and publishers that settings may name, found by file name and imported only when named."""

from __future__ import annotations

from typing import Any, Final

from reelforge import engines, publish
from reelforge.domain.value import Value

KINDS: Final = ("writer", "voice", "align", "picture", "vision", "music", "publish")
AT_HOME: Final = frozenset({"music", "publish"})
"""Kinds whose engines are told the work folder besides their options."""


def names(kind: str) -> tuple[str, ...]:
    """The engines of a kind, or the publishers."""
    return publish.names() if kind == "publish" else engines.names(kind)


def module(kind: str, name: str) -> Any:
    """The module of an engine or a publisher. Raises InputError for a name that :func:`names` does not list."""
    return publish.load(name) if kind == "publish" else engines.load(kind, name)


def voices(kind: str, name: str) -> tuple[str, ...]:
    """The voices that an engine can list without asking anybody; empty for every other engine."""
    listed = getattr(module(kind, name), "voices", None) if kind == "voice" else None
    return tuple(listed()) if listed else ()


def options(kind: str, name: str) -> type[Value]:
    """The model of an engine's TOML table."""
    found: type[Value] = module(kind, name).Options
    return found
