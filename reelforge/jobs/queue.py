"""The queue: every change of a job's state, each one transaction with the event that tells it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

from reelforge.domain.events import (
    AnyEvent,
    JobCancelled,
    JobFailed,
    JobFinished,
    JobHandedBack,
    JobQueued,
    JobRetrying,
    JobStarted,
)
from reelforge.domain.job import Clock, Cost, JobRecord, JobState, Order
from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.jobs.failures import detail, sentence
from reelforge.jobs.ids import JobIds
from reelforge.jobs.journal import Place, unclear
from reelforge.jobs.keys import canonical
from reelforge.store.reader import job_record
from reelforge.store.store import Store, Transaction

BY_PERSON = 0
"""The priority of a job that a person asked for; smaller goes first."""
SCHEDULED = 10


class JobQueue:
    """Jobs by their states. Every method is one transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._ids = JobIds(clock)

    async def add(
        self,
        order: Order,
        priority: int | None = None,
        not_before: float | None = None,
        job: str | None = None,
    ) -> JobRecord:
        """Queue a job. A person's goes before scheduled ones unless ``priority`` says otherwise."""
        if priority is None:
            priority = BY_PERSON if order.by_person else SCHEDULED
        return await self._store.write(partial(_add, job or self._ids.new(), order, priority, not_before))

    async def adopt(self, order: Order, job: str | None = None) -> JobRecord | None:
        """A job with this very order that was begun and interrupted, moved up for the person who asks again; or
        ``job`` itself, if there is one of that name.

        Raises NeedsPersonError when such a job stopped in a step that may have been paid: a new one might pay twice.
        """
        return await self._store.write(partial(_adopt, order, job))

    async def claim(self, own: Iterable[str] | None = None) -> JobRecord | None:
        """Make the queued job whose turn it is a running one; of ``own`` ids only, when given."""
        return await self._store.write(partial(_claim, None if own is None else json.dumps(sorted(own))))

    async def recover(self) -> int:
        """Queue again what ran when an earlier process died; says how many jobs that were."""
        return await self._store.write(_recover)

    async def finish(
        self, job: JobRecord, result: dict[str, Any] | None, costs: Iterable[Cost], seconds: float
    ) -> None:
        told = JobFinished(job=job.id, channel=job.channel, seconds=seconds)
        await self._store.write(
            partial(_end, job, "done", "", "", result=result, costs=tuple(costs), told=told), vital=True
        )

    async def fail(
        self, job: JobRecord, state: Literal["failed", "needs_person"], error: BaseException, costs: Iterable[Cost]
    ) -> None:
        said = sentence(error)
        told = JobFailed(job=job.id, channel=job.channel, state=state, sentence=said)
        mistake = isinstance(error, InputError)
        end = partial(
            _end, job, state, said, detail(error), mistake=mistake, result=None, costs=tuple(costs), told=told
        )
        await self._store.write(end, vital=True)

    async def cancel(self, job: JobRecord) -> None:
        told = JobCancelled(job=job.id, channel=job.channel)
        await self._store.write(partial(_end, job, "cancelled", "", "", result=None, costs=(), told=told), vital=True)

    async def hand_back(self, job: JobRecord, costs: Iterable[Cost]) -> None:
        """Queue a running job again as it is: it goes on from its last finished step."""
        await self._store.write(partial(_hand_back, job, tuple(costs)), vital=True)

    async def defer(self, job: JobRecord, seconds: float, error: str, costs: Iterable[Cost]) -> None:
        """Queue a running job again, to go on after ``seconds``."""
        await self._store.write(partial(_defer, job, seconds, error, tuple(costs)), vital=True)

    async def deferrals(self, job: str) -> int:
        """How often the job has been put off since a person last asked for it."""
        return await self._store.read(lambda reader: reader.deferrals(job))

    async def requeue(self, job: str) -> JobRecord:
        """A person's retry: queue the job again, and let unclear paid steps run again. Raises InputError."""
        return await self._store.write(partial(_requeue, job))

    async def amend(self, job: str, path: str, value: Value, known: int) -> JobRecord:
        """Put a person's ``value`` in the place of what the job's step at ``path`` gave, and queue the job again.

        ``known`` is how many values that step has given so far (:meth:`Reader.recorded`). Doing it again changes
        nothing. Raises InputError while the job runs, when it has no such step, and when there are other values since.
        """
        return await self._store.write(partial(_amend, job, path, value.model_dump_json(), known))

    async def find(self, job: str) -> JobRecord:
        """One job with its steps. Raises InputError when there is none of that name."""
        found = await self._store.read(lambda reader: reader.job(job))
        if found is None:
            raise no_such_job(job)
        return found


def no_such_job(job: str) -> InputError:
    return InputError(f"There is no job {job!r} in this work folder.", remedy="`reelforge jobs` lists them.")


def _order_key(order: Order) -> str:
    return hashlib.sha256(canonical(order.model_dump(mode="json")).encode()).hexdigest()


def _get(job: str, transaction: Transaction) -> JobRecord:
    rows = transaction.run("job", id=job)
    if not rows:
        raise no_such_job(job)
    return job_record(rows[0])


def _add(job: str, order: Order, priority: int, not_before: float | None, transaction: Transaction) -> JobRecord:
    transaction.run(
        "insert_job",
        id=job,
        channel=order.channel,
        order=order.model_dump_json(),
        order_key=_order_key(order),
        priority=priority,
        not_before=not_before,
    )
    transaction.emit(JobQueued(job=job, channel=order.channel))
    return _get(job, transaction)


def _adopt(order: Order, job: str | None, transaction: Transaction) -> JobRecord | None:
    if job is not None and transaction.run("job", id=job):
        return _get(job, transaction)
    rows = transaction.run("twin_job", order_key=_order_key(order))
    if not rows:
        if stopped := transaction.run("unclear_twin", order_key=_order_key(order)):
            raise unclear(Place(_get(stopped[0]["id"], transaction), stopped[0]["path"]))
        return None
    transaction.run("hurry_job", id=rows[0]["id"], priority=BY_PERSON if order.by_person else SCHEDULED)
    return _get(rows[0]["id"], transaction)


def _claim(own: str | None, transaction: Transaction) -> JobRecord | None:
    rows = transaction.run("claim_job", own=own)
    if not rows:
        return None
    job = job_record(rows[0])
    transaction.emit(JobStarted(job=job.id, channel=job.channel, attempt=job.attempt))
    return job


def _recover(transaction: Transaction) -> int:
    jobs = [_get(row["id"], transaction) for row in transaction.run("interrupted_jobs")]
    for job in jobs:
        transaction.run("interrupt_steps", job=job.id)
        transaction.emit(JobHandedBack(job=job.id, channel=job.channel))
    return len(jobs)


def _end(
    job: JobRecord,
    state: JobState,
    error: str,
    trace: str,
    transaction: Transaction,
    *,
    mistake: bool = False,
    result: dict[str, Any] | None,
    costs: tuple[Cost, ...],
    told: AnyEvent,
) -> None:
    body = None if result is None else canonical(result)
    transaction.run("end_job", id=job.id, state=state, error=error, detail=trace, mistake=int(mistake), result=body)
    _settle(job, costs, transaction)
    transaction.emit(told)


def _hand_back(job: JobRecord, costs: tuple[Cost, ...], transaction: Transaction) -> None:
    transaction.run("hand_back_job", id=job.id)
    _settle(job, costs, transaction)
    transaction.emit(JobHandedBack(job=job.id, channel=job.channel))


def _defer(job: JobRecord, seconds: float, error: str, costs: tuple[Cost, ...], transaction: Transaction) -> None:
    transaction.run("defer_job", id=job.id, not_before=transaction.now + seconds, error=error)
    _settle(job, costs, transaction)
    transaction.emit(JobRetrying(job=job.id, channel=job.channel, sentence=error, seconds=seconds))


def _settle(job: JobRecord, costs: tuple[Cost, ...], transaction: Transaction) -> None:
    """What is true of every job that stops running: its costs are recorded and none of its steps is under way."""
    transaction.run("interrupt_steps", job=job.id)
    for cost in costs:
        transaction.run("add_cost", job=job.id, channel=job.channel, path="", mark=None, **cost.model_dump())


def _amend(job: str, path: str, body: str, known: int, transaction: Transaction) -> JobRecord:
    record = _get(job, transaction)
    bodies = [row["body"] for row in transaction.run("recorded", job=job, path=path)]
    if bodies and bodies[-1] == body and record.state in {"queued", "running", "done"}:
        return record
    if record.state == "running":
        raise InputError(
            f"Job {job} is being made just now, and cannot be changed meanwhile.",
            remedy=f"Try again when it is done, or stop it first with `reelforge cancel {job}`.",
        )
    if not bodies:
        raise InputError(f"Job {job} has not come so far that its {path} can be changed.")
    if bodies[-1] != body:
        if len(bodies) != known:
            raise InputError(
                f"The {path} of job {job} have been changed since they were read.", remedy="Read them again first."
            )
        key = hashlib.sha256(canonical([job, path, known, body]).encode()).hexdigest()
        transaction.run("keep_result", key=key, body=body)
        transaction.run("put_step", job=job, path=path, key=key, job_run=record.attempt + 1)
    transaction.run("amend_job", id=job)
    transaction.emit(JobQueued(job=job, channel=record.channel))
    return _get(job, transaction)


def _requeue(job: str, transaction: Transaction) -> JobRecord:
    record = _get(job, transaction)
    if record.state not in {"failed", "needs_person", "cancelled"}:
        raise InputError(
            f"Job {job} is {record.state}: only one that failed, was cancelled or needs a person can be run again.",
            remedy=f"`reelforge job {job}` shows how it stands.",
        )
    transaction.run("clear_steps", job=job)
    transaction.run("requeue_job", id=job)
    transaction.emit(JobQueued(job=job, channel=record.channel))
    return _get(job, transaction)
