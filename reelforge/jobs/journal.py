"""The account of a job's steps: what was begun, what it gave, what it cost.

A step is begun in one transaction and finished in another, both synced. Between the two a crash may fall at any moment;
what the row then says decides whether the step may run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar

import structlog
from msgspec import Struct
from pydantic import ValidationError

from reelforge.domain.events import StepFailed, StepFinished, StepStarted
from reelforge.domain.job import Account, Assets, Cost, JobRecord
from reelforge.domain.value import Value
from reelforge.errors import MaybePaidError, NeedsPersonError, ReelForgeError
from reelforge.jobs.failures import sentence
from reelforge.jobs.keys import Call, asset_refs, encode_result, result_type
from reelforge.store.store import Store, Transaction

V = TypeVar("V", bound=Value)


class Place(Struct, frozen=True):
    """Where a step stands: in this run of this job, at this path."""

    job: JobRecord
    path: str

    @property
    def subject(self) -> dict[str, str]:
        """The fields that every event of the step has."""
        return {"job": self.job.id, "channel": self.job.channel, "step": self.path}


class Recalled(Struct, frozen=True):
    """A recorded result (which may itself be ``None``)."""

    value: Any


class Journal:
    """Durable steps over the store; see :class:`reelforge.jobs.steps.StepRunner` for who calls what when."""

    def __init__(self, store: Store, assets: Assets) -> None:
        self._store = store
        self._assets = assets
        self._log = structlog.get_logger("reelforge.jobs")

    async def recall(self, place: Place, call: Call) -> Recalled | None:
        """The recorded result of the call's key, from this job or any other, if its files are all still there."""
        body = await self._store.read(lambda reader: reader.result(call.key))
        if body is None:
            return None
        try:
            value = result_type(call.work).validate_json(body)
        except ValidationError as error:
            self._log.warning(
                "A recorded result no longer fits its type; the step runs again.", step=place.path, why=str(error)
            )
            return None
        gone = [ref.sha256[:12] for ref in asset_refs(value) if not self._assets.has(ref)]
        if gone:
            self._log.warning("Files of a recorded result are gone; the step runs again.", step=place.path, files=gone)
            return None
        await self._store.write(partial(_reuse, place, call))
        return Recalled(value)

    async def recorded(self, job: str, path: str, kind: type[V]) -> V | None:
        """What a job's step at ``path`` gave last, by whatever key; as :meth:`StepContext.recorded`."""
        bodies = await self._store.read(lambda reader: reader.recorded(job, path))
        if not bodies:
            return None
        value = read_recorded(job, path, bodies[-1], kind)
        if any(not self._assets.has(ref) for ref in asset_refs(value)):
            raise NeedsPersonError(
                f"Files that the step {path} of job {job} gave are gone from the work folder.",
                remedy="Put them back from a copy, or make the Reel anew.",
            )
        return value

    async def account(self, job: str) -> Account:
        """A job's finished steps in the order they finished, and its costs."""
        return await self._store.read(lambda reader: reader.account(job))

    async def refuse_unclear(self, place: Place, call: Call) -> None:
        """Raise NeedsPersonError when the step was begun before and nobody can tell whether it was paid.

        By this job or another: whoever orders the same anew must know too. The caller holds the key's flight, so such a
        row is nobody's work in progress. The job gets a row of its own, by which a person's retry of it counts.
        """
        stopped = await self._store.read(lambda reader: reader.unclear_step(call.key, place.job.id))
        if stopped is None:
            return
        where = {"job": place.job.id, "path": place.path, "key": call.key, "job_run": place.job.attempt}
        await self._store.write(lambda transaction: transaction.run("mark_unclear", **where))
        raise unclear(place, first=stopped[0])

    async def begin(self, place: Place, call: Call) -> int:
        """Write down that the step begins; returns which attempt at it this is, counted over all runs of the job."""
        return await self._store.write(partial(_begin, place, call))

    async def finish(self, place: Place, call: Call, value: Any, costs: Iterable[Cost], seconds: float) -> None:
        """Write down the result and what it cost, together."""
        body = encode_result(call.work, value)
        await self._store.write(partial(_finish, place, call, body, tuple(costs), seconds))

    async def fail(
        self,
        place: Place,
        call: Call,
        error: BaseException,
        costs: Iterable[Cost],
        seconds: float,
        *,
        told: bool,
        worked: bool,
    ) -> None:
        """Write down the failure and what was spent before it; ``told`` when a nested step has already said so.

        An unclear paid step stays begun if it ``worked`` (only its result could not be kept), and also unless its
        engine said, by one of our errors, that nothing was paid.
        """
        known = isinstance(error, ReelForgeError) and not isinstance(error, MaybePaidError)
        settled = call.policy.paid != "unclear" or (known and not worked)
        state = "failed" if settled else "started"
        work = partial(_fail, place, call, state, sentence(error), tuple(costs), seconds, told=told)
        await self._store.write(work, vital=True)

    async def pay(self, place: Place, call: Call, costs: Iterable[Cost]) -> None:
        """Write down costs alone: of a step that is not journalled, or that was cancelled after it had paid."""
        if paid := tuple(costs):
            await self._store.write(partial(_pay, place, call, paid), vital=True)


def read_recorded(job: str, path: str, body: str, kind: type[V]) -> V:
    """A recorded result as a value. Raises NeedsPersonError when it was written in another version's form."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise NeedsPersonError(
            f"What the step {path} of job {job} gave was recorded by another version of ReelForge and cannot be read.",
            remedy="Use the version that made it, or make the Reel anew.",
        ) from error


def unclear(place: Place, first: str | None = None) -> MaybePaidError:
    """The sentence for a paid step of which nobody can tell whether it happened; ``first`` is the job that began it."""
    return MaybePaidError(
        f"The paid step {place.path} of job {first or place.job.id} ({place.job.channel}) was stopped in the middle, "
        "and nobody can tell from here whether it was charged.",
        remedy=f"Look at the provider's bill; `reelforge retry {place.job.id}` runs the step again and may pay again, "
        f"`reelforge cancel {place.job.id}` lets go of it.",
    )


def _reuse(place: Place, call: Call, transaction: Transaction) -> None:
    transaction.run(
        "reuse_step",
        job=place.job.id,
        path=place.path,
        key=call.key,
        paid=call.policy.paid,
        job_run=place.job.attempt,
    )
    transaction.emit(StepFinished(**place.subject, seconds=0.0, cached=True))


def _begin(place: Place, call: Call, transaction: Transaction) -> int:
    row = transaction.run(
        "begin_step",
        job=place.job.id,
        path=place.path,
        key=call.key,
        paid=call.policy.paid,
        job_run=place.job.attempt,
    )[0]
    attempt = int(row["attempt"])
    transaction.emit(StepStarted(**place.subject, attempt=attempt))
    return attempt


def _finish(
    place: Place, call: Call, body: str, costs: tuple[Cost, ...], seconds: float, transaction: Transaction
) -> None:
    transaction.run("keep_result", key=call.key, body=body)
    transaction.run("finish_step", job=place.job.id, path=place.path, key=call.key, seconds=seconds)
    _pay(place, call, costs, transaction)
    transaction.emit(StepFinished(**place.subject, seconds=seconds, cached=False))


def _fail(
    place: Place,
    call: Call,
    state: str,
    error: str,
    costs: tuple[Cost, ...],
    seconds: float,
    transaction: Transaction,
    *,
    told: bool,
) -> None:
    transaction.run(
        "fail_step", job=place.job.id, path=place.path, key=call.key, state=state, seconds=seconds, error=error
    )
    _pay(place, call, costs, transaction)
    if not told:
        transaction.emit(StepFailed(**place.subject, sentence=error))


def _pay(place: Place, call: Call, costs: tuple[Cost, ...], transaction: Transaction) -> None:
    for number, cost in enumerate(costs):
        mark = f"{call.key}/{number}" if call.policy.paid == "idempotent" else None
        transaction.run(
            "add_cost",
            job=place.job.id,
            channel=place.job.channel,
            path=place.path,
            mark=mark,
            **cost.model_dump(),
        )
