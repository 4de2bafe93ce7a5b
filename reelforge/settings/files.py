"""Finding, reading and parsing ``reelforge.toml``, and what the environment lays over it."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import platformdirs
from msgspec import Struct

from reelforge import resources, toml
from reelforge.errors import InputError
from reelforge.settings.lines import Lines, Part, Place
from reelforge.settings.problems import Problem

NAME: Final = "reelforge.toml"
HOME: Final = "REELFORGE_HOME"
PREFIX: Final = "REELFORGE_"
SECTION: Final = "__"
"""``REELFORGE_SLOTS__ENCODE=2`` stands for ``encode = 2`` in the table ``[slots]``."""


class Document(Struct, frozen=True):
    """A parsed file: its tables with the environment's over them, and which variable gave which place."""

    path: Path
    shown: str
    text: str
    digest: str
    tables: dict[str, Any]
    from_environment: Mapping[Place, str]

    def has(self, place: Place) -> bool:
        """Whether the file or the environment holds this place."""
        node: Any = self.tables
        for part in place:
            if not holds(node, part):
                return False
            node = node[part]
        return True


def holds(node: Any, part: Part) -> bool:
    """Whether a table has this key, or a list this position."""
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and 0 <= part < len(node)


def usual_home(environ: Mapping[str, str]) -> Path:
    """The work folder as far as it is known before any file was read: ``REELFORGE_HOME``, else the platform's place."""
    named = environ.get(HOME, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    return platformdirs.user_data_path("reelforge", appauthor=False)


def find(named: Path | None, environ: Mapping[str, str]) -> Path:
    """The file to read: the one named, else ``./reelforge.toml``, else the work folder's, else the shipped one."""
    if named is not None:
        return named.expanduser()
    for path in (Path(NAME), usual_home(environ) / NAME):
        if path.is_file():
            return path
    return shipped()


def shipped() -> Path:
    """The file that travels with ReelForge: in a wheel beside the presets, in a checkout at its top."""
    inside = resources.folder("config") / NAME
    return inside if inside.is_file() else resources.folder("config").parent / NAME


def read(path: Path, environ: Mapping[str, str], shown: str = "") -> Document:
    """Read and parse a settings file, called ``shown`` in messages.

    Raises InputError for a file that is missing, unreadable or not TOML.
    """
    shown = shown or str(path)
    data = _bytes(path, shown)
    text = toml.decoded(data, shown)
    tables = toml.parsed(text, shown)
    digest = hashlib.sha256(data).hexdigest()
    return Document(path.absolute(), shown, text, digest, tables, _overlay(tables, environ))


def _bytes(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"There is no settings file {shown}.", remedy="Name one that is there with --config, or leave it out."
        ) from error
    except IsADirectoryError as error:
        raise InputError(f"{shown} is a folder.", remedy="Name the TOML file in it with --config.") from error
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise InputError(f"The settings file {shown} cannot be read: {why}.", remedy="Make it readable.") from error


def _overlay(tables: dict[str, Any], environ: Mapping[str, str]) -> dict[Place, str]:
    """Lay ``REELFORGE_TABLE__KEY`` variables over the file's tables; which place came from which variable."""
    origins: dict[Place, str] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or SECTION not in variable:
            continue
        *outer, last = variable.removeprefix(PREFIX).lower().split(SECTION)
        node = tables
        for part in outer:
            inner = node.get(part)
            node[part] = node = dict(inner) if isinstance(inner, dict) else {}
        node[last] = _literal(environ[variable])
        origins[(*outer, last)] = variable
    return origins


def _literal(text: str) -> Any:
    """A variable's text as TOML would read it (``2``, ``true``, ``["a"]``), else as it is."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def located(document: Document, problems: Iterable[Problem]) -> str:
    """Problems as lines of text with their places: in the order of the file, what the environment brought last."""
    lines = Lines(document.text)
    rows: list[tuple[float, str]] = []
    for problem in problems:
        variable = next((v for at, v in document.from_environment.items() if problem.place[: len(at)] == at), None)
        line = lines.of(problem.place)
        where = f"{variable} in the environment" if variable else f"{document.shown} line {line}"
        rows.append((float("inf") if variable else line, f"{where}: {problem.clause}"))
    return "\n".join(dict.fromkeys(text for _, text in sorted(rows, key=lambda row: row[0])))


def unfold(path: str, base: Path) -> Path:
    """A path from a settings file, made absolute: ``~`` is the person's folder, others are relative to ``base``."""
    found = Path(path).expanduser()
    return found if found.is_absolute() else Path(os.path.normpath(base / found))
