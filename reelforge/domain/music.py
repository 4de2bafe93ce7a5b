"""Tracks and the bed chosen from them."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.timeline import Span
from reelforge.domain.value import Value

STRENGTH_STEP: Final = 1_600
"""Samples at 48 kHz: thirty values a second."""


class Track(Value):
    """A track's sidecar (``music/NAME.toml``). ``first_beat`` is in seconds, loudness in LUFS (BS.1770-4)."""

    title: str
    file: str
    mood: str
    bpm: float = Field(gt=20, lt=400)
    first_beat: float = Field(ge=0)
    beats_per_bar: int = Field(default=4, ge=1, le=12)
    bars: int = Field(ge=1)
    seconds: float = Field(gt=0)
    loudness: float
    loop_start_bar: int = Field(default=0, ge=0)
    loop_end_bar: int = Field(ge=1)
    author: str = ""
    licence: str = ""
    rights: str = ""


class Bed(Value):
    """The track chosen for a Reel and which parts of it play, in samples at 48 kHz.

    ``strength`` is how strong the whole track is (0–1), a value every :data:`STRENGTH_STEP` samples.
    """

    track: Track
    asset: AssetRef
    spans: tuple[Span, ...]
    strength: tuple[float, ...] = ()
