"""What makes material: one folder a kind, one file an engine.

An engine's file name is its name in ``reelforge.toml``. The file holds ``Options`` (a frozen model: the engine's TOML
table) and ``Engine(options)``, which fulfils the protocol in its folder's ``__init__.py``. It is imported only
when used.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from typing import Any

from reelforge.errors import InputError


def names(kind: str) -> tuple[str, ...]:
    """The engines of a kind (``voice``, ``picture`` …) by file name, without importing them."""
    package = importlib.import_module(f"reelforge.engines.{kind}")
    found = (m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return tuple(sorted(name for name in found if name not in package.PARTS))


def load(kind: str, name: str) -> Any:
    """The module of an engine. Raises InputError that names the nearest spelling when there is none."""
    if name not in names(kind):
        near = difflib.get_close_matches(name, names(kind), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(names(kind))}."
        raise InputError(f"There is no {kind} engine called {name!r}.", remedy=hint.strip())
    return importlib.import_module(f"reelforge.engines.{kind}.{name}")
