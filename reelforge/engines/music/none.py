"""No music: the speech stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.music import Bed, Track
from reelforge.domain.value import Value
from reelforge.engines.music import FoundBed, MusicRequest


class Options(Value):
    """There is nothing to choose."""


class Engine:
    """Finds no bed, on purpose."""

    name = "none"

    def __init__(self, options: Options, home: Path | None = None) -> None:  # noqa: ARG002  # every music engine's shape
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 1}

    @step(version=1, tries=1)
    async def bed(self, context: StepContext, request: MusicRequest) -> FoundBed:  # noqa: ARG002  # the protocol's shape
        return FoundBed()

    async def current(self, bed: Bed) -> Track:
        return bed.track

    def check(self) -> Iterable[Finding]:
        return (Finding(subject="music none", ok=True, sentence="Reels of this channel have no music."),)

    async def aclose(self) -> None:
        """Nothing is held open."""
