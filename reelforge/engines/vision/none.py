"""No eyes: every picture's focus is a little above its middle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reelforge.domain.asset import AssetRef
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.sight import Sight
from reelforge.domain.value import Value


class Options(Value):
    """There is nothing to choose."""


class Engine:
    """Sees nothing, on purpose."""

    name = "none"

    def __init__(self, options: Options) -> None:
        self._options = options

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 1}

    @step(version=1, tries=1)
    async def look(self, context: StepContext, picture: AssetRef) -> Sight:  # noqa: ARG002  # the protocol's shape
        return Sight(engine=self.name)

    def check(self) -> Iterable[Finding]:
        return (Finding(subject="vision none", ok=True, sentence="Pictures are not looked at."),)

    async def aclose(self) -> None:
        """Nothing is held open."""
