import anyio
import pytest
from anyio import wait_all_tasks_blocked

from reelforge.jobs.slots import PrioritySlot, Slots, default_totals

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_usual_bounds_follow_the_number_of_cores() -> None:
    usual = {"fetch": 8, "voice": 4, "image": 4, "video": 2, "encode": 2, "segment": 8, "jobs": 3}
    assert default_totals(8) == usual
    assert default_totals(2)["encode"] == 1


async def test_who_has_the_smaller_rank_goes_first_and_equals_in_their_order() -> None:
    slot, order = PrioritySlot(1), []
    await slot.acquire((0, ""))

    async def take(name: str, priority: int) -> None:
        await slot.acquire((priority, "job"))
        order.append(name)
        slot.release()

    async with anyio.create_task_group() as tasks:
        for name, priority in (("scheduled", 10), ("person", 0), ("later", 10), ("person too", 0)):
            tasks.start_soon(take, name, priority)
            await wait_all_tasks_blocked()
        slot.release()
    assert order == ["person", "person too", "scheduled", "later"]


async def test_never_more_at_once_than_there_is_room() -> None:
    slots, at_once, most = Slots({"voice": 3}), 0, 0

    async def work() -> None:
        nonlocal at_once, most
        async with slots.hold("voice"):
            at_once += 1
            most = max(most, at_once)
            await anyio.lowlevel.checkpoint()
            at_once -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(work)
    assert most == 3


async def test_someone_who_gives_up_waiting_takes_no_room_with_him() -> None:
    slot = PrioritySlot(1)
    await slot.acquire((0, ""))
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(slot.acquire, (0, "a"))
            await wait_all_tasks_blocked()
            scope.cancel()
    assert slot.use("x").waiting == 0
    slot.release()
    await slot.acquire((0, "b"))
    assert slot.use("x").used == 1


async def test_room_given_to_someone_who_was_just_cancelled_goes_to_the_next() -> None:
    slots, got = Slots({"image": 1}), []
    slot = slots._slots["image"]
    await slot.acquire((0, ""))
    given_up = anyio.CancelScope()

    async def cancelled() -> None:
        with given_up:
            async with slots.hold("image", (0, "a")):
                await anyio.lowlevel.checkpoint()
                got.append("cancelled")

    async def patient() -> None:
        await slot.acquire((1, "b"))
        got.append("patient")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancelled)
        tasks.start_soon(patient)
        await wait_all_tasks_blocked()
        slot.release()
        given_up.cancel()
    assert got == ["patient"]
    assert slot.use("x").used == 1


async def test_a_wider_bound_lets_those_in_who_wait() -> None:
    slots, running = Slots({"video": 1}), []

    async def work(name: str) -> None:
        async with slots.hold("video"):
            running.append(name)
            await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work, "a")
        tasks.start_soon(work, "b")
        await wait_all_tasks_blocked()
        assert running == ["a"]
        slots.resize({"video": 2})
        await wait_all_tasks_blocked()
        assert running == ["a", "b"]
        tasks.cancel_scope.cancel()
