"""Checks of a finished video: one file each, found by name, holding ``NAME`` and a function ``check``.

``check(evidence)`` judges one thing and gives a :class:`~reelforge.domain.post.Check`, or several, or none when it has
nothing to go by. Its sentence tells what was found and when (seconds), and after a failure what to do. It depends on
the evidence alone. To add a check is to add a file here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module

from reelforge.domain.post import Check
from reelforge.render.evidence import Evidence

Judge = Callable[[Evidence], Check | tuple[Check, ...]]


@cache
def names() -> tuple[str, ...]:
    """The names of all checks there are, in the order in which they are made."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def judge(evidence: Evidence, stop: Callable[[], None]) -> tuple[Check, ...]:
    """What every check says, in order; ``stop`` is called between them and raises to end the work."""

    def said(name: str) -> tuple[Check, ...]:
        stop()
        judgement: Judge = import_module(f"{__name__}.{name}").check
        found = judgement(evidence)
        return found if isinstance(found, tuple) else (found,)

    with ThreadPoolExecutor(2) as pool:
        return tuple(check for checks in pool.map(said, names()) for check in checks)
