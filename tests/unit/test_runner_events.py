from pathlib import Path

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from reelforge.domain.events import Event, JobQueued, SettingsReloaded, StepProgressed
from reelforge.domain.job import JobRecord, Order
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.context import JobContext
from reelforge.jobs.events import EventBus, Subscription
from reelforge.store.store import open_store
from reelforge.testing.clock import LeapingClock
from reelforge.testing.workshop import open_workshop, running_workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def queued(name: object) -> JobQueued:
    return JobQueued(job=str(name), channel="c")


def progressed(done: float) -> StepProgressed:
    return StepProgressed(job="j", channel="c", step="s", done=done, total=100)


async def take(subscription: Subscription, number: int) -> list[Event]:
    with anyio.fail_after(5):
        return [await anext(subscription) for _ in range(number)]


async def test_a_follower_gets_what_it_missed_and_then_what_comes_each_once(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        bus = EventBus(store, SystemClock())
        for number in range(1200):
            await bus.record(queued(number))
        async with bus.subscribe(after=100) as events, anyio.create_task_group() as tasks:
            tasks.start_soon(_record, bus, 20)
            heard = await take(events, 1120)
    assert [event.id for event in heard] == list(range(101, 1221))


async def _record(bus: EventBus, number: int) -> None:
    for count in range(number):
        await bus.record(queued(count))


async def test_a_follower_without_a_past_hears_only_what_comes(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        bus = EventBus(store, SystemClock())
        await bus.record(queued("before"))
        async with bus.subscribe() as events:
            await bus.record(queued("after"))
            assert [event.job for event in await take(events, 1)] == ["after"]


async def test_a_slow_follower_holds_nobody_up_and_misses_no_stored_event(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        bus = EventBus(store, SystemClock())
        async with bus.subscribe(room=10) as events:
            for number in range(50):
                bus.publish(progressed(number))
                await bus.record(queued(number))
            heard = await take(events, 50)
            assert len(events._live) <= 10
    assert [event.id for event in heard] == list(range(1, 51))


async def test_a_listener_that_fails_is_kept_and_harms_nobody(tmp_path: Path) -> None:
    heard: list[Event] = []

    def broken(_event: Event) -> None:
        raise ZeroDivisionError

    async with open_store(tmp_path, ballast=0) as store:
        bus = EventBus(store, SystemClock())
        bus.listen(broken)
        stop = bus.listen(heard.append)
        await bus.record(queued("one"))
        stop()
        stop()
        await bus.record(queued("two"))
    assert [event.job for event in heard] == ["one"]


async def test_an_event_from_a_thread_is_heard_in_the_event_loop_with_its_time(tmp_path: Path) -> None:
    heard: list[Event] = []
    clock = LeapingClock()
    async with open_store(tmp_path, ballast=0) as store:
        bus = EventBus(store, clock)
        bus.listen(lambda event: (anyio.lowlevel.current_token(), heard.append(event)))
        await anyio.to_thread.run_sync(bus.publish, progressed(1))
        await bus.record(SettingsReloaded(path="x"))
    assert [(event.id, event.at > 0) for event in heard] == [(0, True), (1, True)]


async def test_following_a_job_tells_all_of_it_and_ends_with_it(tmp_path: Path) -> None:
    go = anyio.Event()

    async def recipe(_job: JobRecord, context: JobContext) -> None:
        await go.wait()
        context.progress(1, 1)

    async with running_workshop(tmp_path, recipe) as shop:
        job = await shop.runner.submit(Order(channel="c"))
        other = await shop.runner.submit(Order(channel="d"))
        live: list[str] = []

        async def follow() -> None:
            live.extend([event.kind async for event in shop.runner.follow(job.id)])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await wait_all_tasks_blocked()
            go.set()
        await shop.runner.wait(other.id)
        later = [event.kind async for event in shop.runner.follow(job.id)]
    assert live == ["job_queued", "job_started", "step_progressed", "job_finished"]
    assert later == ["job_queued", "job_started", "job_finished"]


async def test_following_a_handed_back_job_again_waits_for_what_comes(tmp_path: Path) -> None:
    async def recipe(_job: JobRecord, _context: JobContext) -> None:
        await anyio.sleep_forever()

    async with open_workshop(tmp_path, recipe) as shop:
        job = await shop.runner.submit(Order(channel="c"))
        async with anyio.create_task_group() as tasks:
            await tasks.start(shop.runner.run)
            kinds = []
            async for event in shop.runner.follow(job.id):
                kinds.append(event.kind)
                if event.kind == "job_started":
                    tasks.start_soon(shop.runner.drain, 0.0)
        assert kinds[-1] == "job_handed_back"
