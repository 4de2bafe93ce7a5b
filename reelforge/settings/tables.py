"""What the tables of ``reelforge.toml`` mean to one another: which of them choose engines, a channel's own over the
defaults, an engine's, and the files they name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reelforge.settings.files import Document, unfold

CHANNEL: Final = "{channel}"
_PATH: Final = re.compile(r"(^|_)(folder|path|file)$")
_CHOOSERS: Final = ("engine", "engines", "style", "name")
"""Keys that say what a table's other keys are about."""


class Kind(NamedTuple):
    """A table of a channel that chooses engines: their kind, whether there are several, and who works unasked."""

    kind: str
    many: bool
    usual: tuple[str, ...]


ENGINES: Final[Mapping[str, Kind]] = {
    "voice": Kind("voice", many=False, usual=("kokoro",)),
    "writer": Kind("writer", many=False, usual=("openai",)),
    "pictures": Kind("picture", many=True, usual=("folder", "backdrop")),
    "vision": Kind("vision", many=False, usual=("onnx",)),
    "music": Kind("music", many=False, usual=("library",)),
    "publish": Kind("publish", many=True, usual=("folder",)),
}


def merged(usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A channel's table over the defaults, key by key, tables in it likewise; but a table that chooses another
    engine, style or name stands alone, because the rest of the default's table speaks of another thing.
    """
    result = dict(usual)
    for key, value in own.items():
        base = usual.get(key)
        if isinstance(base, dict) and isinstance(value, dict) and not chooses_anew(key, base, value):
            result[key] = merged(base, value)
        else:
            result[key] = value
    return result


def chooses_anew(key: str, usual: dict[str, Any], own: dict[str, Any]) -> bool:
    """Whether a channel's own table speaks of another engine, style or name than the usual one of that key."""
    unasked: dict[str, Any] = {}
    if key in ENGINES:
        names = ENGINES[key].usual
        unasked = {"engines": list(names)} if ENGINES[key].many else {"engine": names[0]}
    elif key == "captions":
        unasked = {"style": "modern"}
    return any(chooser in own and own[chooser] != usual.get(chooser, unasked.get(chooser)) for chooser in _CHOOSERS)


def engine_table(tables: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """``[engines.KIND.NAME]``, empty when it is not there or no table."""
    node: Any = tables
    for part in ("engines", kind, name):
        node = node.get(part, {}) if isinstance(node, dict) else {}
    return node if isinstance(node, dict) else {}


def absolute(table: dict[str, Any], document: Document, channel: str = "") -> dict[str, Any]:
    """The table with its folders and files as absolute paths: a daemon's own folder is no place to start from.

    ``{channel}`` in a path stands for the channel's name, so that one line of the defaults serves all of them.
    """
    paths = {key: value for key, value in table.items() if _PATH.search(key) and isinstance(value, str) and value}
    if channel:
        paths = {key: value.replace(CHANNEL, channel) for key, value in paths.items()}
    return {**table, **{key: str(unfold(value, document.path.parent)) for key, value in paths.items()}}
