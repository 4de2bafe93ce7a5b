"""What a step of a running job is given."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reelforge.domain.events import StepProgressed
from reelforge.domain.job import Account, Assets, Clock, Cost
from reelforge.domain.value import Value
from reelforge.jobs.job_run import JobRun
from reelforge.jobs.keys import call
from reelforge.jobs.together import StepGroup, in_thread, steps_together
from reelforge.jobs.turn import Turn

if TYPE_CHECKING:
    from reelforge.jobs.steps import StepRunner  # it makes the contexts

V = TypeVar("V", bound=Value)
T = TypeVar("T")

PROGRESS_SECONDS: Final = 0.1
"""A step's progress is told at most so often, and at its end."""


class JobContext:
    """Fulfils :class:`reelforge.domain.job.StepContext` by way of the runner's :class:`StepRunner`.

    ``keys`` are those of this step and of the steps it is nested in.
    """

    def __init__(
        self, runner: StepRunner, run: JobRun, path: str, idempotency_key: str, turn: Turn, keys: frozenset[str]
    ) -> None:
        self.costs: list[Cost] = []
        self.nested_errors: list[Exception] = []
        """What nested steps raised: they have told it, and have used up their tries at it."""
        self._runner = runner
        self._run = run
        self._path = path
        self._idempotency_key = idempotency_key
        self._turn = turn
        self._keys = keys
        self._telling = threading.Lock()
        self._told_at = float("-inf")

    @property
    def job(self) -> str:
        return self._run.job.id

    @property
    def channel(self) -> str:
        return self._run.job.channel

    @property
    def path(self) -> str:
        return self._path

    @property
    def requeues(self) -> int:
        return self._run.job.requeues

    @property
    def idempotency_key(self) -> str:
        return self._idempotency_key

    @property
    def assets(self) -> Assets:
        return self._runner.assets

    @property
    def clock(self) -> Clock:
        return self._runner.clock

    async def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> V:
        asked = call(work, values, name, self.job)
        if asked.key in self._keys:
            raise RuntimeError(f"The step {self._path} runs itself with the same values: it would never end.")
        path = f"{self._path}/{asked.label}".strip("/")
        async with self._turn.lent():
            try:
                result: V = await self._runner.perform(self._run, asked, path, self._keys)
            except Exception as error:
                self.nested_errors.append(error)
                raise
            return result

    async def recorded(self, name: str, kind: type[V]) -> V | None:
        return await self._runner.recorded(self._run, name, kind)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[StepGroup]:
        async with self._turn.lent(), steps_together(self) as group:
            yield group

    def progress(self, done: float, total: float, unit: str = "") -> None:
        now = self.clock.monotonic()
        with self._telling:
            if done < total and now - self._told_at < PROGRESS_SECONDS:
                return
            self._told_at = now
        self._runner.tell(
            StepProgressed(job=self.job, channel=self.channel, step=self._path, done=done, total=total, unit=unit)
        )

    def spend(self, cost: Cost) -> None:
        self.costs.append(cost)

    async def account(self) -> Account:
        return await self._runner.account(self._run)

    def check_cancelled(self) -> None:
        self._run.sign.check()

    async def in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await in_thread(work, *args)
