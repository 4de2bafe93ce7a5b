"""What every step may rely on, with a journal or without one."""

import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from reelforge.domain.job import Cost, JobRecord, Order, StepContext, step
from reelforge.domain.value import Value
from reelforge.errors import NeedsPersonError
from reelforge.jobs.context import JobContext
from reelforge.jobs.plain import PlainContext
from reelforge.jobs.slots import Slots
from reelforge.store.assets import FileAssets
from reelforge.testing.workshop import running_workshop

pytestmark = pytest.mark.anyio
Body = Callable[[StepContext], Awaitable[Any]]
Perform = Callable[[Path, Body], Awaitable[None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Seen(Value):
    job: str
    channel: str
    path: str
    idempotency_key: str


@step(slot="voice")
async def look(context: StepContext, _text: str) -> Seen:
    return Seen(job=context.job, channel=context.channel, path=context.path, idempotency_key=context.idempotency_key)


@step(slot="voice")
async def nest(context: StepContext, text: str) -> Seen:
    async with context.together() as group:
        left = group.step(look, f"{text} left", name="left")
        right = group.step(look, f"{text} right", name="right")
    assert left.value.path.endswith("/left")
    return right.value


@step()
async def fail_late(_context: StepContext, message: str) -> Seen:
    await anyio.lowlevel.checkpoint()
    raise NeedsPersonError(message)


class Watch:
    identity = "watch"

    def __init__(self) -> None:
        self.began = anyio.Event()
        self.ended = threading.Event()

    @step()
    async def wait(self, context: StepContext) -> Seen:
        def work() -> None:
            anyio.from_thread.run_sync(self.began.set)
            try:
                while not self.ended.wait(0.001):
                    context.check_cancelled()
            finally:
                self.ended.set()

        await context.in_thread(work)
        raise AssertionError("it was to be cancelled")


async def in_plain(home: Path, body: Body) -> None:
    limits = {"voice": anyio.CapacityLimiter(1)}
    await body(PlainContext(FileAssets(home / "assets"), channel="tests", limits=limits))


async def in_job(home: Path, body: Body) -> None:
    failures: list[BaseException] = []

    async def recipe(_job: JobRecord, context: JobContext) -> None:
        try:
            await body(context)
        except Exception as error:
            failures.append(error)
            raise

    async with running_workshop(home, recipe, slots=Slots({"voice": 1})) as shop:
        job = await shop.runner.submit(Order(channel="tests"))
        await shop.runner.wait(job.id)
    if failures:
        raise failures[0]


@pytest.fixture(params=[in_plain, in_job], ids=["plain", "job"])
def perform(request: pytest.FixtureRequest) -> Perform:
    return request.param


async def test_a_nested_step_knows_its_job_channel_and_path(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        seen = await context.step(nest, "a", name="outer")
        assert (context.path, context.channel, context.job) == ("", "tests", seen.job)
        assert (seen.path, seen.channel) == ("outer/right", "tests")

    await perform(tmp_path, body)


async def test_the_functions_name_is_the_steps_name_by_default(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        assert (await context.step(look, "a")).path == "look"

    await perform(tmp_path, body)


async def test_the_idempotency_key_belongs_to_the_inputs(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        keys = [(await context.step(look, text, name=name)).idempotency_key for text, name in (("a", "x"), ("b", "x"))]
        assert len(set(keys)) == 2
        assert (await context.step(look, "a", name="x")).idempotency_key == keys[0]

    await perform(tmp_path, body)


async def test_a_handle_is_read_only_after_its_group(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        async with context.together() as group:
            handle = group.step(look, "a")
            with pytest.raises(RuntimeError, match="after its group was left"):
                _ = handle.value
        assert handle.value.path == "look"

    await perform(tmp_path, body)


async def test_nested_steps_of_one_narrow_slot_do_not_wait_for_each_other_for_ever(
    tmp_path: Path, perform: Perform
) -> None:
    async def body(context: StepContext) -> None:
        async with context.together() as group:
            for number in range(3):
                group.step(nest, str(number), name=str(number))

    with anyio.fail_after(10):
        await perform(tmp_path, body)


async def test_the_first_failure_cancels_the_rest_and_is_one_plain_error(tmp_path: Path, perform: Perform) -> None:
    watch = Watch()

    async def body(context: StepContext) -> None:
        async with context.together() as group:
            group.step(watch.wait)
            await watch.began.wait()
            group.step(fail_late, "The key is refused.")

    with pytest.raises(NeedsPersonError, match="The key is refused"):
        await perform(tmp_path, body)
    assert watch.ended.is_set()


async def test_checking_for_cancellation_is_harmless_anywhere_while_the_job_goes_on(
    tmp_path: Path, perform: Perform
) -> None:
    async def body(context: StepContext) -> None:
        context.check_cancelled()
        await context.in_thread(context.check_cancelled)
        own = threading.Thread(target=context.check_cancelled)
        own.start()
        own.join()

    await perform(tmp_path, body)


async def test_threads_return_their_values_and_raise_their_errors(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        assert await context.in_thread(divmod, 7, 3) == (2, 1)
        with pytest.raises(ZeroDivisionError):
            await context.in_thread(divmod, 7, 0)

    await perform(tmp_path, body)


@step()
async def pay(context: StepContext, price: float) -> Seen:
    context.spend(Cost(engine="e", what="speech", units=1, unit="token", price=price))
    return await context.step(look, "within")


async def test_the_account_tells_finished_steps_in_their_order_and_what_was_paid(
    tmp_path: Path, perform: Perform
) -> None:
    async def body(context: StepContext) -> None:
        await context.step(look, "first")
        await context.step(pay, 0.25)
        account = await context.account()
        assert [(row.name, row.state, row.cached) for row in account.steps] == [
            ("look", "done", False),
            ("pay/look", "done", False),
            ("pay", "done", False),
        ]
        assert [cost.price for cost in account.costs] == [0.25]

    await perform(tmp_path, body)


async def test_progress_costs_assets_and_time_are_there(tmp_path: Path, perform: Perform) -> None:
    async def body(context: StepContext) -> None:
        context.progress(1, 2, "frames")
        await context.in_thread(context.progress, 2, 2, "frames")
        context.spend(Cost(engine="e", what="speech", units=1, unit="token", price=0.0))
        assert context.assets.has(context.assets.add_bytes(b"x", "x/y"))
        assert context.clock.monotonic() <= context.clock.monotonic()

    await perform(tmp_path, body)
