"""A person's value in the place of a step's: it is kept, gone on from, and never mistaken for something else."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from reelforge.domain.asset import AssetRef
from reelforge.domain.job import JobRecord, Order, StepContext, step
from reelforge.domain.value import Value
from reelforge.errors import InputError, NeverWorksError
from reelforge.jobs.context import JobContext
from reelforge.store.reader import open_reader
from reelforge.testing.workshop import Workshop, running_workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Note(Value):
    text: str
    file: AssetRef | None = None


class Desk:
    """A recipe that writes, unless a person has, and then shows."""

    def __init__(self) -> None:
        self.written = 0
        self.broken = False
        self.go_on = anyio.Event()
        self.go_on.set()

    async def recipe(self, job: JobRecord, context: JobContext) -> Note:
        note = await context.recorded("write", Note)
        if note is None or note.text == "as written":
            note = await context.step(self.write, job.order.topic or "")
        await self.go_on.wait()
        if self.broken:
            raise NeverWorksError("It cannot be shown.")
        return note

    identity = "desk"

    @step(scope="job")
    async def write(self, _context: StepContext, _text: str) -> Note:
        self.written += 1
        return Note(text="as written")


async def made(shop: Workshop) -> JobRecord:
    return await shop.runner.wait((await shop.runner.submit(Order(channel="tests", topic="moon"))).id)


async def amended(shop: Workshop, job: str, text: str, known: int = 1) -> JobRecord:
    await shop.runner.amend(job, "write", Note(text=text), known)
    return await shop.runner.wait(job)


async def changing(shop: Workshop, desk: Desk) -> JobRecord:
    """A job that was made once and is being changed now, until ``desk.go_on`` is set."""
    first = await made(shop)
    desk.go_on = anyio.Event()
    await shop.runner.amend(first.id, "write", Note(text="mine"), 1)
    return first


async def running(shop: Workshop, job: JobRecord) -> None:
    while (await shop.runner.job(job.id)).state != "running":
        await anyio.lowlevel.checkpoint()


async def test_a_job_that_was_done_goes_on_from_what_a_person_put_there_and_does_nothing_again(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await made(shop)
        second = await amended(shop, first.id, "mine")
        third = await amended(shop, first.id, "mine again", known=2)
    assert (first.result["text"], second.result["text"], third.result["text"]) == ("as written", "mine", "mine again")
    assert (third.state, desk.written, third.attempt) == ("done", 1, 3)
    assert [one.name for one in third.steps] == ["write"]
    with open_reader(tmp_path) as reader:
        assert [Note.model_validate_json(body).text for body in reader.recorded(first.id, "write")] == [
            "as written",
            "mine",
            "mine again",
        ]


async def test_the_same_value_handed_in_twice_is_one_change(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await made(shop)
        await amended(shop, first.id, "mine")
        again = await amended(shop, first.id, "mine")
        bodies = await shop.store.read(lambda reader: reader.recorded(first.id, "write"))
    assert (again.state, again.attempt, len(bodies)) == ("done", 2, 2)


async def test_a_running_job_is_not_changed_under_its_own_hands(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await changing(shop, desk)
        await running(shop, first)
        with pytest.raises(InputError, match=f"Job {first.id} is being made just now, and cannot be changed"):
            await shop.runner.amend(first.id, "write", Note(text="other"), 2)
        assert (await shop.runner.amend(first.id, "write", Note(text="mine"), 1)).state == "running"
        desk.go_on.set()
        assert (await shop.runner.wait(first.id)).result == {"text": "mine", "file": None}


async def test_what_was_changed_since_it_was_read_is_not_written_over(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await made(shop)
        await amended(shop, first.id, "mine")
        with pytest.raises(InputError, match="have been changed since they were read"):
            await shop.runner.amend(first.id, "write", Note(text="yours"), 1)
        with pytest.raises(InputError, match="not come so far that its read can be changed"):
            await shop.runner.amend(first.id, "read", Note(text="yours"), 0)
        with pytest.raises(InputError, match="There is no job 'nobody'"):
            await shop.runner.amend("nobody", "write", Note(text="yours"), 0)


async def test_a_change_that_fails_leaves_the_former_result_and_can_be_tried_again(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await made(shop)
        desk.broken = True
        failed = await amended(shop, first.id, "mine")
        assert (failed.state, failed.error, failed.result["text"]) == ("failed", "It cannot be shown.", "as written")
        desk.broken = False
        mended = await amended(shop, first.id, "mine")
        assert (mended.state, mended.result["text"], desk.written) == ("done", "mine", 1)


async def test_a_change_interrupted_before_its_job_ran_is_gone_on_with_by_the_next_process(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await changing(shop, desk)
    desk.go_on.set()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        again = await shop.runner.wait(first.id)
    assert (again.state, again.result["text"], desk.written) == ("done", "mine", 1)


async def test_the_same_order_anew_does_not_take_over_a_job_that_a_person_is_changing(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, desk.recipe) as shop:
        first = await changing(shop, desk)
        await running(shop, first)
        other = await shop.runner.adopt_or_submit(Order(channel="tests", topic="moon"))
        desk.go_on.set()
        assert other.id != first.id
        assert (await shop.runner.wait(other.id)).result["text"] == "as written"


async def test_what_is_recorded_but_cannot_be_used_any_more_is_said_in_a_sentence(tmp_path: Path) -> None:
    class Other(Value):
        number: int

    async def other(_job: JobRecord, context: JobContext) -> Other | None:
        return await context.recorded("write", Other)

    async def same(_job: JobRecord, context: JobContext) -> Note | None:
        return await context.recorded("write", Note)

    async with running_workshop(tmp_path, Desk().recipe) as shop:
        first = await made(shop)
    gone = Note(text="mine", file=AssetRef(sha256="a" * 64, media_type="audio/flac", size=1))
    for recipe, says in ((other, "recorded by another version"), (same, "gave are gone from the work folder")):
        async with running_workshop(tmp_path, recipe) as shop:
            known = len(await shop.store.read(lambda reader: reader.recorded(first.id, "write")))
            await shop.runner.amend(first.id, "write", gone.model_copy(update={"text": says}), known)
            record = await shop.runner.wait(first.id)
        assert record.state == "needs_person"
        assert says in record.error


async def test_without_a_journal_nothing_is_recorded(tmp_path: Path) -> None:
    from reelforge.jobs.plain import PlainContext
    from reelforge.store.assets import FileAssets

    assert await PlainContext(FileAssets(tmp_path)).recorded("write", Note) is None
