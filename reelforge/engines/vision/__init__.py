"""Vision: a picture in, what it shows out: faces, subject, focus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.asset import AssetRef
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.sight import Sight

PARTS: Final = ("blazeface", "cutout", "u2net", "weights")
"""Files of this folder that are not engines."""


class VisionEngine(Protocol):
    """Looks at stored pictures. Several may be looked at at the same time."""

    name: str

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name, version, weights' hashes and options: whatever changes what is seen belongs here."""

    async def look(self, context: StepContext, picture: AssetRef) -> Sight:
        """See what a picture shows. A step with slot ``image``; any job may reuse its result.

        Any picture that can be decoded has a sight, in which nothing may have been found. Raises InputError for a
        file that is damaged or no picture, and NeedsPersonError when the engine itself is incomplete.
        """

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...
