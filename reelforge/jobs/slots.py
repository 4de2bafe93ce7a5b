"""Slots: how much of each kind of work runs at once, and who goes first when it is crowded."""

from __future__ import annotations

import heapq
import itertools
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import anyio
import anyio.lowlevel

from reelforge.domain.job import SlotName
from reelforge.domain.value import Value

Rank = tuple[int, str]
"""(priority, job id): smaller goes first: a person's job before scheduled ones, an older job before a younger."""

JOBS: Final = "jobs"


class SlotUse(Value):
    """How full a slot is: ``used`` of ``total``, with ``waiting`` behind them."""

    name: str
    used: int
    total: int
    waiting: int


def default_totals(cores: int | None = None) -> dict[str, int]:
    """The bounds when the settings name none. ``cores`` counts the processor's; by default those of this machine."""
    cores = cores or os.cpu_count() or 1
    return {
        "fetch": 8,
        "voice": 4,
        "image": 4,
        "video": 2,
        "encode": max(1, cores // 4),
        "segment": cores,
        JOBS: 3,
    }


@dataclass(order=True)
class _Waiter:
    rank: Rank
    number: int
    granted: anyio.Event = field(default_factory=anyio.Event, compare=False)
    gone: bool = field(default=False, compare=False)


class PrioritySlot:
    """Bounds how many hold it at once; whoever has the smallest rank waits least. Safe against cancellation."""

    def __init__(self, total: int) -> None:
        if total < 1:
            raise ValueError(f"a slot needs room for one, not {total}")
        self._total = total
        self._used = 0
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()

    async def acquire(self, rank: Rank) -> None:
        """Wait for room; of those who wait the smallest ``rank`` gets it, of equal ranks the first."""
        await anyio.lowlevel.checkpoint_if_cancelled()
        waiter = _Waiter(rank, next(self._numbers))
        heapq.heappush(self._waiters, waiter)
        self._grant()
        try:
            await waiter.granted.wait()
        except BaseException:
            if waiter.granted.is_set():
                self.release()
            else:
                waiter.gone = True
            raise

    def release(self) -> None:
        self._used -= 1
        self._grant()

    def resize(self, total: int) -> None:
        """Change the bound; who holds the slot keeps it."""
        if total < 1:
            raise ValueError(f"a slot needs room for one, not {total}")
        self._total = total
        self._grant()

    def use(self, name: str) -> SlotUse:
        waiting = sum(not waiter.gone for waiter in self._waiters)
        return SlotUse(name=name, used=self._used, total=self._total, waiting=waiting)

    def _grant(self) -> None:
        while self._waiters and (self._waiters[0].gone or self._used < self._total):
            waiter = heapq.heappop(self._waiters)
            if not waiter.gone:
                self._used += 1
                waiter.granted.set()


class Slots:
    """All slots by name. ``none`` is not one: it bounds nothing.

    ``totals`` overrides :func:`default_totals` by name (the TOML's ``[slots]`` table); ``jobs`` is how many jobs run.
    """

    def __init__(self, totals: Mapping[str, int] | None = None) -> None:
        wanted = {**default_totals(), **(totals or {})}
        self._slots = {name: PrioritySlot(total) for name, total in wanted.items()}
        self._jobs = wanted[JOBS]

    @property
    def jobs(self) -> int:
        return self._jobs

    def resize(self, totals: Mapping[str, int]) -> None:
        """Take new bounds from edited settings; what runs goes on."""
        wanted = {**default_totals(), **totals}
        for name, slot in self._slots.items():
            slot.resize(wanted[name])
        self._jobs = wanted[JOBS]

    async def acquire(self, name: SlotName, rank: Rank) -> None:
        if name != "none":
            await self._slots[name].acquire(rank)

    def release(self, name: SlotName) -> None:
        if name != "none":
            self._slots[name].release()

    @asynccontextmanager
    async def hold(self, name: SlotName, rank: Rank = (0, "")) -> AsyncIterator[None]:
        """Hold a slot for the length of a block."""
        await self.acquire(name, rank)
        try:
            yield
        finally:
            self.release(name)

    def uses(self) -> tuple[SlotUse, ...]:
        """How full each slot is, ``jobs`` excepted (the runner knows)."""
        return tuple(slot.use(name) for name, slot in self._slots.items() if name != JOBS)
