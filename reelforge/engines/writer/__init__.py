"""Writers: an order in, a script out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.doctor import Finding
from reelforge.domain.job import Order, StepContext
from reelforge.domain.script import Script
from reelforge.domain.value import Value

PARTS: Final = ("chat", "frontmatter", "headings", "markdown", "prompt", "schema", "sentences")
"""Files of this folder that are not engines."""


class Brief(Value):
    """What a channel wants its scripts to be."""

    language: str = "en"
    about: str = ""
    tone: str = ""
    seconds: tuple[int, int] = (30, 60)
    words_per_minute: int = 165
    hashtags: tuple[str, ...] = ()


class WriterEngine(Protocol):
    name: str

    @property
    def identity(self) -> Mapping[str, Any]: ...

    async def write(self, context: StepContext, order: Order, brief: Brief) -> Script:
        """Write (or take over) a script for an order. A step."""

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...
