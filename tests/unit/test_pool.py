import anyio
import pytest
from pydantic import BaseModel

from reelforge.pool import Pool, engine_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Options(BaseModel):
    name: str = ""


class Engine:
    """Takes a moment to close."""

    def __init__(self) -> None:
        self.closed = 0
        self.may_close = anyio.Event()

    async def aclose(self) -> None:
        await self.may_close.wait()
        self.closed += 1


def _key(name: str):
    return engine_key("voice", name, Options())


async def test_jobs_that_want_the_same_engine_share_it_and_the_last_one_closes_it():
    pool, made = Pool(), []

    def make() -> Engine:
        made.append(Engine())
        made[-1].may_close.set()
        return made[-1]

    async with pool.borrow("voice", "a", Options(), make) as one, pool.borrow("voice", "a", Options(), make) as other:
        assert one is other
    assert [engine.closed for engine in made] == [1]


async def test_a_wanted_engine_stays_open_between_jobs():
    pool, engine = Pool(), Engine()
    await pool.want({_key("a")})
    for _ in range(2):
        async with pool.borrow("voice", "a", Options(), lambda: engine) as borrowed:
            assert borrowed is engine
    assert engine.closed == 0


async def test_engines_are_closed_once_and_none_that_is_borrowed_again_while_others_are_being_closed():
    pool, engines = Pool(), {name: Engine() for name in "abc"}
    await pool.want({_key(name) for name in engines})
    for name, engine in engines.items():
        async with pool.borrow("voice", name, Options(), lambda engine=engine: engine):
            pass
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.want, set())
        await anyio.wait_all_tasks_blocked()
        async with pool.borrow("voice", "b", Options(), lambda: engines["b"]) as borrowed:
            tasks.start_soon(pool.want, set())
            for name in "ac":
                engines[name].may_close.set()
            await anyio.wait_all_tasks_blocked()
            assert (borrowed.closed, engines["a"].closed, engines["c"].closed) == (0, 1, 1)
            borrowed.may_close.set()
    assert [engine.closed for engine in engines.values()] == [1, 1, 1]
