"""Publishers: a finished Reel in, the places where it can now be seen out.

A publisher's file name is its name in ``reelforge.toml``. The file holds ``Options`` (a frozen model: the publisher's
TOML table) and ``Engine(options, home)``, which fulfils :class:`Publisher`. It is imported only when used.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext
from reelforge.domain.post import Package, Publication
from reelforge.errors import InputError

PARTS: Final = ("contents", "naming", "placing", "swap")
"""Files of this folder that are not publishers."""


class Publisher(Protocol):
    name: str

    @property
    def identity(self) -> Mapping[str, Any]: ...

    async def publish(self, context: StepContext, package: Package, out: str | None = None) -> Publication:
        """Publish one Reel. A step; doing it again for the same job leaves one publication, not two.

        ``out`` is a folder where the person who ordered the Reel wants its files as well. Raises TryLaterError,
        NeedsPersonError or NeverWorksError, and then leaves nothing half-made behind.
        """

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...


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
