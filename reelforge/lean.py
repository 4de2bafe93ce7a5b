"""Commands that begin and end soon: no more is loaded than is used, and no garbage looked for where there is none."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from threading import RLock
from types import ModuleType

TYPE_CHECKING = False  # as typing has it, which takes a tenth of what a command takes that the resident runs
if TYPE_CHECKING:
    from typing import Any, Final

_USUAL: Final = gc.get_threshold()


def starting() -> None:
    """To start makes a hundred thousand objects that stay: to look for garbage among them takes a tenth of its time. To
    look among all that is installed for pydantic's plugins takes a fiftieth. OpenBLAS's threads, which spin while they
    wait for small matrices, take a twentieth of a preview.
    """
    gc.set_threshold(200_000, 20, 20)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # numpy's docstrings, which are only ever read by a person at a Python prompt: a fiftieth.
    sys.modules.setdefault("numpy._core._add_newdocs", ModuleType("numpy._core._add_newdocs"))
    _later("importlib.metadata", "entry_points")  # pydantic imports it, to look for its plugins: a twentieth


def _later(name: str, *functions: str) -> None:
    """Let a package be loaded when something in it is used, not when it or one of these functions is imported."""
    if name in sys.modules:
        return
    above, _, last = name.rpartition(".")
    shell = ModuleType(name)
    shell.__spec__ = PathFinder.find_spec(name, sys.modules[above].__path__)
    shell.__path__ = [f"{folder}/{last}" for folder in sys.modules[above].__path__]
    lock = RLock()

    def loaded() -> ModuleType:
        with lock:
            if sys.modules.get(name) is shell:
                del sys.modules[name]
            return import_module(name)

    def attribute(of: str) -> Any:
        if of.startswith("__"):  # asked of every module by those who look through them all
            raise AttributeError(of)
        return getattr(loaded(), of)

    def function(of: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return getattr(loaded(), of)(*given, **named)

        return call

    vars(shell).update({"__getattr__": attribute}, **{of: function(of) for of in functions})
    sys.modules[name] = shell
    setattr(sys.modules[above], last, shell)


def staying() -> None:
    """What a process that stays for long has to say once it has started: its garbage is collected as ever, among what
    came since.
    """
    gc.freeze()
    gc.set_threshold(*_USUAL)


def ending() -> None:
    """Nor is there any when a command ends, where Python looks through all it holds several times: 0.2 s."""
    gc.freeze()


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
