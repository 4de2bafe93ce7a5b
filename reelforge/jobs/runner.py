"""The durable runner: takes queued jobs, runs their recipes, and leaves each in a state that survives anything."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from reelforge.domain.events import AnyEvent, JobCancelled, JobEvent, JobFailed, JobFinished, JobHandedBack
from reelforge.domain.job import Clock, JobRecord, JobState, Order
from reelforge.domain.value import Value
from reelforge.errors import InputError, NeedsPersonError, ReelForgeError, TryLaterError
from reelforge.jobs.context import JobContext
from reelforge.jobs.events import EventBus
from reelforge.jobs.failures import sentence, telling, understood
from reelforge.jobs.job_run import JobRun
from reelforge.jobs.journal import Journal
from reelforge.jobs.queue import JobQueue
from reelforge.jobs.retries import Backoff
from reelforge.jobs.slots import Slots, SlotUse
from reelforge.jobs.steps import StepRunner
from reelforge.store.assets import FileAssets
from reelforge.store.space import SpaceGate
from reelforge.store.store import Store

Recipe = Callable[[JobRecord, JobContext], Awaitable[Value | None]]
"""What runs a job: ``(job, context) → result``. Whatever it does through the context is durable."""

FINAL: Final[frozenset[JobState]] = frozenset({"done", "failed", "needs_person", "cancelled"})
_OVER: Final = (JobFinished, JobFailed, JobCancelled)
_RECOUNT: Final = 30.0
"""Seconds. The wall clock may be set: whoever waits for a time of day looks again so often."""
_GRACE: Final = 5.0
"""Seconds that cancelled work has to stop before a drain gives up waiting for it."""


class Runner:
    """Runs the jobs of one work folder; there is one per folder (the store holds its lock).

    ``recipe`` runs one job. ``slots.jobs`` of them run at once. ``own_jobs_only`` leaves jobs alone that were not
    submitted, adopted or retried through this runner: for a command that runs its own job where no daemon is.
    ``job_tries`` bounds how often a job whose steps ran out of tries is put off before it fails. ``seed`` is the
    jitter's. Submitting, retrying, cancelling and reading work before and after :meth:`run` too.
    """

    def __init__(
        self,
        store: Store,
        assets: FileAssets,
        slots: Slots,
        bus: EventBus,
        clock: Clock,
        recipe: Recipe,
        *,
        space: SpaceGate | None = None,
        own_jobs_only: bool = False,
        job_tries: int = 5,
        step_backoff: tuple[float, float] = (1.0, 60.0),
        job_backoff: tuple[float, float] = (30.0, 3600.0),
        seed: int | None = None,
    ) -> None:
        dice = random.Random(seed)  # noqa: S311  # jitter, not a secret
        self._store = store
        self._assets = assets
        self._slots = slots
        self._bus = bus
        self._clock = clock
        self._recipe = recipe
        self._space = space or SpaceGate(store.home)
        self._own: set[str] | None = set() if own_jobs_only else None
        self._job_tries = job_tries
        self._backoff = Backoff(*job_backoff, dice)
        self._queue = JobQueue(store, clock)
        journal = Journal(store, assets)
        self._steps = StepRunner(journal, assets, slots, clock, self._space, Backoff(*step_backoff, dice), bus.publish)
        self._runs: dict[str, JobRun] = {}
        self._news = anyio.Event()
        self._ended = anyio.Event()
        self._over = anyio.Event()
        self._running = False
        self._draining = False
        self._claiming = anyio.Lock()
        self._waiters: dict[str, anyio.Event] = {}
        self._log = structlog.get_logger("reelforge.jobs")
        bus.listen(self._hear)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Run jobs until drained. Cancelling this hands the running jobs back at once.

        Before it is ready it puts right what a killed process left: running jobs are queued, half-made files removed.
        Raises NeedsPersonError when the disk is so full that not even a job's end can be written down; the journal is
        right all the same, and the next start goes on from it.
        """
        self._running = True
        try:
            recovered = await self._queue.recover()
            swept = await anyio.to_thread.run_sync(self._assets.sweep)
            if recovered or swept:
                self._log.info("An earlier run was interrupted.", jobs=recovered, leftovers=swept)
            async with anyio.create_task_group() as tasks:
                task_status.started()
                await self._dispatch(tasks)
        except ExceptionGroup as group:
            error = telling(group)
            raise error from error.__cause__
        finally:
            self._running = False
            self._ended.set()
            self._over.set()
            for waiter in self._waiters.values():
                waiter.set()

    async def submit(self, order: Order, *, priority: int | None = None, not_before: float | None = None) -> JobRecord:
        """Queue a job. ``priority``: smaller goes first, by default a person's; ``not_before`` is Unix time.

        Raises TryLaterError while draining, as :meth:`adopt_or_submit` does.
        """
        self._accept()
        return self._note(await self._queue.add(order, priority, not_before))

    async def adopt_or_submit(self, order: Order, job: str | None = None) -> JobRecord:
        """Go on with an interrupted job of the same order if there is one, else queue a new one.

        ``job`` names the job to be, so that an order that is handed in once more, because its first answer was lost, is
        still one job: the one there is, in whatever state. Raises NeedsPersonError as :meth:`JobQueue.adopt` does.
        """
        self._accept()
        return self._note(await self._queue.adopt(order, job) or await self._queue.add(order, job=job))

    def _accept(self) -> None:
        if self._draining:
            raise TryLaterError("ReelForge is stopping and takes no new job.", remedy="Try again in a moment.")

    async def retry(self, job: str) -> JobRecord:
        """Queue a failed, cancelled or stuck job again, for a person. Raises InputError for any other."""
        return self._note(await self._queue.requeue(job))

    async def amend(self, job: str, path: str, value: Value, known: int) -> JobRecord:
        """Put a person's value in the place of a step's and queue the job again; as :meth:`JobQueue.amend`."""
        return self._note(await self._queue.amend(job, path, value, known))

    async def cancel(self, job: str) -> JobRecord:
        """Stop a job for good and wait until it has stopped. Raises InputError for one that is over."""
        while True:
            async with self._claiming:
                run = self._runs.get(job)
                if run is None:
                    record = await self.job(job)
                    if record.state not in {"queued", "failed", "needs_person"}:
                        raise InputError(f"Job {job} is {record.state} already.", remedy="There is nothing to cancel.")
                    await self._queue.cancel(record)
                    return await self.job(job)
            run.stop("cancelled")
            await run.finished.wait()
            # It may have ended otherwise in this very moment: put off or handed back, it is in the queue once more.
            record = await self.job(job)
            if record.state in FINAL:
                return record

    async def drain(self, timeout: float = 120.0) -> bool:  # noqa: ASYNC109  # what comes after it is the point
        """Take no new job, begin no new step, wait up to ``timeout`` seconds for the running steps, hand the rest back.

        True when everything has stopped; false when something would not even be cancelled (a thread that never checks):
        the process may then be ended hard, for the journal is right at any moment.
        """
        self._draining = True
        self._news.set()
        for run in tuple(self._runs.values()):
            run.drain()
        if not self._running:
            return True
        with anyio.move_on_after(timeout):
            await self._ended.wait()
        for run in tuple(self._runs.values()):
            run.stop("handed_back")
        with anyio.move_on_after(_GRACE):
            await self._ended.wait()
        return self._ended.is_set()

    async def wait(self, job: str) -> JobRecord:
        """The job once it is over, or as it stands when the runner has stopped."""
        while True:
            over = self._waiters.setdefault(job, anyio.Event())
            record = await self.job(job)
            if record.state in FINAL or self._ended.is_set():
                return record
            await over.wait()

    def resize(self, totals: Mapping[str, int], min_free_bytes: int) -> None:
        """Take new bounds from edited settings; what runs goes on, and what now has room begins."""
        self._slots.resize(totals)
        self._space.demand(min_free_bytes)
        self._news.set()

    async def recover(self) -> None:
        """Queue again what a killed process left running; :meth:`run` does it by itself."""
        await self._queue.recover()

    async def own_idle(self) -> None:
        """Until every job that was handed in here is over, those too that came while waiting, or the runner stopped."""
        seen: set[str] = set()
        while waiting := (self._own or set()) - seen:
            for job in waiting:
                await self.wait(job)
            seen |= waiting

    async def idle(self) -> None:
        """Until no job is queued or running (one that was put off counts as queued), or the runner has stopped."""
        while True:
            over = self._over
            counts = await self._store.read(lambda reader: reader.counts())
            if self._ended.is_set() or not counts.keys() & {"queued", "running"}:
                return
            await over.wait()

    async def follow(self, job: str) -> AsyncIterator[AnyEvent]:
        """Everything that happened to a job so far and happens until it ends or is handed back."""
        async with self._bus.subscribe() as live:
            record = await self.job(job)
            past = await self._store.read(lambda reader: reader.job_events(job))
            for known in past:
                yield known
            last = past[-1].id if past else 0
            if record.state in FINAL or (past and isinstance(past[-1], _OVER)):
                return
            async for event in live:
                if isinstance(event, JobEvent) and event.job == job and (event.id == 0 or event.id > last):
                    yield event
                    if isinstance(event, (*_OVER, JobHandedBack)):
                        return

    async def job(self, job: str) -> JobRecord:
        """One job with its steps. Raises InputError when there is none."""
        return await self._queue.find(job)

    async def jobs(self, *states: JobState, limit: int = 200) -> tuple[JobRecord, ...]:
        """The newest jobs first, in these states or in any, without their steps."""
        return await self._store.read(lambda reader: reader.jobs(states or None, limit))

    def slot_uses(self) -> tuple[SlotUse, ...]:
        """How full the slots are, and how many jobs run."""
        jobs = SlotUse(name="jobs", used=len(self._runs), total=self._slots.jobs, waiting=0)
        return (*self._slots.uses(), jobs)

    def _note(self, job: JobRecord) -> JobRecord:
        if self._own is not None:
            self._own.add(job.id)
        self._news.set()
        return job

    def _hear(self, event: AnyEvent) -> None:
        if isinstance(event, _OVER):
            self._over.set()
            self._over = anyio.Event()
            if waiter := self._waiters.pop(event.job, None):
                waiter.set()

    async def _dispatch(self, tasks: TaskGroup) -> None:
        while not self._draining:
            self._news = anyio.Event()
            while len(self._runs) < self._slots.jobs and not self._draining:
                async with self._claiming:
                    job = await self._queue.claim(self._own)
                    if job is None:
                        break
                    run = self._runs[job.id] = JobRun(job)
                if self._draining:
                    run.drain()
                tasks.start_soon(self._work, run)
            await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        """Until something is submitted or over, or a deferred job is due."""
        due = await self._store.read(lambda reader: reader.next_due(self._own))
        full = len(self._runs) >= self._slots.jobs
        async with anyio.create_task_group() as tasks:
            if due is not None and not full:
                tasks.start_soon(self._wake_after, min(_RECOUNT, max(0.0, due - self._store.now())))
            if not self._draining:
                await self._news.wait()
            tasks.cancel_scope.cancel()

    async def _wake_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._news.set()

    async def _work(self, run: JobRun) -> None:
        context = self._steps.root(run)
        close = None
        try:
            with run.scope, structlog.contextvars.bound_contextvars(job=run.job.id, channel=run.job.channel):
                close = await self._outcome(run, context)
        finally:
            with anyio.CancelScope(shield=True):
                await self._close(run, context, close)

    async def _outcome(self, run: JobRun, context: JobContext) -> Callable[[], Awaitable[None]]:
        """Run the recipe; what comes back writes down how it ended."""
        job, began = run.job, self._clock.monotonic()
        try:
            self._space.check()
            result = await self._recipe(job, context)
        except Exception as caught:  # noqa: BLE001  # the job's boundary: nothing may take the other jobs with it
            return await self._failure(job, context, understood(caught))
        body = None if result is None else result.model_dump(mode="json")
        return partial(self._queue.finish, job, body, context.costs, self._clock.monotonic() - began)

    async def _failure(
        self, job: JobRecord, context: JobContext, error: BaseException
    ) -> Callable[[], Awaitable[None]]:
        costs = context.costs
        if isinstance(error, TryLaterError):
            deferrals = await self._queue.deferrals(job.id)
            if deferrals + 1 < self._job_tries:
                wait = self._backoff.wait(deferrals + 1, error.retry_after)
                return partial(self._queue.defer, job, wait, sentence(error), costs)
        elif not isinstance(error, ReelForgeError):
            self._log.error("A job failed by a mistake of ReelForge's.", exc_info=error)
        state: Any = "needs_person" if isinstance(error, NeedsPersonError) else "failed"
        return partial(self._queue.fail, job, state, error, costs)

    async def _close(self, run: JobRun, context: JobContext, close: Callable[[], Awaitable[None]] | None) -> None:
        try:
            if close is not None:
                await close()
            elif run.ending == "cancelled":
                await self._queue.cancel(run.job)
            else:
                await self._queue.hand_back(run.job, context.costs)
        finally:
            del self._runs[run.job.id]
            run.finished.set()
            self._news.set()
