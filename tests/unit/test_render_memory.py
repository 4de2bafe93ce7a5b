import anyio
import pytest

from reelforge.render.memory import Room


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_what_needs_much_is_not_passed_over_for_ever_by_what_needs_little():
    room, order = Room(100), []
    small, large = 0, 1

    async def take(size, what, over):
        async with room.taken(size):
            order.append(what)
            await over.wait()

    first, later = anyio.Event(), anyio.Event()
    later.set()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, 60, small, first)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(take, 90, large, later)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(take, 30, small, later)
        await anyio.wait_all_tasks_blocked()
        assert order == [small]
        first.set()
    assert order == [small, large, small]


@pytest.mark.anyio
async def test_one_that_is_cancelled_while_it_waits_stands_in_nobodys_way():
    room, over, got = Room(100), anyio.Event(), []

    async def take(size):
        async with room.taken(size):
            got.append(size)
            await over.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, 60)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as given_up:
            given_up.start_soon(take, 100)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(take, 40)
            await anyio.wait_all_tasks_blocked()
            given_up.cancel_scope.cancel()
        await anyio.wait_all_tasks_blocked()
        assert got == [60, 40]
        over.set()
    async with room.taken(100):
        pass


@pytest.mark.anyio
async def test_what_is_larger_than_all_there_is_takes_all_of_it():
    room = Room(100)
    async with room.taken(1000):
        with anyio.move_on_after(0), pytest.raises(anyio.get_cancelled_exc_class()):
            async with room.taken(1):
                pytest.fail("there was room")
    async with room.taken(100):
        pass
