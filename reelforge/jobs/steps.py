"""Runs one step: finds its result or makes it, under its policy, and keeps the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import anyio
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from reelforge.domain.events import AnyEvent, StepFailed, StepFinished, StepRetried, StepStarted
from reelforge.domain.job import Account, Assets, Clock
from reelforge.domain.value import Value
from reelforge.errors import TryLaterError
from reelforge.jobs.context import JobContext
from reelforge.jobs.failures import sentence, understood
from reelforge.jobs.flights import Flights
from reelforge.jobs.job_run import JobRun
from reelforge.jobs.journal import Journal, Place, unclear
from reelforge.jobs.keys import Call
from reelforge.jobs.retries import Backoff, asked_wait
from reelforge.jobs.slots import Slots
from reelforge.jobs.turn import Turn
from reelforge.store.space import SpaceGate

V = TypeVar("V", bound=Value)

PATIENCE: Final = 120.0
"""Seconds. When a server asks for a longer wait, the job gives its place to others and is put off as a whole."""


class _Once:
    """One step under way: its tries share this."""

    def __init__(self, run: JobRun, call: Call, path: str, keys: frozenset[str]) -> None:
        self.run = run
        self.call = call
        self.place = Place(run.job, path)
        self.keys = keys | {call.key}
        self.tries = 0
        self.exhausted = False
        """Whether the last failure was a nested step's, whose own tries are used up: a whole new try would only
        multiply them."""


class StepRunner:
    """What all steps of all jobs share; :class:`JobContext` is its face to a step."""

    def __init__(
        self,
        journal: Journal,
        assets: Assets,
        slots: Slots,
        clock: Clock,
        space: SpaceGate,
        backoff: Backoff,
        tell: Callable[[AnyEvent], None],
    ) -> None:
        self.assets = assets
        self.clock = clock
        self.tell = tell
        self._journal = journal
        self._slots = slots
        self._space = space
        self._backoff = backoff
        self._flights = Flights()

    def root(self, run: JobRun) -> JobContext:
        """The context a recipe begins with."""
        return JobContext(self, run, "", f"reelforge-job-{run.job.id}", Turn.unbounded(), frozenset())

    async def recorded(self, run: JobRun, path: str, kind: type[V]) -> V | None:
        return await self._journal.recorded(run.job.id, path, kind)

    async def account(self, run: JobRun) -> Account:
        return await self._journal.account(run.job.id)

    async def perform(self, run: JobRun, call: Call, path: str, keys: frozenset[str]) -> Any:
        """The step's result: recorded, or made now.

        ``keys`` are the keys of the steps around it. Raises what the step raises, understood (a full disk is a
        sentence), once the policy's tries are used up.
        """
        once = _Once(run, call, path, keys)
        run.stand(once, "waiting")
        try:
            if not call.policy.journal:
                return await self._try(once)
            async with self._flights.alone(call.key):
                known = await self._journal.recall(once.place, call)
                if known is not None:
                    return known.value
                await self._journal.refuse_unclear(once.place, call)
                return await self._try(once)
        finally:
            run.leave(once)

    async def _try(self, once: _Once) -> Any:
        async def before_sleep(state: RetryCallState) -> None:
            await self._tell_retry(once, state)

        def worthwhile(error: BaseException) -> bool:
            return isinstance(error, TryLaterError) and not once.exhausted

        enough = stop_after_attempt(max(1, once.call.policy.tries))
        trying = AsyncRetrying(
            retry=retry_if_exception(worthwhile),
            stop=lambda state: enough(state) or (asked_wait(state) or 0.0) > PATIENCE,
            wait=self._backoff,
            sleep=self.clock.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )
        return await trying(self._attempt, once)

    async def _attempt(self, once: _Once) -> Any:
        once.tries += 1
        turn = self._turn(once)
        call = once.call
        context = JobContext(self, once.run, once.place.path, call.idempotency_key, turn, once.keys)
        async with turn:
            self._space.check()
            await self._begin(once)
            began, worked = self.clock.monotonic(), False
            try:
                with structlog.contextvars.bound_contextvars(step=once.place.path):
                    value = await self._bounded(once, context)
                worked = True
                await self._finish(once, value, context, self.clock.monotonic() - began)
            except Exception as caught:
                error = understood(caught)
                await self._fail(once, error, context, self.clock.monotonic() - began, worked=worked)
                if error is caught:
                    raise
                raise error from error.__cause__
            except BaseException:
                await self._journal.pay(once.place, call, context.costs)
                raise
            return value

    def _turn(self, once: _Once) -> Turn:
        slot = once.call.policy.slot
        run = once.run
        fresh = True

        async def take() -> None:
            nonlocal fresh
            await self._slots.acquire(slot, run.rank)
            if fresh and run.draining:
                self._slots.release(slot)
                await anyio.sleep_forever()  # it may not begin; the run hands the job back when nothing works any more
            fresh = False
            run.stand(once, "working")

        def give() -> None:
            self._slots.release(slot)
            run.stand(once, "lent")

        return Turn(take, give)

    async def _bounded(self, once: _Once, context: JobContext) -> Any:
        call = once.call
        with anyio.move_on_after(call.policy.timeout) as scope:
            return await call.work(context, *call.values)
        assert scope.cancelled_caught
        if call.policy.paid == "unclear":
            raise unclear(once.place)
        raise TryLaterError(f"The step {once.place.path} was not done within {call.policy.timeout:g} seconds.")

    async def _begin(self, once: _Once) -> None:
        if once.call.policy.journal:
            await self._journal.begin(once.place, once.call)
        else:
            self.tell(StepStarted(**once.place.subject, attempt=once.tries))

    async def _finish(self, once: _Once, value: Any, context: JobContext, seconds: float) -> None:
        if once.call.policy.journal:
            await self._journal.finish(once.place, once.call, value, context.costs, seconds)
        else:
            await self._journal.pay(once.place, once.call, context.costs)
            self.tell(StepFinished(**once.place.subject, seconds=seconds, cached=False))

    async def _fail(
        self, once: _Once, error: BaseException, context: JobContext, seconds: float, *, worked: bool
    ) -> None:
        once.exhausted = told = any(error is nested for nested in context.nested_errors)
        place, call, costs = once.place, once.call, context.costs
        if call.policy.journal:
            await self._journal.fail(place, call, error, costs, seconds, told=told, worked=worked)
            return
        await self._journal.pay(place, call, costs)
        if not told:
            self.tell(StepFailed(**place.subject, sentence=sentence(error)))

    async def _tell_retry(self, once: _Once, state: RetryCallState) -> None:
        assert state.outcome is not None
        assert state.next_action is not None
        error = state.outcome.exception()
        once.run.stand(once, "waiting")
        self.tell(
            StepRetried(
                **once.place.subject,
                attempt=once.tries,
                seconds=state.next_action.sleep,
                sentence=str(error),
            )
        )
