"""File names that hold on macOS and Linux and that a person can read."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST_CHARS: Final = 60
LONGEST_BYTES: Final = 120
"""Half of what a name may have (255 bytes), so that a date, a job and a suffix fit beside it."""


def slug(text: str, otherwise: str = "reel") -> str:
    """Letters, digits and accents of any script in lower case, joined by single hyphens; ``otherwise`` when none are
    left. Cut at a hyphen where possible.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text.casefold()):
        if unicodedata.category(character)[0] in "LNM":
            kept.append(character)
        elif character not in "'’" and kept and kept[-1] != "-":
            kept.append("-")
    name = unicodedata.normalize("NFC", "".join(kept)).strip("-")
    if len(name) > LONGEST_CHARS or len(name.encode()) > LONGEST_BYTES:
        name = _cut(name)
    return name or otherwise


def _cut(name: str) -> str:
    cut = name[:LONGEST_CHARS]
    while len(cut.encode()) > LONGEST_BYTES:
        cut = cut[:-1]
    at_hyphen, _, _ = cut.rpartition("-")
    return (at_hyphen if len(at_hyphen) >= len(cut) // 2 else cut).strip("-")
