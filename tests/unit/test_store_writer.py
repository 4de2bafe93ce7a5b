import sqlite3
from pathlib import Path

import anyio
import pytest

from reelforge.domain.events import JobQueued, SettingsReloaded
from reelforge.errors import NeedsPersonError
from reelforge.store.reader import open_reader
from reelforge.store.space import Ballast, SpaceGate
from reelforge.store.store import Store, Transaction, open_store

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _add(name: str, transaction: Transaction) -> None:
    transaction.run("insert_job", id=name, channel="c", order="{}", order_key="k", priority=0, not_before=None)


def _names(store: Store) -> list[str]:
    return [row[0] for row in store._writing.execute("SELECT id FROM jobs ORDER BY seq")]


async def test_a_transaction_that_fails_leaves_nothing_and_takes_no_other_with_it(tmp_path: Path) -> None:
    def half(transaction: Transaction) -> None:
        _add("half", transaction)
        raise ZeroDivisionError

    async with open_store(tmp_path, ballast=0) as store, anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(store.write, lambda t, n=number: _add(f"whole-{n}", t))
            with pytest.raises(ZeroDivisionError):
                await store.write(half)
    with open_reader(tmp_path) as reader:
        assert sorted(job for job in _ids(reader)) == [f"whole-{number}" for number in range(5)]


def _ids(reader: object) -> list[str]:
    return [row[0] for row in reader._connection.execute("SELECT id FROM jobs")]


async def test_a_cancelled_task_leaves_its_transaction_whole(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        with anyio.CancelScope() as scope:

            def two(transaction: Transaction) -> None:
                anyio.from_thread.run_sync(scope.cancel)
                _add("one", transaction)
                _add("two", transaction)

            await store.write(two)
            await anyio.lowlevel.checkpoint()
        assert scope.cancelled_caught
        assert _names(store) == ["one", "two"]


async def test_what_was_asked_for_is_written_when_the_program_is_cancelled(tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        async with open_store(tmp_path, ballast=0) as store, anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(store.write, lambda t, n=number: _add(str(n), t))
            await anyio.lowlevel.checkpoint()
            scope.cancel()
    with open_reader(tmp_path) as reader:
        assert len(_ids(reader)) == 20


async def test_events_are_announced_after_their_commit_in_the_order_of_their_ids(tmp_path: Path) -> None:
    heard: list[int] = []
    async with open_store(tmp_path, ballast=0) as store:

        def listen(event: JobQueued) -> None:
            with open_reader(tmp_path) as reader:
                assert reader.last_event() >= event.id
            heard.append(event.id)

        store.announce_to(listen)
        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(store.record, JobQueued(job=str(number), channel="c"))
    assert heard == list(range(1, 31))


async def test_an_event_whose_transaction_fails_is_never_heard(tmp_path: Path) -> None:
    heard: list[object] = []

    def fail(transaction: Transaction) -> None:
        transaction.emit(JobQueued(job="x", channel="c"))
        raise ZeroDivisionError

    async with open_store(tmp_path, ballast=0) as store:
        store.announce_to(heard.append)
        with pytest.raises(ZeroDivisionError):
            await store.write(fail)
    assert heard == []


async def test_events_are_bounded_and_their_ids_never_given_twice(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0, keep_events=100) as store:
        await store.write(lambda t: [t.emit(SettingsReloaded(path=str(n))) for n in range(400)])
    async with open_store(tmp_path, ballast=0, keep_events=100) as store:
        await store.record(SettingsReloaded(path="last"))
        stored = await store.read(lambda reader: reader.events(0))
    assert len(stored) <= 100 + 64
    assert stored[-1].id == 401


async def test_a_full_database_is_a_sentence_and_the_store_goes_on_afterwards(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        pages = store._writing.execute("PRAGMA page_count").fetchone()[0]
        store._writing.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(NeedsPersonError, match="disk is full"):
            await store.write(lambda t: [_add(f"{n}-{'x' * 500}", t) for n in range(500)])
        assert _names(store) == []
        store._writing.execute("PRAGMA max_page_count = 100000")
        await store.write(lambda t: _add("later", t))
        assert _names(store) == ["later"]


async def test_a_vital_change_throws_the_ballast_off_and_another_does_not(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=1 << 20) as store:
        ballast = tmp_path / "ballast"
        assert ballast.stat().st_size == 1 << 20
        filled: list[int] = []

        def full_once(transaction: Transaction) -> None:
            filled.append(1)
            if ballast.exists():
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorname = "SQLITE_FULL"
                raise error
            _add("end", transaction)

        with pytest.raises(NeedsPersonError, match="disk is full"):
            await store.write(full_once)
        assert ballast.exists()
        await store.write(full_once, vital=True)
        assert not ballast.exists()
        assert (_names(store), len(filled)) == (["end"], 3)


def test_the_ballast_is_not_taken_from_a_disk_that_has_little(tmp_path: Path) -> None:
    Ballast(tmp_path / "ballast", 1 << 60).load()
    assert list(tmp_path.iterdir()) == []


def test_the_space_gate_says_how_much_there_is_and_should_be(tmp_path: Path) -> None:
    gate = SpaceGate(tmp_path, 1 << 30, free=lambda _folder: 300 << 20)
    with pytest.raises(NeedsPersonError, match=r"only 0\.3 GiB free; ReelForge stops below 1\.0 GiB"):
        gate.check()
    SpaceGate(tmp_path, 100 << 20, free=lambda _folder: 300 << 20).check()


async def test_a_second_process_reads_while_this_one_writes(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        with open_reader(tmp_path) as reader:
            await store.write(lambda t: _add("one", t))
            assert _ids(reader) == ["one"]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader._connection.execute("DELETE FROM jobs")


async def test_a_copy_can_be_made_while_the_store_is_in_use(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        await store.write(lambda t: _add("one", t))
        copy = await store.backup()
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT id FROM jobs").fetchall() == [("one",)]
    connection.close()
