from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from reelforge.domain.asset import AssetRef
from reelforge.domain.events import Event, StepFinished
from reelforge.domain.job import Cost, JobRecord, Order, StepContext, StepPolicy, step
from reelforge.domain.value import Value
from reelforge.errors import MaybePaidError, NeedsPersonError, NeverWorksError, TryLaterError
from reelforge.jobs.context import JobContext
from reelforge.testing.clock import LeapingClock
from reelforge.testing.workshop import Workshop, open_workshop, running_workshop

pytestmark = pytest.mark.anyio
ORDER = Order(channel="tests", topic="moon")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Take(Value):
    text: str
    file: AssetRef | None = None


class Takes(Value):
    takes: tuple[Take, ...]


class Desk:
    """Steps that note that they ran, and do what the test plans for them."""

    identity = "desk"

    def __init__(self, policy: StepPolicy | None = None) -> None:
        self.ran: list[str] = []
        self.keys: list[str] = []
        self.plan: dict[str, Callable[[StepContext], Awaitable[None]]] = {}
        if policy:
            self.policy = policy

    @step(slot="voice")
    async def say(self, context: StepContext, text: str) -> Take:
        self.ran.append(text)
        self.keys.append(context.idempotency_key)
        if text in self.plan:
            await self.plan[text](context)
        return Take(text=text, file=context.assets.add_bytes(text.encode(), "text/plain"))

    @step()
    async def say_all(self, context: StepContext, texts: tuple[str, ...]) -> Takes:
        self.ran.append("all")
        async with context.together() as group:
            handles = [group.step(self.say, text, name=f"take-{text}") for text in texts]
        return Takes(takes=tuple(handle.value for handle in handles))

    @step(journal=False)
    async def unkept(self, _context: StepContext, text: str) -> Take:
        self.ran.append(text)
        return Take(text=text)


def saying(desk: Desk, *texts: str) -> Callable[[JobRecord, JobContext], Awaitable[Takes]]:
    async def recipe(_job: JobRecord, context: JobContext) -> Takes:
        return Takes(takes=tuple([await context.step(desk.say, text) for text in texts]))

    return recipe


async def done(shop: Workshop, order: Order = ORDER) -> JobRecord:
    job = await shop.runner.submit(order)
    return await shop.runner.wait(job.id)


def fails(error: BaseException) -> Callable[[StepContext], Awaitable[None]]:
    async def plan(_context: StepContext) -> None:
        raise error

    return plan


async def forever(_context: StepContext) -> None:
    await anyio.sleep_forever()


async def test_a_finished_step_is_not_run_again_by_a_retried_job(tmp_path: Path) -> None:
    desk = Desk()
    desk.plan["two"] = fails(NeverWorksError("No."))
    async with running_workshop(tmp_path, saying(desk, "one", "two")) as shop:
        failed = await done(shop)
        assert (failed.state, failed.error, desk.ran) == ("failed", "No.", ["one", "two"])
        desk.plan.clear()
        await shop.runner.retry(failed.id)
        record = await shop.runner.wait(failed.id)
    assert (record.state, desk.ran) == ("done", ["one", "two", "two"])
    assert [(row.name, row.cached, row.attempt) for row in record.steps] == [("say", True, 1), ("say", False, 2)]


async def test_a_step_that_another_job_finished_is_reused_and_not_paid_again(tmp_path: Path) -> None:
    async def pay(context: StepContext) -> None:
        context.spend(Cost(engine="e", what="speech", units=3, unit="characters", price=0.25))

    desk = Desk(StepPolicy(paid="idempotent"))
    desk.plan["one"] = pay
    heard: list[Event] = []
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        first = await done(shop)
        shop.bus.listen(heard.append)
        second = await done(shop)
        costs = [await shop.store.read(lambda reader, job=job: reader.costs(job.id)) for job in (first, second)]
    assert desk.ran == ["one"]
    assert first.result == second.result
    assert [len(paid) for paid in costs] == [1, 0]
    assert [event.cached for event in heard if isinstance(event, StepFinished)] == [True]


async def test_a_result_whose_file_is_gone_is_made_again(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        first = await done(shop)
        ref = AssetRef.model_validate(first.result["takes"][0]["file"])
        shop.assets.path(ref).unlink()
        second = await done(shop)
        assert shop.assets.verify(ref)
    assert (second.state, desk.ran) == ("done", ["one", "one"])


async def test_a_step_without_a_journal_runs_each_time(tmp_path: Path) -> None:
    desk = Desk()

    async def recipe(_job: JobRecord, context: JobContext) -> Take:
        return await context.step(desk.unkept, "one")

    async with running_workshop(tmp_path, recipe) as shop:
        await done(shop)
        record = await done(shop)
    assert (desk.ran, record.steps) == (["one", "one"], ())


async def test_nested_steps_pay_for_none_of_their_finished_ones_again(tmp_path: Path) -> None:
    desk = Desk()
    desk.plan["c"] = fails(NeverWorksError("No."))

    async def recipe(_job: JobRecord, context: JobContext) -> Takes:
        return await context.step(desk.say_all, ("a", "b", "c"))

    async with running_workshop(tmp_path, recipe) as shop:
        failed = await done(shop)
        desk.plan.clear()
        desk.ran.clear()
        await shop.runner.retry(failed.id)
        record = await shop.runner.wait(failed.id)
    assert record.state == "done"
    assert sorted(desk.ran) == ["all", "c"]
    assert [take["text"] for take in record.result["takes"]] == ["a", "b", "c"]


async def test_of_two_identical_steps_at_once_only_one_runs(tmp_path: Path) -> None:
    desk, go = Desk(StepPolicy(paid="unclear")), anyio.Event()

    async def wait(_context: StepContext) -> None:
        await go.wait()

    desk.plan["same"] = wait

    async def recipe(_job: JobRecord, context: JobContext) -> Takes:
        async with context.together() as group:
            handles = [group.step(desk.say, "same", name=name) for name in ("left", "right")]
        return Takes(takes=tuple(handle.value for handle in handles))

    async with running_workshop(tmp_path, recipe) as shop:
        jobs = [await shop.runner.submit(ORDER), await shop.runner.submit(ORDER)]
        await wait_all_tasks_blocked()
        go.set()
        records = [await shop.runner.wait(job.id) for job in jobs]
    assert [record.state for record in records] == ["done", "done"]
    assert desk.ran == ["same"]


async def _interrupted(home: Path, desk: Desk) -> str:
    """A job whose process died while its step ran."""
    desk.plan["one"] = forever
    with anyio.CancelScope() as death:
        async with open_workshop(home, saying(desk, "one")) as shop, anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            job = await shop.runner.submit(ORDER)
            while desk.ran != ["one"]:
                await wait_all_tasks_blocked()
            death.cancel()
    desk.plan.clear()
    return job.id


async def test_an_interrupted_free_step_runs_again(tmp_path: Path) -> None:
    desk = Desk()
    job = await _interrupted(tmp_path, desk)
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        record = await shop.runner.wait(job)
    assert (record.state, record.attempt, desk.ran) == ("done", 2, ["one", "one"])


async def test_an_interrupted_idempotent_step_runs_again_with_the_same_key(tmp_path: Path) -> None:
    desk = Desk(StepPolicy(paid="idempotent"))
    job = await _interrupted(tmp_path, desk)
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        record = await shop.runner.wait(job)
    assert (record.state, len(desk.keys), len(set(desk.keys))) == ("done", 2, 1)


async def test_an_interrupted_unclear_step_waits_for_a_person_whose_retry_clears_it(tmp_path: Path) -> None:
    desk = Desk(StepPolicy(paid="unclear"))
    job = await _interrupted(tmp_path, desk)
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        stuck = await shop.runner.wait(job)
        assert stuck.state == "needs_person"
        assert "paid step say" in stuck.error
        assert f"reelforge retry {job}" in stuck.error
        assert desk.ran == ["one"]
        await shop.runner.retry(job)
        record = await shop.runner.wait(job)
    assert (record.state, desk.ran) == ("done", ["one", "one"])


async def test_the_same_order_given_anew_does_not_run_an_unclear_step_unasked(tmp_path: Path) -> None:
    desk = Desk(StepPolicy(paid="unclear"))
    first = await _interrupted(tmp_path, desk)
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        assert (await shop.runner.wait(first)).state == "needs_person"
        second = await done(shop)
        assert (second.state, desk.ran) == ("needs_person", ["one"])
        assert f"of job {first}" in second.error
        await shop.runner.retry(second.id)
        assert (await shop.runner.wait(second.id)).state == "done"
        await shop.runner.retry(first)
        assert (await shop.runner.wait(first)).state == "done"
    assert desk.ran == ["one", "one"]


async def test_who_asks_again_for_what_may_have_been_paid_is_told_before_a_new_job_begins(
    tmp_path: Path,
) -> None:
    desk = Desk(StepPolicy(paid="unclear"))
    first = await _interrupted(tmp_path, desk)
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        order = (await shop.runner.wait(first)).order
        with pytest.raises(NeedsPersonError, match=f"of job {first}"):
            await shop.runner.adopt_or_submit(order)
        await shop.runner.cancel(first)
        assert (await shop.runner.adopt_or_submit(order)).id != first


@pytest.mark.parametrize("fault", ["slow", "broken"])
async def test_a_paid_step_that_ends_without_saying_whether_it_paid_is_not_run_again_unasked(
    tmp_path: Path, fault: str
) -> None:
    desk = Desk(StepPolicy(timeout=0.02 if fault == "slow" else None, paid="unclear"))

    async def never_ends(_context: StepContext) -> None:
        await anyio.sleep_forever()

    async def breaks(_context: StepContext) -> None:
        raise MaybePaidError("The line broke.")

    desk.plan["one"] = never_ends if fault == "slow" else breaks
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        first = await done(shop)
        assert first.state == "needs_person"
        with pytest.raises(NeedsPersonError, match=f"of job {first.id}"):
            await shop.runner.adopt_or_submit(first.order)
        assert (await done(shop)).state == "needs_person"
    assert desk.ran == ["one"]


async def test_an_order_that_is_handed_in_twice_under_one_name_is_one_job(tmp_path: Path) -> None:
    desk = Desk()
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        order = Order(channel="tests", topic="moon")
        first = await shop.runner.adopt_or_submit(order, "0named")
        assert (await shop.runner.wait(first.id)).state == "done"
        again = await shop.runner.adopt_or_submit(order, "0named")
        assert (again.id, again.state) == ("0named", "done")
        assert len(await shop.runner.jobs()) == 1


async def test_a_busy_server_is_asked_again_with_growing_waits_and_no_slot_held(tmp_path: Path) -> None:
    desk, clock = Desk(), LeapingClock()
    errors = [TryLaterError("Busy."), TryLaterError("Busy.", retry_after=7.0), TryLaterError("Busy.")]
    free: list[int] = []

    async def busy(_context: StepContext) -> None:
        if errors:
            raise errors.pop(0)

    desk.plan["one"] = busy
    async with running_workshop(tmp_path, saying(desk, "one"), clock=clock) as shop:
        shop.bus.listen(lambda event: free.append(_used(shop)) if event.kind == "step_retried" else None)
        record = await done(shop)
    assert (record.state, desk.ran) == ("done", ["one"] * 4)
    first, asked, third = clock.slept
    assert 0.5 <= first <= 1
    assert 7 <= asked <= 7.7
    assert 2 <= third <= 4
    assert free == [0, 0, 0]


def _used(shop: Workshop) -> int:
    return next(use.used for use in shop.slots.uses() if use.name == "voice")


async def test_a_nested_steps_used_up_tries_are_not_multiplied_by_those_around_it(tmp_path: Path) -> None:
    desk, clock = Desk(), LeapingClock()
    desk.plan["a"] = fails(TryLaterError("Busy."))

    async def recipe(_job: JobRecord, context: JobContext) -> Takes:
        return await context.step(desk.say_all, ("a",))

    async with running_workshop(tmp_path, recipe, clock=clock, job_tries=1) as shop:
        record = await done(shop)
        told = [event.step for event in await shop.store.read(lambda r: r.events(0)) if event.kind == "step_failed"]
    assert (record.state, record.error) == ("failed", "Busy.")
    assert desk.ran == ["all", *["a"] * 4]
    assert set(told) == {"say_all/take-a"}


async def test_a_step_over_its_time_is_tried_again(tmp_path: Path) -> None:
    desk = Desk(StepPolicy(timeout=0.02, tries=2))
    desk.plan["one"] = forever
    async with running_workshop(tmp_path, saying(desk, "one"), clock=LeapingClock(), job_tries=1) as shop:
        record = await done(shop)
    assert (record.state, len(desk.ran)) == ("failed", 2)
    assert "not done within 0.02 seconds" in record.error


async def test_an_unclear_paid_step_over_its_time_is_not_tried_again(tmp_path: Path) -> None:
    desk = Desk(StepPolicy(timeout=0.02, paid="unclear"))
    desk.plan["one"] = forever
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        record = await done(shop)
    assert (record.state, desk.ran) == ("needs_person", ["one"])


async def test_what_was_spent_is_recorded_when_the_step_then_fails_or_is_cancelled(tmp_path: Path) -> None:
    desk = Desk()
    cost = Cost(engine="e", what="speech", units=1, unit="token", price=0.5)
    spent = anyio.Event()

    async def pay_and_fail(context: StepContext) -> None:
        context.spend(cost)
        raise NeverWorksError("No.")

    async def pay_and_wait(context: StepContext) -> None:
        context.spend(cost)
        spent.set()
        await anyio.sleep_forever()

    desk.plan = {"one": pay_and_fail, "two": pay_and_wait}

    async def recipe(job: JobRecord, context: JobContext) -> Take:
        return await context.step(desk.say, job.order.topic)

    async with running_workshop(tmp_path, recipe) as shop:
        await done(shop, ORDER.model_copy(update={"topic": "one"}))
        job = await shop.runner.submit(ORDER.model_copy(update={"topic": "two"}))
        await spent.wait()
        await shop.runner.cancel(job.id)
        assert await shop.store.read(lambda reader: reader.spent("tests")) == {"USD": 1.0}


async def test_a_try_with_the_same_idempotency_key_is_counted_once_in_the_costs(tmp_path: Path) -> None:
    desk, tries = Desk(StepPolicy(paid="idempotent")), []

    async def pay(context: StepContext) -> None:
        context.spend(Cost(engine="e", what="speech", units=1, unit="token", price=0.5))
        tries.append(1)
        if len(tries) < 3:
            raise TryLaterError("The answer was cut.")

    desk.plan["one"] = pay
    async with running_workshop(tmp_path, saying(desk, "one"), clock=LeapingClock()) as shop:
        assert (await done(shop)).state == "done"
        assert await shop.store.read(lambda reader: reader.spent()) == {"USD": 0.5}


async def test_a_step_that_holds_its_slot_lends_it_to_its_nested_steps(tmp_path: Path) -> None:
    class Nested(Desk):
        @step(slot="video")
        async def outer(self, context: StepContext, text: str) -> Take:
            return await context.step(self.inner, text)

        @step(slot="video")
        async def inner(self, _context: StepContext, text: str) -> Take:
            return Take(text=text)

    desk = Nested()

    async def recipe(_job: JobRecord, context: JobContext) -> Takes:
        async with context.together() as group:
            handles = [group.step(desk.outer, str(number)) for number in range(5)]
        return Takes(takes=tuple(handle.value for handle in handles))

    async with running_workshop(tmp_path, recipe) as shop:
        shop.slots.resize({"video": 1})
        with anyio.fail_after(5):
            assert (await done(shop)).state == "done"
        assert all(use.used == 0 for use in shop.slots.uses())


async def test_a_step_that_runs_itself_on_the_same_values_is_a_mistake_not_a_hang(tmp_path: Path) -> None:
    class Loop(Desk):
        @step()
        async def again(self, context: StepContext, text: str) -> Take:
            return await context.step(self.again, text)

    async def recipe(_job: JobRecord, context: JobContext) -> Take:
        return await context.step(Loop().again, "x")

    async with running_workshop(tmp_path, recipe) as shop:
        with anyio.fail_after(5):
            record = await done(shop)
    assert record.state == "failed"
    assert "it would never end" in record.error


async def test_progress_comes_from_threads_is_thinned_out_and_never_loses_the_end(tmp_path: Path) -> None:
    desk, heard = Desk(), []

    async def count(context: StepContext) -> None:
        def work() -> None:
            for number in range(1, 1001):
                context.progress(number, 1000, "frames")

        await context.in_thread(work)

    desk.plan["one"] = count
    async with running_workshop(tmp_path, saying(desk, "one")) as shop:
        shop.bus.listen(lambda event: heard.append(event.done) if event.kind == "step_progressed" else None)
        await done(shop)
        stored = await shop.store.read(lambda reader: reader.events(0))
    assert (heard[0], heard[-1]) == (1, 1000)
    assert len(heard) < 20
    assert all(event.kind != "step_progressed" for event in stored)
