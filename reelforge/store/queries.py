"""Reads ``queries.sql`` and the migrations: all of ReelForge's SQL lies in those files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_MIGRATION: Final = re.compile(r"^(\d{4})_\w+\.sql$")


def statements() -> Mapping[str, str]:
    """Every statement of ``queries.sql`` by its name."""
    text = resources.files(__package__).joinpath("queries.sql").read_text("utf-8")
    _, *parts = _NAME.split(text)
    return dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))


def migrations() -> tuple[tuple[int, str], ...]:
    """(schema version, script) of each file in ``migrations/``, lowest first; versions count 1, 2, 3 …"""
    files = resources.files(__package__).joinpath("migrations").iterdir()
    found = sorted((int(named[1]), file.read_text("utf-8")) for file in files if (named := _MIGRATION.match(file.name)))
    if [version for version, _ in found] != list(range(1, len(found) + 1)):
        raise RuntimeError(f"The migrations do not count up from 0001: {[version for version, _ in found]}")
    return tuple(found)
