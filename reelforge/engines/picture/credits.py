"""Who made a picture and what may be done with it, as files beside it say.

The first of these that exists counts: ``NAME.jpg.toml`` or ``NAME.toml`` with the keys below; ``credits.toml`` in the
same folder, a table a file name (``["moon.jpg"]``) and ``["*"]`` for the rest; ``NAME.jpg.license`` in REUSE's form
(``SPDX-License-Identifier:``, ``SPDX-FileCopyrightText:``). Keys: title, author, licence (or license), url, words.
Blocking: reads the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reelforge import toml
from reelforge.domain.asset import Provenance
from reelforge.domain.value import Value
from reelforge.errors import InputError

KEYS: Final = ("title", "author", "licence", "license", "url", "words")
FOLDER_FILE: Final = "credits.toml"
SIZE_LIMIT: Final = 1_000_000
_SPDX: Final = re.compile(r"SPDX-(License-Identifier|FileCopyrightText):\s*(.+)")


class Credit(Value):
    """``words`` are what else the picture can be found by, besides its name and title."""

    title: str = ""
    author: str = ""
    licence: str = ""
    url: str = ""
    words: str = ""

    def provenance(self, source: str) -> Provenance:
        return Provenance(source=source, title=self.title, author=self.author, licence=self.licence, url=self.url)


def read_credit(path: Path) -> Credit:
    """The credit of one picture; empty when nothing is said. Raises InputError for a file that cannot be understood."""
    for sidecar in (path.with_name(f"{path.name}.toml"), path.with_suffix(".toml")):
        if sidecar.name != FOLDER_FILE and sidecar.is_file():
            return _credit(_toml(sidecar), f"{sidecar}")
    whole = path.with_name(FOLDER_FILE)
    if whole.is_file():
        tables = _toml(whole)
        for name in (path.name, "*"):
            if name in tables:
                return _credit(tables[name], f'{whole}, ["{name}"]')
    return _spdx(path.with_name(f"{path.name}.license"))


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise InputError(f"{path} is too large to be a picture's credits.", remedy="Shorten it.")
        return toml.read(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _credit(table: object, where: str) -> Credit:
    if not isinstance(table, Mapping):
        raise InputError(f"{where}: not a table.", remedy=f"Allowed keys are: {', '.join(KEYS)}.")
    for key, value in table.items():
        if key not in KEYS:
            raise InputError(f"{where}: there is no {key!r}.", remedy=f"Allowed keys are: {', '.join(KEYS)}.")
        listed = key == "words" and isinstance(value, list) and all(isinstance(word, str) for word in value)
        if not (listed or isinstance(value, str)):
            raise InputError(f"{where}: {key!r} must be a text.", remedy="Put it between quotes.")
    words = table.get("words", "")
    return Credit(
        title=table.get("title", ""),
        author=table.get("author", ""),
        licence=table.get("licence", table.get("license", "")),
        url=table.get("url", ""),
        words=words if isinstance(words, str) else " ".join(words),
    )


def _spdx(path: Path) -> Credit:
    try:
        text = path.read_text("utf-8", errors="replace")[:SIZE_LIMIT]
    except FileNotFoundError:
        return Credit()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    found = dict(reversed(_SPDX.findall(text)))
    return Credit(
        author=found.get("FileCopyrightText", "").strip(), licence=found.get("License-Identifier", "").strip()
    )
