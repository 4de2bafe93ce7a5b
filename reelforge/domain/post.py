"""A finished video and the account of how it came to be."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from reelforge.domain.asset import AssetRef
from reelforge.domain.cues import Word
from reelforge.domain.doctor import Finding
from reelforge.domain.value import Value


class Check(Value):
    """One thing looked at in a finished rendition; ``sentence`` says what was found, for a person.

    ``level`` is how much it counts: an ``error`` has not passed and fails the job; a ``warning`` has passed, and is
    worth a look. Left out, it follows from ``passed``.
    """

    name: str
    passed: bool
    sentence: str
    level: Literal["fine", "warning", "error"] = "fine"

    @model_validator(mode="before")
    @classmethod
    def _level_of(cls, given: Any) -> Any:
        if isinstance(given, dict) and "level" not in given and given.get("passed") is False:
            return {**given, "level": "error"}
        return given

    @model_validator(mode="after")
    def _level_fits(self) -> Check:
        if self.passed == (self.level == "error"):
            raise ValueError("a check fails with the level “error”, and with no other")
        return self


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
    copies: dict[str, str] = Field(default_factory=dict)
    """The same files by role where the order wanted them too (``--out``)."""


class Receipt(Value):
    """The account of one Reel, as written to ``receipt.json``; plain JSON values."""

    document: dict[str, Any]


class Package(Value):
    """Everything a publisher is given about one finished Reel. Captions are whole SRT and WebVTT documents, empty when
    nothing is said; ``timeline_json`` is the timeline as ``reelforge render`` reads it; ``withheld`` says why it may
    not be posted where others see it, if so.
    """

    job: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    title: str
    description: str = ""
    hashtags: tuple[str, ...] = ()
    rendition: Rendition
    srt: str = ""
    vtt: str = ""
    timeline_json: str
    receipt: Receipt
    withheld: Finding | None = None


class Reel(Value):
    """A finished job's result: the rendition, where it was published, when every word is spoken (48 kHz), and what a
    person should look into.
    """

    rendition: Rendition
    publications: tuple[Publication, ...] = ()
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
