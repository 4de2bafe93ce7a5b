"""Pictures: what a scene needs to see in, an upright sRGB still out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.picture import Picture, PictureRequest
from reelforge.domain.value import Value

PARTS: Final = ("credits", "decode", "designs", "focus", "gather", "intake", "palette", "words")
"""Files of this folder that are not engines."""


class Found(Value):
    """An engine's answer: a picture, or none when it has nothing that fits and the next engine is asked.

    ``fit`` says how well it suits the scene, 0 when it was taken for want of a better one; of two scenes that were
    given the same picture, the one it suits better keeps it.
    """

    picture: Picture | None = None
    fit: float = 0.0


class PictureEngine(Protocol):
    name: str

    @property
    def identity(self) -> Mapping[str, Any]: ...

    async def find(self, context: StepContext, request: PictureRequest) -> Found:
        """Find or make one picture. A step."""

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...
