"""Publishers: a finished Reel in, the places where it can now be seen out.

A publisher's file name is its name in ``reelforge.toml``. The file holds ``Options`` (a frozen model: the publisher's
TOML table) and ``Engine(options, home)``, which fulfils :class:`Publisher`. It is imported only when used.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.post import Package, Publication
from reelforge.errors import InputError, NeedsPersonError

PARTS: Final = ("contents", "naming", "placing", "swap")
"""Files of this folder that are not publishers."""


class Publisher(Protocol):
    name: str
    public: bool
    """Whether others can see what it publishes: false only for what stays on this machine."""

    @property
    def identity(self) -> Mapping[str, Any]: ...

    async def publish(self, context: StepContext, package: Package, out: str | None = None) -> Publication:
        """Publish one Reel. A step; doing it again for the same job leaves one publication, not two.

        ``out`` is a folder where the person who ordered the Reel wants its files as well. Raises TryLaterError,
        NeedsPersonError or NeverWorksError, and then leaves nothing half-made behind.
        """

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...


async def hand_out(
    job: StepContext, publishers: Sequence[Publisher], package: Package, out: str | None = None
) -> tuple[Publication, ...]:
    """Publish a Reel with each publisher, a step each; those on this machine first, so that it is there whatever comes.

    Raises NeedsPersonError before anything public is done with a Reel that is withheld, and what publishers raise. A
    publisher that does not say whether it is public is held to be.
    """
    publications: list[Publication] = []
    for publisher in sorted(publishers, key=is_public):
        if is_public(publisher) and package.withheld is not None:
            raise NeedsPersonError(
                f"The Reel was not handed to {publisher.name}: {package.withheld.sentence}",
                remedy=package.withheld.remedy,
            )
        publications.append(await job.step(publisher.publish, package, out, name=f"publish-{publisher.name}"))
    return tuple(publications)


def is_public(publisher: Publisher) -> bool:
    """Whether others can see what it publishes."""
    return bool(getattr(publisher, "public", True))


def names() -> tuple[str, ...]:
    """The publishers by file name, without importing them."""
    found = (m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(sorted(name for name in found if name not in PARTS))


def load(name: str) -> Any:
    """The module of a publisher. Raises InputError that names the nearest spelling when there is none."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names())}."
        raise InputError(f"There is no publisher called {name!r}.", remedy=hint)
    return importlib.import_module(f"reelforge.publish.{name}")
