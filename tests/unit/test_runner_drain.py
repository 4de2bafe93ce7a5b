from pathlib import Path

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from reelforge.domain.job import JobRecord, Order, StepContext, step
from reelforge.domain.value import Value
from reelforge.errors import TryLaterError
from reelforge.jobs.context import JobContext
from reelforge.jobs.slots import Slots
from reelforge.testing.workshop import Workshop, open_workshop, running_workshop

pytestmark = pytest.mark.anyio
ORDER = Order(channel="tests", topic="moon")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Note(Value):
    text: str


class Bench:
    """Steps that wait at a gate of the test's."""

    identity = "bench"

    def __init__(self) -> None:
        self.gate = anyio.Event()
        self.ran: list[str] = []

    @step(slot="voice")
    async def work(self, _context: StepContext, text: str) -> Note:
        self.ran.append(text)
        await self.gate.wait()
        return Note(text=text)

    @step()
    async def both(self, context: StepContext, texts: tuple[str, ...]) -> Note:
        async with context.together() as group:
            for text in texts:
                group.step(self.work, text, name=text)
        return Note(text="both")

    async def two(self, _job: JobRecord, context: JobContext) -> Note:
        await context.step(self.work, "one", name="one")
        return await context.step(self.work, "two", name="two")

    async def last(self, _job: JobRecord, context: JobContext) -> Note:
        return await context.step(self.work, "one", name="one")

    async def nested(self, _job: JobRecord, context: JobContext) -> Note:
        return await context.step(self.both, ("a", "b", "c"))


async def _drained(shop: Workshop, bench: Bench, begun: int, timeout: float = 60.0) -> JobRecord:  # noqa: ASYNC109 - passed on
    async with anyio.create_task_group() as tasks:
        job = await shop.runner.submit(ORDER)
        tasks.start_soon(shop.runner.run)
        while len(bench.ran) < begun:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(shop.runner.drain, timeout)
        await wait_all_tasks_blocked()
        bench.gate.set()
    return await shop.runner.wait(job.id)


async def test_draining_lets_the_running_step_end_and_begins_no_other(tmp_path: Path) -> None:
    bench = Bench()
    async with open_workshop(tmp_path, bench.two) as shop:
        record = await _drained(shop, bench, 1)
    assert (record.state, bench.ran) == ("queued", ["one"])
    assert [(row.name, row.state) for row in record.steps] == [("one", "done")]
    async with running_workshop(tmp_path, bench.two) as shop:
        assert (await shop.runner.wait(record.id)).state == "done"
    assert bench.ran == ["one", "two"]


async def test_a_job_in_its_last_step_is_done_when_draining_is(tmp_path: Path) -> None:
    bench = Bench()
    async with open_workshop(tmp_path, bench.last) as shop:
        record = await _drained(shop, bench, 1)
    assert record.state == "done"


async def test_running_nested_steps_end_and_those_that_wait_for_a_slot_do_not_begin(tmp_path: Path) -> None:
    bench = Bench()
    async with open_workshop(tmp_path, bench.nested, slots=Slots({"voice": 2})) as shop:
        record = await _drained(shop, bench, 2)
    assert record.state == "queued"
    assert bench.ran == ["a", "b"]
    finished = {row.name for row in record.steps if row.state == "done"}
    assert finished == {"both/a", "both/b"}


async def test_after_its_time_draining_hands_back_what_still_runs(tmp_path: Path) -> None:
    bench = Bench()
    async with open_workshop(tmp_path, bench.last) as shop, anyio.create_task_group() as tasks:
        job = await shop.runner.submit(ORDER)
        tasks.start_soon(shop.runner.run)
        while not bench.ran:
            await anyio.lowlevel.checkpoint()
        with anyio.fail_after(3):
            assert await shop.runner.drain(0.01)
        record = await shop.runner.wait(job.id)
        told = [event.kind for event in await shop.store.read(lambda reader: reader.job_events(job.id))]
    assert record.state == "queued"
    assert told[-1] == "job_handed_back"


async def test_draining_takes_no_new_job(tmp_path: Path) -> None:
    bench = Bench()
    async with open_workshop(tmp_path, bench.last) as shop:
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            assert await shop.runner.drain()
        for hand_in in (shop.runner.submit, shop.runner.adopt_or_submit):
            with pytest.raises(TryLaterError, match="takes no new job"):
                await hand_in(ORDER)
        assert await shop.runner.jobs() == ()
    assert bench.ran == []


async def test_stopping_at_once_hands_the_job_back_and_it_goes_on_at_the_next_start(tmp_path: Path) -> None:
    bench = Bench()
    async with running_workshop(tmp_path, bench.last) as shop:
        job = await shop.runner.submit(ORDER)
        while not bench.ran:
            await anyio.lowlevel.checkpoint()
    bench.gate.set()
    async with running_workshop(tmp_path, bench.last) as shop:
        record = await shop.runner.wait(job.id)
    assert (record.state, record.attempt) == ("done", 2)


async def test_leftovers_are_swept_before_anything_runs(tmp_path: Path) -> None:
    bench = Bench()
    bench.gate.set()
    async with open_workshop(tmp_path, bench.last) as shop:
        left = shop.assets.root / "tmp" / "half.wav"
        left.write_bytes(b"half")
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            assert not left.exists()
            await shop.runner.drain()
