"""What every step context has in common: groups of steps, worker threads, and noticing that the job was stopped."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from anyio.abc import TaskGroup

from reelforge.domain.value import Value
from reelforge.jobs.failures import telling

V = TypeVar("V", bound=Value)
T = TypeVar("T")

_PENDING: Final = object()


class _Steps(Protocol):
    async def step(self, work: Callable[..., Awaitable[V]], *values: Any, name: str | None = None) -> V: ...


class StepHandle:
    """A result-to-be; fulfils :class:`reelforge.domain.job.Handle`."""

    def __init__(self) -> None:
        self._value: Any = _PENDING

    @property
    def value(self) -> Any:
        if self._value is _PENDING:
            raise RuntimeError("A step's value can be read only after its group was left.")
        return self._value


class StepGroup:
    """Steps that run at the same time; fulfils :class:`reelforge.domain.job.Group`."""

    def __init__(self, context: _Steps, tasks: TaskGroup) -> None:
        self._context = context
        self._tasks = tasks

    def step(self, work: Callable[..., Awaitable[Any]], *values: Any, name: str | None = None) -> StepHandle:
        handle = StepHandle()

        async def run() -> None:
            handle._value = await self._context.step(work, *values, name=name)  # noqa: SLF001  # the handle is ours

        self._tasks.start_soon(run)
        return handle


@asynccontextmanager
async def steps_together(context: _Steps) -> AsyncIterator[StepGroup]:
    """A group whose failure is one plain error, the most telling one, so that callers need not know of groups."""
    try:
        async with anyio.create_task_group() as tasks:
            yield StepGroup(context, tasks)
    except ExceptionGroup as group:
        error = telling(group)
        raise error from error.__cause__


class StopSign:
    """Says to work in threads whether its job was stopped."""

    def __init__(self) -> None:
        self._loop_thread = threading.get_ident()
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """Raise when the work was cancelled.

        In a worker thread that is the event loop's own cancellation (the job's, or that of a group in which another
        step failed). A thread the work started itself sees the job's end as concurrent.futures.CancelledError. In the
        event loop's thread there is nothing to do: the next await raises.
        """
        try:
            anyio.from_thread.check_cancelled()
        except anyio.NoEventLoopError:
            if self._stopped.is_set() and threading.get_ident() != self._loop_thread:
                raise concurrent.futures.CancelledError("The job was stopped.") from None


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work in a worker thread and wait until it is over, also when cancelled: threads cannot be killed."""
    return await anyio.to_thread.run_sync(partial(work, *args))
