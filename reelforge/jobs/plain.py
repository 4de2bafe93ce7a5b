"""Steps without a journal: for rendering a timeline by itself and for trying one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio

from reelforge.domain.job import Account, Assets, Clock, Cost, StepRecord
from reelforge.domain.value import Value
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.keys import Work, label_of, policy_of, step_key
from reelforge.jobs.together import StepGroup, StopSign, in_thread, steps_together
from reelforge.jobs.turn import Turn

__all__ = ["PlainContext", "SystemClock"]

V = TypeVar("V", bound=Value)


class PlainContext:
    """Fulfils :class:`reelforge.domain.job.StepContext`: each step runs at once, in the caller's task, once.

    Nothing is recorded or retried. ``limits`` bounds slots by name; a step gives its own slot back while it waits for
    nested ones, as the runner does.
    """

    def __init__(
        self,
        assets: Assets,
        *,
        channel: str = "none",
        path: str = "",
        clock: Clock | None = None,
        on_progress: Callable[[str, float, float, str], None] | None = None,
        limits: Mapping[str, anyio.CapacityLimiter] | None = None,
    ) -> None:
        self.assets = assets
        self.job = "none"
        self.channel = channel
        self.path = path
        self.clock: Clock = clock or SystemClock()
        self.spent: list[Cost] = []
        self._finished: list[StepRecord] = []
        self._asked: tuple[Work, tuple[Any, ...]] | None = None
        self._on_progress = on_progress
        self._limits = limits or {}
        self._stop = StopSign()
        self._turn = Turn.unbounded()

    @property
    def requeues(self) -> int:
        return 0

    @property
    def idempotency_key(self) -> str:
        return f"{self.job}:{step_key(*self._asked) if self._asked else self.path}"

    async def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> V:
        nested = self._nested(work, values, name or label_of(work))
        async with self._turn.lent(), nested._turn:  # noqa: SLF001  # the same class
            began = self.clock.monotonic()
            value = await work(nested, *values)
        seconds = self.clock.monotonic() - began
        self._finished.append(StepRecord(name=nested.path, state="done", seconds=seconds, cached=False))
        return value

    async def recorded(self, name: str, kind: type[V]) -> V | None:  # noqa: ARG002  # there is no record
        return None

    @asynccontextmanager
    async def together(self) -> AsyncIterator[StepGroup]:
        async with self._turn.lent(), steps_together(self) as group:
            yield group

    def progress(self, done: float, total: float, unit: str = "") -> None:
        if self._on_progress:
            self._on_progress(self.path, done, total, unit)

    def spend(self, cost: Cost) -> None:
        self.spent.append(cost)

    async def account(self) -> Account:
        return Account(steps=tuple(self._finished), costs=tuple(self.spent))

    def check_cancelled(self) -> None:
        self._stop.check()

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        return await in_thread(work, *args)

    def _nested(self, work: Work, values: tuple[Any, ...], label: str) -> PlainContext:
        nested = PlainContext(
            self.assets,
            channel=self.channel,
            path=f"{self.path}/{label}".strip("/"),
            clock=self.clock,
            on_progress=self._on_progress,
            limits=self._limits,
        )
        nested.spent = self.spent
        nested._finished = self._finished
        nested._asked = (work, values)
        nested._stop = self._stop
        limit = self._limits.get(policy_of(work).slot)
        if limit is not None:
            nested._turn = Turn(
                partial(limit.acquire_on_behalf_of, nested), partial(limit.release_on_behalf_of, nested)
            )
        return nested
