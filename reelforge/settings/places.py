"""Which folders to watch so that no way of changing a file goes unnoticed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

MOST_LINKS: Final = 40
"""As the kernels have it (ELOOP)."""


class Places(Struct, frozen=True):
    """A file's own ``entries`` (itself, every symbolic link that leads from it to its content, the first missing folder
    on the way), and the existing ``folders`` that hold them. All are real paths, as file systems report them.
    """

    entries: frozenset[Path]
    folders: frozenset[Path]


def places(path: Path) -> Places:
    """The places of a file that may be a link, a chain of links, behind a linked folder, or not there at all."""
    base = Path(os.path.realpath(path.parent))
    entries = [base / path.name]
    ahead = [path.name]
    links = 0
    while ahead and links < MOST_LINKS:
        entry = base / ahead.pop(0)
        if entry.is_symlink():
            links += 1
            entries.append(entry)
            target = entry.readlink()
            if target.is_absolute():
                base, rest = Path(os.path.realpath(target.parent)), [target.name]
            else:
                rest = list(target.parts)
            ahead = rest + ahead
        else:
            entries.append(entry)
            base = Path(os.path.normpath(entry))
    watched = [_standing(entry) for entry in entries]
    return Places(frozenset(entry for entry, _ in watched), frozenset(folder for _, folder in watched))


def _standing(entry: Path) -> tuple[Path, Path]:
    """The entry, or the outermost missing folder around it, and the existing folder that holds it."""
    while not entry.parent.is_dir() and entry.parent != entry:
        entry = entry.parent
    return entry, entry.parent
