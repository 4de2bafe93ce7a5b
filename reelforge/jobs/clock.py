"""The real time."""

from __future__ import annotations

import time

import anyio


class SystemClock:
    """Fulfils :class:`reelforge.domain.job.Clock`."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)
