"""A clock for tests: nobody sleeps."""

from __future__ import annotations

import anyio.lowlevel


class LeapingClock:
    """Fulfils :class:`reelforge.domain.job.Clock`. Sleeping takes no time and moves both times on.

    ``slept`` holds every sleep, in seconds. :meth:`set_back` moves only the wall time, as people and NTP do.
    """

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self.slept: list[float] = []
        self._wall = now
        self._steady = 0.0

    def now(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._steady

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self._wall += seconds
        self._steady += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back."""
        self._wall -= seconds
