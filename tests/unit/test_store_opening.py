import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reelforge.errors import InputError, NeedsPersonError, TryLaterError
from reelforge.store.lock import FolderHeldError, hold_folder, holder
from reelforge.store.opening import BACKUPS_NAME, DATABASE_NAME
from reelforge.store.queries import migrations, statements
from reelforge.store.reader import open_reader
from reelforge.store.store import open_store

pytestmark = pytest.mark.anyio

HOLD = """
import sys, pathlib, subprocess
from reelforge.store.lock import hold_folder
home = pathlib.Path(sys.argv[1])
with hold_folder(home, home / "control.sock"):
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_new_folder_gets_a_database_that_is_synced_at_every_commit(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    async with open_store(home, ballast=0) as store:
        pragmas = {
            name: store._writing.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "user_version": len(migrations())}


async def test_every_statement_fits_the_schema(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        for name, statement in statements().items():
            try:
                store._writing.execute(f"EXPLAIN {statement}", dict.fromkeys(re.findall(r":(\w+)", statement)))
            except sqlite3.Error as error:
                pytest.fail(f"{name}: {error}")


async def test_the_newest_copy_has_the_last_name_and_stays_though_the_clock_was_set_back(tmp_path: Path) -> None:
    for now in (86_400.0 * 9, 86_400.0 * 9, 86_400.0 * 2, 86_400.0 * 2):
        async with open_store(tmp_path, ballast=0, keep_backups=2, now=lambda now=now: now) as store:
            await store.write(lambda change: change.run("add_event", at=0, job="", body="{}"))
    kept = sorted((tmp_path / BACKUPS_NAME).iterdir())
    counts = []
    for path in kept:
        with closing(sqlite3.connect(path)) as copy:
            counts.append(copy.execute("SELECT count(*) FROM events").fetchone()[0])
    assert counts == [2, 3]


async def test_a_database_that_another_program_holds_locked_is_not_called_damaged(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        store._writing.execute("PRAGMA busy_timeout = 10")
        with closing(sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TryLaterError, match="Another program holds"):
                await store.write(lambda change: change.run("add_event", at=0, job="", body="{}"))


async def test_a_copy_is_kept_at_each_start_and_only_the_newest_stay(tmp_path: Path) -> None:
    for day in range(6):
        async with open_store(tmp_path, ballast=0, keep_backups=3, now=lambda day=day: 86_400.0 * day):
            pass
    kept = sorted(path.name for path in (tmp_path / BACKUPS_NAME).iterdir())
    assert kept == [f"reelforge-197001{day + 1:02}T000000Z.db" for day in (3, 4, 5)]
    with sqlite3.connect(tmp_path / BACKUPS_NAME / kept[-1]) as copy:
        assert copy.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    copy.close()


async def test_a_damaged_database_is_refused_with_the_copy_to_go_back_to(tmp_path: Path) -> None:
    for _ in range(2):
        async with open_store(tmp_path, ballast=0):
            pass
    database = tmp_path / DATABASE_NAME
    database.write_bytes(os.urandom(len(database.read_bytes())))
    with pytest.raises(NeedsPersonError, match=r"is damaged: .*copy .*backups/reelforge-\d+T\d+Z\.db to "):
        async with open_store(tmp_path, ballast=0):
            pass
    assert holder(tmp_path) is None


async def test_a_torn_page_is_found_before_anything_is_changed(tmp_path: Path) -> None:
    async with open_store(tmp_path, ballast=0) as store:
        await store.write(
            lambda transaction: [transaction.run("add_event", at=0, job="", body="{}") for _ in range(900)]
        )
    database = tmp_path / DATABASE_NAME
    pages = bytearray(database.read_bytes())
    pages[-4096 * 3 : -4096 * 2] = b"\xff" * 4096
    database.write_bytes(pages)
    with pytest.raises(NeedsPersonError, match="is damaged"):
        async with open_store(tmp_path, ballast=0):
            pass
    assert database.read_bytes() == pages


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_NAME) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(NeedsPersonError, match="newer ReelForge"):
        async with open_store(tmp_path, ballast=0):
            pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named_in_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"may not write .*REELFORGE_HOME"), hold_folder(tmp_path / "home"):
        pass


async def test_a_folder_in_the_place_of_a_file_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(InputError, match=r"may not write .*home"):
        async with open_store(tmp_path / "home", ballast=0):
            pass


def test_only_one_process_holds_a_folder_and_others_learn_which(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        found = holder(tmp_path)
        assert found is not None
        assert (found.pid, found.socket) == (other.pid, str(tmp_path / "control.sock"))
        with pytest.raises(FolderHeldError, match=f"already run by process {other.pid}"), hold_folder(tmp_path):
            pass
        other.kill()


def test_a_killed_process_never_holds_the_folder_even_when_its_child_lives_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        child = int(other.stdout.readline())
        other.kill()
        other.wait()
        os.kill(child, signal.SIGSTOP)  # it is there, and keeps whatever it was given
        try:
            assert holder(tmp_path) is None
            with hold_folder(tmp_path):
                assert holder(tmp_path).pid == os.getpid()
        finally:
            os.kill(child, signal.SIGKILL)


def test_asking_who_holds_a_folder_never_makes_one(tmp_path: Path) -> None:
    assert holder(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_without_a_database_reads_as_empty(tmp_path: Path) -> None:
    with open_reader(tmp_path) as reader:
        assert reader.jobs() == ()
        assert reader.job("x") is None
    assert list(tmp_path.iterdir()) == []


async def test_what_a_block_raises_comes_out_of_the_store_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mine"):
        async with open_store(tmp_path, ballast=0):
            raise InputError("mine")
