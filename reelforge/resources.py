"""Where the shipped material lies: ``config/``, ``music/``, ``fonts/`` and ``demo/``.

In a checkout they stand beside the package; in a wheel they travel inside it as ``reelforge/share/``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

Part = Literal["config", "music", "fonts", "demo"]


@cache
def _root() -> Path:
    package = Path(__file__).resolve().parent
    inside = package / "share"
    return inside if inside.is_dir() else package.parent


def folder(part: Part) -> Path:
    """The folder of one kind of shipped material; read-only."""
    return _root() / part
