"""One at a time per key: of two identical steps the second waits and then finds the first one's result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio


@dataclass
class _Flight:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    interested: int = 0


class Flights:
    """The keys that are being worked on now, in all jobs of this runner."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight] = {}

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Be the only one who works on ``key`` for the length of the block."""
        flight = self._flights.setdefault(key, _Flight())
        flight.interested += 1
        try:
            async with flight.lock:
                yield
        finally:
            flight.interested -= 1
            if not flight.interested:
                del self._flights[key]
