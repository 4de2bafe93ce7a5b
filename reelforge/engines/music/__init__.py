"""Music: the length and mood of a Reel in, a bed cut on bar lines out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.music import Bed, Track
from reelforge.domain.value import Value

PARTS: Final = (
    "archive",
    "choosing",
    "cutting",
    "hearing",
    "keeping",
    "moods",
    "plays",
    "shelf",
    "tracks",
    "watching",
)
"""Files of this folder that are not engines."""


class MusicRequest(Value):
    """``samples`` at 48 kHz to fill; ``mood`` is a preset's name; ``seed`` picks among fitting tracks repeatably;
    ``public`` asks for a track that may be published.
    """

    mood: str
    samples: int
    seed: int = 0
    public: bool = False


class FoundBed(Value):
    """A bed, or none when the channel wants no music."""

    bed: Bed | None = None


class MusicEngine(Protocol):
    name: str

    @property
    def identity(self) -> Mapping[str, Any]: ...

    async def bed(self, context: StepContext, request: MusicRequest) -> FoundBed: ...

    async def current(self, bed: Bed) -> Track:
        """A bed's track as it is described now; as it was, where its file is gone.

        No step: a right may be given or withdrawn at any time. Raises InputError when the description cannot be read.
        """

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...
