"""An edit of the settings file is noticed however it is made; a bad one changes nothing (row D5)."""

# ruff: noqa: ASYNC240 - the edits under test are made the way an editor makes them

from __future__ import annotations

import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import watchfiles

from reelforge.domain.events import Event, SettingsRefused, SettingsReloaded
from reelforge.errors import NeedsPersonError
from reelforge.settings import Settings, load
from reelforge.settings.places import places
from reelforge.settings.watch import watch

pytestmark = pytest.mark.anyio

PATIENCE = 20.0
"""Seconds until a change counts as missed; on a busy machine it takes a while."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def text(fetch: int, more: str = "") -> str:
    return f"[slots]\nfetch = {fetch}\n{more}"


class Watched:
    """What the watch did: snapshots applied, and events announced, in order."""

    def __init__(self, path: Path) -> None:
        self.settings = load(path, {})
        self.applied: list[Settings] = []
        self.events: list[Event] = []
        self.refuse: Callable[[Settings], None] | None = None
        self._send, self._receive = anyio.create_memory_object_stream[Event](100)

    async def apply(self, settings: Settings) -> None:
        if self.refuse:
            self.refuse(settings)
        self.applied.append(settings)

    def announce(self, event: Event) -> None:
        self.events.append(event)
        self._send.send_nowait(event)

    async def next(self) -> Event:
        with anyio.fail_after(PATIENCE):
            return await self._receive.receive()

    async def reloaded(self) -> Settings:
        event = await self.next()
        assert isinstance(event, SettingsReloaded), event
        return self.applied[-1]

    async def refused(self) -> str:
        event = await self.next()
        assert isinstance(event, SettingsRefused), event
        return event.sentence

    def close(self) -> None:
        self._send.close()
        self._receive.close()


@asynccontextmanager
async def watching(path: Path, meanwhile: Callable[[], object] = lambda: None) -> AsyncIterator[Watched]:
    watched = Watched(path)
    meanwhile()
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(
                lambda *, task_status: watch(
                    watched.settings, watched.apply, watched.announce, environ={}, task_status=task_status
                )
            )
            yield watched
            tasks.cancel_scope.cancel()
    finally:
        watched.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "reelforge.toml"
    path.write_text(text(1))
    return path


async def test_writing_into_the_file_is_an_edit(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2
        path.write_text(text(3))
        assert (await watched.reloaded()).slots.fetch == 3


async def test_renaming_over_the_file_is_an_edit_again_and_again(path: Path) -> None:
    async with watching(path) as watched:
        for fetch in (2, 3, 4):
            fresh = path.with_name(f".reelforge.toml.{fetch}.swp")
            fresh.write_text(text(fetch))
            fresh.replace(path)
            assert (await watched.reloaded()).slots.fetch == fetch


async def test_a_file_deleted_and_put_back_is_refused_and_then_reloaded(path: Path) -> None:
    async with watching(path) as watched:
        path.unlink()
        assert "There is no settings file" in await watched.refused()
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2


async def test_a_folder_that_goes_and_comes_back_is_no_end(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "reelforge.toml"
    path.write_text(text(1))
    async with watching(path) as watched:
        shutil.rmtree(tmp_path / "a")
        assert "There is no settings file" in await watched.refused()
        folder.mkdir(parents=True)
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2


async def test_swapping_a_symbolic_link_and_writing_into_its_target_are_edits(
    tmp_path: Path,
) -> None:
    for name, fetch in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.toml").write_text(text(fetch))
    here = tmp_path / "here"
    here.mkdir()
    path = here / "reelforge.toml"
    path.symlink_to("../one/settings.toml")
    async with watching(path) as watched:
        fresh = here / "fresh"
        fresh.symlink_to(tmp_path / "two" / "settings.toml")
        fresh.replace(path)
        assert (await watched.reloaded()).slots.fetch == 2
        (tmp_path / "two" / "settings.toml").write_text(text(5))
        assert (await watched.reloaded()).slots.fetch == 5


async def test_a_linked_folder_on_the_way_that_is_swapped_is_an_edit(tmp_path: Path) -> None:
    for name, fetch in (("v1", 1), ("v2", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "reelforge.toml").write_text(text(fetch))
    (tmp_path / "current").symlink_to("v1")
    path = tmp_path / "reelforge.toml"
    path.symlink_to("current/reelforge.toml")
    async with watching(path) as watched:
        (tmp_path / "fresh").symlink_to("v2")
        (tmp_path / "fresh").replace(tmp_path / "current")
        assert (await watched.reloaded()).slots.fetch == 2


async def test_a_bad_edit_is_told_with_file_and_line_and_the_old_settings_stay(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text(text(1, "vioce = 3\n"))
        assert await watched.refused() == (
            f"{path} line 3: `slots.vioce` is not a setting; did you mean `voice`? "
            "The settings before this edit stay in force."
        )
        assert watched.applied == []
        path.write_text("[slots\n")
        assert "line 1" in await watched.refused()
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2


async def test_taking_a_bad_edit_back_is_told_too(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text("[zzz]\n")
        await watched.refused()
        path.write_text(text(1))
        assert (await watched.reloaded()) == watched.settings


async def test_an_edit_that_cannot_be_applied_is_refused(path: Path) -> None:
    def refuse(settings: Settings) -> None:
        if settings.slots.fetch == 2:
            raise NeedsPersonError("The voice is missing.", remedy="Install it.")

    async with watching(path) as watched:
        watched.refuse = refuse
        path.write_text(text(2))
        assert (await watched.refused()).startswith("The voice is missing. Install it.")
        path.write_text(text(3))
        assert (await watched.reloaded()).slots.fetch == 3


async def test_an_emptied_file_is_half_written_and_not_an_edit(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text("")
        assert "is empty" in await watched.refused()
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2


async def test_a_file_written_in_pieces_is_read_when_it_is_whole(path: Path) -> None:
    async with watching(path) as watched:
        with path.open("w") as file:
            for piece in ("[slo", "ts]\nfetch", " = 7", "\njobs = 2\n"):
                file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        assert (await watched.reloaded()).slots.jobs == 2
        assert len(watched.events) == 1


async def test_neither_other_files_nor_an_unchanged_one_are_edits(path: Path) -> None:
    async with watching(path) as watched:
        path.with_name("reelforge.toml.bak").write_text("[zzz]\n")
        path.write_text(text(1))
        path.touch()
        path.with_name("database").write_bytes(b"x" * 10_000)
        path.write_text(text(2))
        assert (await watched.reloaded()).slots.fetch == 2
        assert len(watched.events) == 1


async def test_an_edit_between_reading_and_watching_is_not_missed(path: Path) -> None:
    async with watching(path, meanwhile=lambda: path.write_text(text(2))) as watched:
        assert (await watched.reloaded()).slots.fetch == 2


async def test_what_needs_a_restart_is_said_and_the_rest_is_in_force(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text(text(2, '[reelforge]\nhome = "elsewhere"\n[log]\nfiles = 9\n'))
        event = await watched.next()
        assert isinstance(event, SettingsReloaded)
        assert event.sentence == (
            "A change to the work folder and the log files' size and number takes effect at the next start."
        )
        assert watched.applied[-1].slots.fetch == 2


async def test_a_relative_path_is_followed_wherever_the_process_goes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching(Path("reelforge.toml")) as watched:
        monkeypatch.chdir("/")
        path.write_text("[zzz]\n")
        assert (await watched.refused()).startswith("reelforge.toml line 1: ")
        path.write_text(text(2))
        assert (await watched.reloaded()).shown == "reelforge.toml"


def write_later(path: Path) -> None:
    """An edit some seconds after the one before: without reports, times are all there is to compare."""
    path.write_text(text(2))
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 10))


async def test_a_drive_that_reports_no_changes_is_looked_at(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "true")
    async with watching(path) as watched:
        write_later(path)
        assert (await watched.reloaded()).slots.fetch == 2


async def test_a_system_without_watches_to_give_is_looked_at_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = watchfiles.awatch

    def awatch(*folders: Path, force_polling: bool | None, **options: Any) -> AsyncIterator[Any]:
        if not force_polling:
            raise RuntimeError("OS file watch limit reached.")
        return real(*folders, force_polling=force_polling, **options)

    monkeypatch.setattr(watchfiles, "awatch", awatch)
    async with watching(path) as watched:
        write_later(path)
        assert (await watched.reloaded()).slots.fetch == 2


async def test_cancelling_ends_the_watch_at_once(path: Path) -> None:
    async with watching(path):
        before = time.monotonic()
    assert time.monotonic() - before < 5


async def test_the_snapshot_applied_is_a_new_one_and_the_old_one_is_as_it_was(path: Path) -> None:
    async with watching(path) as watched:
        path.write_text(text(2))
        fresh = await watched.reloaded()
    assert watched.settings.slots.fetch == 1
    assert fresh is not watched.settings


def test_the_places_of_a_plain_file_are_itself_and_its_folder(path: Path) -> None:
    real = Path(os.path.realpath(path))
    assert places(path).entries == {real}
    assert places(path).folders == {real.parent}


def test_links_that_turn_in_a_circle_have_places_too(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    real = Path(os.path.realpath(tmp_path))
    assert places(tmp_path / "a").entries == {real / "a", real / "b"}


async def test_another_work_folder_waits_for_the_next_start_with_all_that_lies_in_it(path: Path) -> None:
    async with watching(path) as watched:
        home = watched.settings.home
        path.write_text(text(2, f'[reelforge]\nhome = "{path.parent / "elsewhere"}"\n'))
        fresh = await watched.reloaded()
        assert "the work folder" in watched.events[-1].sentence
        assert (fresh.slots.fetch, fresh.home) == (2, home)
        folders = [channel.options for channel in fresh.channels for channel in channel.pictures]
        assert not [folder for folder in folders if "elsewhere" in str(folder)]


async def test_a_mistake_of_ours_in_taking_an_edit_over_is_told_and_changes_nothing(path: Path) -> None:
    def fail(_settings: Settings) -> None:
        raise OSError("no such device")

    async with watching(path) as watched:
        watched.refuse = fail
        path.write_text(text(2))
        assert "no such device" in await watched.refused()
        watched.refuse = None
        path.write_text(text(3))
        assert (await watched.reloaded()).slots.fetch == 3
