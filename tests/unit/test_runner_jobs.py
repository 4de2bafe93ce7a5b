import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from reelforge.domain.job import JobRecord, Order, StepContext, step
from reelforge.domain.value import Value
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError, TryLaterError
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.context import JobContext
from reelforge.jobs.ids import JobIds
from reelforge.jobs.slots import Slots
from reelforge.store.reader import open_reader
from reelforge.store.space import SpaceGate
from reelforge.testing.clock import LeapingClock
from reelforge.testing.workshop import Workshop, open_workshop, running_workshop

pytestmark = pytest.mark.anyio
Recipe = Callable[[JobRecord, JobContext], Awaitable["Note"]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Note(Value):
    text: str


@step()
async def write(_context: StepContext, text: str) -> Note:
    return Note(text=text)


async def noting(job: JobRecord, context: JobContext) -> Note:
    return await context.step(write, job.order.topic or "")


async def never_ending(_job: JobRecord, _context: JobContext) -> Note:
    await anyio.sleep_forever()
    raise AssertionError


def raising(*errors: Exception) -> Recipe:
    left = list(errors)

    async def recipe(_job: JobRecord, _context: JobContext) -> Note:
        if left:
            raise left.pop(0)
        return Note(text="at last")

    return recipe


def order(topic: str = "moon", *, by_person: bool = True) -> Order:
    return Order(channel="tests", topic=topic, by_person=by_person)


async def done(shop: Workshop, what: Order | None = None) -> JobRecord:
    return await shop.runner.wait((await shop.runner.submit(what or order())).id)


async def test_a_job_ends_with_its_recipes_result(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, noting) as shop:
        record = await done(shop)
    assert (record.state, record.result, record.attempt) == ("done", {"text": "moon"}, 1)
    assert record.created <= record.started <= record.finished


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (NeedsPersonError("The key is refused.", remedy="Give a new one."), "needs_person", "is refused. Give a new"),
        (NeverWorksError("The text is empty."), "failed", "The text is empty."),
        (InputError("There is no channel x."), "failed", "There is no channel x."),
        (KeyError("scene"), "failed", "ReelForge made a mistake: KeyError: 'scene'"),
        (OSError(28, "No space left on device", "/cache/clip.mp4"), "needs_person", "disk is full .*/cache/clip.mp4"),
        (ExceptionGroup("g", [TryLaterError("Busy."), NeedsPersonError("The key is refused.")]), "needs_person", "key"),
        (ExceptionGroup("g", [ValueError("bug"), TryLaterError("Busy.")]), "failed", "ValueError: bug"),
    ],
)
async def test_an_error_decides_the_jobs_state_and_sentence(
    tmp_path: Path, error: Exception, state: str, said: str
) -> None:
    async with running_workshop(tmp_path, raising(error)) as shop:
        record = await done(shop)
        detail = await shop.store.read(lambda reader: reader.detail(record.id))
    assert record.state == state
    assert record.mistake == isinstance(error, InputError)
    assert re.search(said, record.error)
    assert bool(detail) == ("made a mistake" in record.error)
    assert not detail or detail.strip().endswith(record.error.split("mistake: ")[1].split(". The log")[0])


async def test_a_job_that_may_work_later_is_put_off_with_growing_waits_then_fails(tmp_path: Path) -> None:
    clock = LeapingClock()
    async with running_workshop(tmp_path, raising(*[TryLaterError("Busy.")] * 9), clock=clock) as shop:
        record = await done(shop)
        told = await shop.store.read(lambda reader: reader.job_events(record.id))
    waits = [event.seconds for event in told if event.kind == "job_retrying"]
    assert (record.state, record.attempt, record.error) == ("failed", 5, "Busy.")
    assert len(waits) == 4
    assert all(15 * 2**number <= wait <= 30 * 2**number for number, wait in enumerate(waits))


async def test_a_job_put_off_goes_on_by_itself_and_ends(tmp_path: Path) -> None:
    clock = LeapingClock()
    async with running_workshop(tmp_path, raising(TryLaterError("Busy.", retry_after=600.0)), clock=clock) as shop:
        record = await done(shop)
    assert (record.state, record.attempt) == ("done", 2)
    assert sum(clock.slept) >= 600


async def test_a_clock_set_back_makes_nobody_wait_longer_than_was_meant(tmp_path: Path) -> None:
    clock, put_off = LeapingClock(), anyio.Event()
    async with open_workshop(tmp_path, raising(TryLaterError("Busy.")), clock=clock) as shop:
        shop.bus.listen(lambda event: put_off.set() if event.kind == "job_retrying" else None)
        async with anyio.create_task_group() as tasks:
            job = await shop.runner.submit(order())
            tasks.start_soon(shop.runner.run)
            await put_off.wait()
            clock.set_back(86_400 * 365)
            record = await shop.runner.wait(job.id)
            tasks.cancel_scope.cancel()
    assert record.state == "done"
    assert sum(clock.slept) <= 60


async def test_a_job_is_not_begun_before_its_time(tmp_path: Path) -> None:
    clock, begun = LeapingClock(), []

    async def recipe(_job: JobRecord, context: JobContext) -> Note:
        begun.append(context.clock.now())
        return Note(text="")

    async with running_workshop(tmp_path, recipe, clock=clock) as shop:
        job = await shop.runner.submit(order(), not_before=clock.now() + 100)
        due = job.not_before
        await shop.runner.wait(job.id)
    assert begun[0] >= due


async def test_a_persons_job_goes_before_scheduled_ones_and_else_the_oldest_first(tmp_path: Path) -> None:
    begun: list[str] = []

    async def recipe(job: JobRecord, _context: JobContext) -> Note:
        begun.append(job.order.topic)
        return Note(text="")

    async with open_workshop(tmp_path, recipe, slots=Slots({"jobs": 1})) as shop:
        for topic, by_person in (("a", False), ("b", False), ("c", True), ("d", False), ("e", True)):
            last = await shop.runner.submit(order(topic, by_person=by_person))
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            for job in await shop.runner.jobs():
                await shop.runner.wait(job.id)
            tasks.cancel_scope.cancel()
    assert last.state == "queued"
    assert begun == ["c", "e", "a", "b", "d"]


async def test_no_more_jobs_run_at_once_than_allowed(tmp_path: Path) -> None:
    running, most, three = 0, 0, anyio.Event()

    async def recipe(_job: JobRecord, context: JobContext) -> Note:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            three.set()
        await three.wait()
        note = await context.step(write, "some time passes")
        running -= 1
        return note

    async with running_workshop(tmp_path, recipe, slots=Slots({"jobs": 3})) as shop:
        jobs = [await shop.runner.submit(order()) for _ in range(12)]
        with anyio.fail_after(10):
            for job in jobs:
                await shop.runner.wait(job.id)
    assert most == 3


async def test_a_raised_bound_lets_a_waiting_job_begin_at_once(tmp_path: Path) -> None:
    both = anyio.Event()
    begun = 0

    async def recipe(_job: JobRecord, context: JobContext) -> Note:
        nonlocal begun
        begun += 1
        if begun == 2:
            both.set()
        await both.wait()
        return await context.step(write, "done")

    async with running_workshop(tmp_path, recipe, slots=Slots({"jobs": 1})) as shop:
        jobs = [await shop.runner.submit(order()) for _ in range(2)]
        while not begun:
            await anyio.lowlevel.checkpoint()
        shop.runner.resize({"jobs": 2}, 0)
        with anyio.fail_after(10):
            for job in jobs:
                await shop.runner.wait(job.id)


async def test_two_hundred_queued_jobs_keep_everything_else_quick(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, noting) as shop:
        jobs = [await shop.runner.submit(order(f"{number}", by_person=False)) for number in range(200)]
        worst = 0.0
        urgent = await shop.runner.submit(order("urgent"))
        began = time.monotonic()
        await shop.runner.wait(urgent.id)
        first = time.monotonic() - began
        while any(job.state == "queued" for job in await shop.runner.jobs("queued", limit=1)):
            began = time.monotonic()
            await shop.runner.job(jobs[100].id)
            await anyio.lowlevel.checkpoint()
            worst = max(worst, time.monotonic() - began)
        records = [await shop.runner.wait(job.id) for job in jobs]
    assert {record.state for record in records} == {"done"}
    assert first < 1.0
    assert worst < 0.5


async def test_cancelling_a_running_job_stops_its_threads(tmp_path: Path) -> None:
    stopped, began = [], anyio.Event()

    class Renderer:
        identity = "renderer"

        @step(slot="encode")
        async def render(self, context: StepContext) -> Note:
            def frames() -> None:
                anyio.from_thread.run_sync(began.set)
                try:
                    while True:
                        context.check_cancelled()
                        time.sleep(0.001)
                finally:
                    stopped.append(True)

            await context.in_thread(frames)
            return Note(text="never")

    async def recipe(_job: JobRecord, context: JobContext) -> Note:
        return await context.step(Renderer().render)

    async with running_workshop(tmp_path, recipe) as shop:
        job = await shop.runner.submit(order())
        await began.wait()
        record = await shop.runner.cancel(job.id)
        assert (record.state, stopped) == ("cancelled", [True])
        assert [row.state for row in record.steps] == ["failed"]
        assert all(use.used == 0 for use in shop.runner.slot_uses())


async def test_a_queued_job_is_cancelled_without_ever_running(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, noting) as shop:
        job = await shop.runner.submit(order())
        assert (await shop.runner.cancel(job.id)).state == "cancelled"
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            await wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        assert (await shop.runner.job(job.id)).attempt == 0


async def test_what_cannot_be_done_to_a_job_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, noting) as shop:
        record = await done(shop)
        with pytest.raises(InputError, match=f"Job {record.id} is done already"):
            await shop.runner.cancel(record.id)
        with pytest.raises(InputError, match=f"Job {record.id} is done: only one that failed"):
            await shop.runner.retry(record.id)
        for act in (shop.runner.cancel, shop.runner.retry, shop.runner.job, shop.runner.wait):
            with pytest.raises(InputError, match="There is no job 'nobody'"):
                await act("nobody")


async def test_a_cancelled_job_can_be_asked_for_again(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, noting) as shop:
        job = await shop.runner.submit(order())
        await shop.runner.cancel(job.id)
        await shop.runner.retry(job.id)
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            assert (await shop.runner.wait(job.id)).state == "done"
            tasks.cancel_scope.cancel()


async def test_a_job_that_is_put_off_while_it_is_being_cancelled_is_cancelled_all_the_same(tmp_path: Path) -> None:
    async def busy(_job: JobRecord, _context: StepContext) -> None:
        raise TryLaterError("Busy.")

    async with open_workshop(tmp_path, busy, clock=LeapingClock()) as shop:
        defer, putting_off, go_on = shop.runner._queue.defer, anyio.Event(), anyio.Event()

        async def slowly(*given: Any) -> None:
            putting_off.set()
            await go_on.wait()
            await defer(*given)

        shop.runner._queue.defer = slowly
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            job = await shop.runner.submit(order())
            await putting_off.wait()
            tasks.start_soon(shop.runner.cancel, job.id)
            await wait_all_tasks_blocked()
            go_on.set()
            assert (await shop.runner.wait(job.id)).state == "cancelled"
            tasks.cancel_scope.cancel()


async def test_an_interrupted_job_of_the_same_order_is_gone_on_with(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, never_ending) as shop:
        first = await shop.runner.submit(order())
        await wait_all_tasks_blocked()
        while (await shop.runner.job(first.id)).state != "running":
            await anyio.lowlevel.checkpoint()
    async with running_workshop(tmp_path, noting, own_jobs_only=True) as shop:
        assert (await shop.runner.adopt_or_submit(order("another"))).id != first.id
        adopted = await shop.runner.adopt_or_submit(order())
        assert adopted.id == first.id
        assert (await shop.runner.wait(first.id)).state == "done"
        assert (await shop.runner.adopt_or_submit(order())).id != first.id


async def test_a_runner_for_its_own_jobs_leaves_others_alone(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, noting) as shop:
        other = await shop.runner.submit(order("other"))
    async with running_workshop(tmp_path, noting, own_jobs_only=True) as shop:
        assert (await done(shop)).state == "done"
        assert (await shop.runner.job(other.id)).state == "queued"


async def test_no_job_begins_on_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    space = SpaceGate(tmp_path, 1 << 30, free=lambda _folder: 5 << 20)
    async with running_workshop(tmp_path, noting, space=space) as shop:
        record = await done(shop)
    assert (record.state, record.steps) == ("needs_person", ())
    assert "5.0 MiB free" in record.error


async def test_a_disk_that_fills_while_a_job_runs_stops_it_before_its_next_step(tmp_path: Path) -> None:
    free = [2 << 30, 2 << 30, 1 << 20]
    space = SpaceGate(tmp_path, 1 << 30, free=lambda _folder: free.pop(0) if len(free) > 1 else free[0])

    async def recipe(_job: JobRecord, context: JobContext) -> Note:
        await context.step(write, "one")
        return await context.step(write, "two")

    async with running_workshop(tmp_path, recipe, space=space) as shop:
        record = await done(shop)
    assert record.state == "needs_person"
    assert [row.state for row in record.steps] == ["done"]


async def test_another_process_can_read_the_jobs_while_they_run(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, never_ending) as shop:
        job = await shop.runner.submit(order())
        while (await shop.runner.job(job.id)).state != "running":
            await anyio.lowlevel.checkpoint()
        with open_reader(tmp_path) as reader:
            assert [record.id for record in reader.jobs(("running",))] == [job.id]
            assert reader.job(job.id).order == order()
            assert reader.counts() == {"running": 1}


async def test_a_journal_so_full_that_not_even_an_end_fits_stops_the_runner_with_a_sentence(tmp_path: Path) -> None:
    async def recipe(_job: JobRecord, _context: JobContext) -> Note:
        pages = shop.store._writing.execute("PRAGMA page_count").fetchone()[0]
        shop.store._writing.execute(f"PRAGMA max_page_count = {pages}")
        return Note(text="x" * 100_000)

    async with open_workshop(tmp_path, recipe) as shop:
        job = await shop.runner.submit(order())
        with pytest.raises(NeedsPersonError, match="disk is full"):
            await shop.runner.run()
        assert (await shop.runner.wait(job.id)).state == "running"
    async with running_workshop(tmp_path, noting) as shop:
        assert (await shop.runner.wait(job.id)).state == "done"
    with sqlite3.connect(tmp_path / "reelforge.db") as connection:
        assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    connection.close()


async def test_the_runner_is_idle_when_every_job_is_over(tmp_path: Path) -> None:
    async with running_workshop(tmp_path, raising(TryLaterError("Busy.")), clock=LeapingClock()) as shop:
        jobs = [await shop.runner.submit(order()) for _ in range(5)]
        with anyio.fail_after(10):
            await shop.runner.idle()
        assert [(await shop.runner.job(job.id)).state for job in jobs] == ["done"] * 5


def test_job_names_are_unique_and_sort_by_age_even_when_the_clock_is_set_back() -> None:
    clock = LeapingClock()
    ids = JobIds(clock)
    names = [ids.new() for _ in range(500)]
    clock.set_back(3600)
    names += [ids.new() for _ in range(500)]
    assert names == sorted(set(names))
    assert {len(name) for name in names} == {16}
    assert JobIds(SystemClock()).new() > names[-1]
