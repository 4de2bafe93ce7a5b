"""Imports that load no more than is used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import a library inside as if the package ``name``, which it takes only where it finds it, were not there.

    What has been loaded of that package before stays, and it can be imported afterwards as ever.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's own sign for “there is none”
    try:
        yield
    finally:
        del sys.modules[name]
