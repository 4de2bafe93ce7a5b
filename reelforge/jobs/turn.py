"""A step's turn to work: held while it works itself, given back while it only waits for nested steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import anyio
import anyio.lowlevel


class Turn:
    """Takes something bounded for the length of a block.

    A step that holds its slot while it waits for nested steps of the same slot would wait for itself; :meth:`lent` is
    how it gives the slot to them. Nested steps may be many at once: the first takes it away, the last brings it back.
    """

    def __init__(self, take: Callable[[], Awaitable[None]], give: Callable[[], None]) -> None:
        self._take = take
        self._give = give
        self._held = False
        self._borrowers = 0
        self._taking = anyio.Lock()

    @classmethod
    def unbounded(cls) -> Turn:
        """A turn that is never waited for."""
        return cls(anyio.lowlevel.checkpoint, lambda: None)

    async def __aenter__(self) -> Self:
        await self._take()
        self._held = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._return()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Give the turn back for the length of the block, then wait for it again."""
        self._borrowers += 1
        self._return()
        try:
            yield
        finally:
            self._borrowers -= 1
            if self._borrowers == 0:
                await self._bring_back()

    async def _bring_back(self) -> None:
        async with self._taking:
            if self._held or self._borrowers:  # meanwhile somebody else brought it back, or borrowed
                return
            await self._take()
            if self._borrowers:
                self._give()
            else:
                self._held = True

    def _return(self) -> None:
        if self._held:
            self._held = False
            self._give()
