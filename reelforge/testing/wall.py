"""A public place where what is posted stays to be looked at."""

from __future__ import annotations

from collections.abc import Mapping

from reelforge.domain.job import StepContext, step
from reelforge.domain.post import Package, Publication


class Wall:
    """Fulfils the publishers' protocol, as far as posting goes."""

    name = "wall"
    public = True
    identity: Mapping[str, str] = {"name": "wall"}

    def __init__(self) -> None:
        self.posted: list[Package] = []

    @step(tries=1)
    async def publish(self, context: StepContext, package: Package, out: str | None = None) -> Publication:
        del context, out
        self.posted.append(package)
        return Publication(publisher=self.name, folder="", files={})
