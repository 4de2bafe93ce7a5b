"""Steps without a journal: for rendering a timeline by itself and for trying one engine."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from reelforge.domain.job import Assets, Clock, Cost
from reelforge.domain.value import Value

V = TypeVar("V", bound=Value)


class SystemClock:
    """The real time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class _Handle:
    def __init__(self) -> None:
        self.value: Any = None


class _Group:
    def __init__(self, context: PlainContext, tasks: Any) -> None:
        self._context = context
        self._tasks = tasks

    def step(self, work: Callable[..., Awaitable[Any]], *values: Any, name: str | None = None) -> Any:
        handle = _Handle()

        async def run() -> None:
            handle.value = await self._context.step(work, *values, name=name)

        self._tasks.start_soon(run)
        return handle


class PlainContext:
    """Fulfils :class:`reelforge.domain.job.StepContext`: each step runs at once, in the caller's task, once."""

    def __init__(
        self,
        assets: Assets,
        *,
        channel: str = "none",
        path: str = "",
        clock: Clock | None = None,
        on_progress: Callable[[str, float, float, str], None] | None = None,
        limits: dict[str, anyio.CapacityLimiter] | None = None,
    ) -> None:
        self.assets = assets
        self.job = "none"
        self.channel = channel
        self.path = path
        self.clock: Clock = clock or SystemClock()
        self.spent: list[Cost] = []
        self._on_progress = on_progress
        self._limits = limits or {}
        self._stop = threading.Event()

    @property
    def idempotency_key(self) -> str:
        return f"{self.job}:{self.path}"

    async def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> V:
        label = name or getattr(work, "__name__", "step")
        nested = PlainContext(
            self.assets,
            channel=self.channel,
            path=f"{self.path}/{label}".strip("/"),
            clock=self.clock,
            on_progress=self._on_progress,
            limits=self._limits,
        )
        nested.spent = self.spent
        nested._stop = self._stop
        policy = getattr(work, "__step_policy__", None)
        limit = self._limits.get(policy.slot) if policy else None
        if limit is None:
            return await work(nested, *values)
        async with limit:
            return await work(nested, *values)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[_Group]:
        async with anyio.create_task_group() as tasks:
            yield _Group(self, tasks)

    def progress(self, done: float, total: float, unit: str = "") -> None:
        if self._on_progress:
            self._on_progress(self.path, done, total, unit)

    def spend(self, cost: Cost) -> None:
        self.spent.append(cost)

    def check_cancelled(self) -> None:
        anyio.from_thread.check_cancelled()

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        return await anyio.to_thread.run_sync(lambda: work(*args))
