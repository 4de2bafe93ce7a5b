"""The process dies just before or just after each commit there is; what then holds is what durability means.

Death is played in one process: from its moment on every transaction fails, before it begins or (the crueller one) after
it was committed, so that nobody ever learns of it. ``test_kill`` does the same with real processes at random moments.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from reelforge.domain.job import Cost, JobRecord, Order, StepContext, StepPolicy, step
from reelforge.domain.value import Value
from reelforge.errors import NeedsPersonError
from reelforge.jobs.context import JobContext
from reelforge.jobs.runner import Runner
from reelforge.store.store import Store
from reelforge.testing.workshop import open_workshop

ORDER = Order(channel="tests", topic="moon")


class DeathError(Exception):
    pass


class Mark(Value):
    text: str


class Steps:
    """Three steps, two at once and one after; each counts its runs and pays."""

    def __init__(self, paid: str, ran: Counter[str]) -> None:
        self.identity = paid
        self.policy = StepPolicy(paid=paid)
        self._ran = ran

    @step()
    async def mark(self, context: StepContext, text: str) -> Mark:
        self._ran[text] += 1
        context.spend(Cost(engine="e", what="mark", units=1, unit="mark", price=1.0))
        await context.in_thread(context.assets.add_bytes, text.encode(), "text/plain")
        return Mark(text=text)


@dataclass
class Life:
    """Everything that outlives the process in the play."""

    home: Path
    paid: str
    ran: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    finished: Counter[str] = field(default_factory=Counter)
    commits: int = 0

    async def recipe(self, _job: JobRecord, context: JobContext) -> Mark:
        steps = Steps(self.paid, self.ran)
        async with context.together() as group:
            left = group.step(steps.mark, "left", name="left")
            right = group.step(steps.mark, "right", name="right")
        return await context.step(steps.mark, left.value.text + right.value.text, name="last")

    async def live(self, death: tuple[int, bool] | None) -> JobRecord | None:
        """Run until the job is done, a person has helped, or death comes at (commit, after it)."""
        try:
            async with open_workshop(self.home, self.recipe) as shop:
                self._doom(shop.store, death)
                async with anyio.create_task_group() as tasks:
                    await tasks.start(shop.runner.run)
                    job = await self._order(shop.runner)
                    record = await shop.runner.wait(job.id)
                    while record.state == "needs_person":
                        self.retries += 1
                        await shop.runner.retry(job.id)
                        record = await shop.runner.wait(job.id)
                    tasks.cancel_scope.cancel()
                return record
        except (DeathError, ExceptionGroup) as error:
            if not _only_death(error):
                raise
            return None

    async def _order(self, runner: Runner) -> JobRecord:
        """Give the order; who is told that a job of it waits for a person goes on with that one."""
        try:
            return await runner.adopt_or_submit(ORDER)
        except NeedsPersonError:
            (waiting,) = [job for job in await runner.jobs() if job.state == "needs_person"]
            return waiting

    def _doom(self, store: Store, death: tuple[int, bool] | None) -> None:
        transact, dead = store._transact, False
        self.commits = 0

        def mortal(work: Any) -> Any:
            nonlocal dead
            self.commits += 1
            now = death is not None and self.commits == death[0]
            if dead or (now and not death[1]):
                dead = True
                raise DeathError
            outcome = transact(work)
            if now:
                dead = True
                raise DeathError
            return outcome

        store._transact = mortal

    def check(self, deaths: int) -> None:
        """What must hold between any death and the next life."""
        for text, times in self.finished.items():
            assert self.ran[text] == times, f"{text} was finished and ran again"
        assert all(times <= 1 + deaths for times in self.ran.values())
        if self.paid == "unclear":
            assert max(self.ran.values(), default=0) <= 1 + self.retries, "an unclear step ran again unasked"


def _only_death(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_only_death(inner) for inner in error.exceptions)
    return isinstance(error, DeathError)


async def _finished(life: Life) -> None:
    async with open_workshop(life.home, life.recipe) as shop:
        for job in await shop.runner.jobs():
            for row in (await shop.runner.job(job.id)).steps:
                text = {"last": "leftright"}.get(row.name, row.name)
                if row.state == "done":
                    life.finished.setdefault(text, life.ran[text])


def _survive(home: Path, paid: str, deaths: list[tuple[int, bool]]) -> Life:
    async def play() -> Life:
        life = Life(home, paid)
        for number, death in enumerate(deaths, 1):
            if await life.live(death) is not None:
                break
            await _finished(life)
            life.check(number)
        record = await life.live(None)
        life.check(len(deaths))
        assert record.state == "done"
        assert record.result == {"text": "leftright"}
        async with open_workshop(home, life.recipe) as shop:
            assert list((shop.assets.root / "tmp").iterdir()) == []
            if paid == "idempotent":
                assert await shop.store.read(lambda reader: reader.spent()) == {"USD": 3.0}
        return life

    with structlog.testing.capture_logs():
        return anyio.run(play)


def _moments() -> Iterator[tuple[int, bool]]:
    with TemporaryDirectory() as folder:
        commits = _survive(Path(folder), "free", []).commits
    return ((number, after) for number in range(1, commits + 1) for after in (False, True))


@pytest.mark.parametrize("paid", ["free", "idempotent", "unclear"])
def test_a_job_survives_death_before_and_after_every_single_commit(tmp_path: Path, paid: str) -> None:
    moments = list(_moments())
    assert len(moments) >= 16
    for number, moment in enumerate(moments):
        _survive(tmp_path / str(number), paid, [moment])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    paid=st.sampled_from(["free", "idempotent", "unclear"]),
    deaths=st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=5),
)
def test_a_job_survives_one_death_after_another(paid: str, deaths: list[tuple[int, bool]]) -> None:
    with TemporaryDirectory() as folder:
        _survive(Path(folder), paid, deaths)
