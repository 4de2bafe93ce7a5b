"""Engines are costly to open (a model in memory, a helper program), so jobs that want the same one share it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
from pydantic import BaseModel

Make = Callable[[], Any]
Key = tuple[str, str, str]


class Pool:
    """Open engines by what they are; kept between jobs while ``wanted`` says that a channel still uses them."""

    def __init__(self) -> None:
        self._open: dict[Key, Any] = {}
        self._used: dict[Key, int] = {}
        self._wanted: set[Key] = set()

    @asynccontextmanager
    async def borrow(self, kind: str, name: str, options: BaseModel, make: Make) -> AsyncIterator[Any]:
        """The engine for as long as the block lasts."""
        key = engine_key(kind, name, options)
        if key not in self._open:
            self._open[key] = make()
        self._used[key] = self._used.get(key, 0) + 1
        try:
            yield self._open[key]
        finally:
            self._used[key] -= 1
            await self._close_unwanted()

    async def want(self, wanted: set[Key]) -> None:
        """Keep these between jobs, and close what is open, unused and not among them."""
        self._wanted = wanted
        await self._close_unwanted()

    async def aclose(self) -> None:
        """Close every engine, also when closing one of them fails; the first failure is raised at the end."""
        async with AsyncExitStack() as stack:
            for engine in self._open.values():
                stack.push_async_callback(engine.aclose)
            self._open.clear()

    async def _close_unwanted(self) -> None:
        # Shielded: a cancelled job must not leave a helper program behind.
        with anyio.CancelScope(shield=True):
            # Chosen anew after each: while one is closed, others may be borrowed, or closed by somebody else.
            while (key := self._unwanted()) is not None:
                await self._open.pop(key).aclose()

    def _unwanted(self) -> Key | None:
        return next((key for key in self._open if not self._used.get(key) and key not in self._wanted), None)


def engine_key(kind: str, name: str, options: BaseModel) -> Key:
    """What makes two engines the same: their kind, file name and options."""
    return kind, name, options.model_dump_json()
