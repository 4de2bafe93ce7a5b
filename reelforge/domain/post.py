"""A finished video and the account of how it came to be."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.value import Value


class Check(Value):
    """One thing looked at in a finished rendition; ``sentence`` says what was found, for a person."""

    name: str
    passed: bool
    sentence: str


class Rendition(Value):
    """A rendered video with what belongs to it."""

    video: AssetRef
    cover: AssetRef
    contact_sheet: AssetRef
    frames: int = Field(gt=0)
    seconds: float = Field(gt=0)
    encoder: str
    loudness: float
    true_peak: float
    checks: tuple[Check, ...]


class Publication(Value):
    """Where a rendition went: files by their role (``video``, ``cover``, ``captions``, ``receipt`` …) as paths."""

    publisher: str
    folder: str
    files: dict[str, str]


class Receipt(Value):
    """The account of one Reel, as written to ``receipt.json``; plain JSON values."""

    document: dict[str, Any]
