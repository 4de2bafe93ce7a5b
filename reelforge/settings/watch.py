"""Hot reload: a valid edit comes into force, an invalid one is told and changes nothing (row D5)."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc
import anyio.to_thread
import structlog

from reelforge.changes import changes, stop_when_cancelled
from reelforge.domain.events import SettingsRefused, SettingsReloaded
from reelforge.errors import ReelForgeError
from reelforge.settings.files import HOME
from reelforge.settings.loading import reload
from reelforge.settings.model import Settings
from reelforge.settings.places import Places, places

Apply = Callable[[Settings], Awaitable[None]]
Announce = Callable[[SettingsRefused | SettingsReloaded], None]

log = structlog.get_logger("reelforge.settings")

QUIET_MS: Final = 150
"""An edit counts as written once nothing has happened to the file for so long."""
LONGEST_MS: Final = 2_000
LOOK_ANYWAY_MS: Final = 30_000
"""Network drives report no changes: the file is looked at this often besides."""


async def watch(
    settings: Settings,
    apply: Apply,
    announce: Announce,
    *,
    environ: Mapping[str, str] | None = None,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Follow the file of ``settings`` until cancelled.

    After an edit, ``apply`` is given the new snapshot, and :class:`SettingsReloaded` is announced once it returns; when
    the file is not valid, or ``apply`` raises a ReelForgeError, :class:`SettingsRefused` is announced and the snapshot
    before stays in force. Renaming over the file, writing into it, swapping a symbolic link on the way to it, and
    deleting it and putting it back are all edits. ``task_status`` is told when no change can be missed any more.
    """
    follower = _Follower(settings, apply, announce, environ)
    status: anyio.abc.TaskStatus[None] = task_status
    while True:
        watched = await anyio.to_thread.run_sync(places, settings.path)
        stop = threading.Event()
        async with anyio.create_task_group() as tasks, aclosing(_changes(watched, stop)) as heard:
            tasks.start_soon(stop_when_cancelled, stop)
            tasks.start_soon(follower.begin, status)
            async for batch in heard:
                await follower.look()
                # a folder that came back under its old name is another one: the old watch hears nothing of it
                moved = any(Path(path) in watched.folders for _, path in batch)
                if moved or await anyio.to_thread.run_sync(places, settings.path) != watched:
                    break
            tasks.cancel_scope.cancel()
        status = anyio.TASK_STATUS_IGNORED


def restart_needed(old: Settings, new: Settings) -> str:
    """What of an edit waits for the next start, as a sentence; empty when all of it is in force."""
    waiting = {
        "the work folder": old.home != new.home,
        "the log files' size and number": (old.log.file_mb, old.log.files) != (new.log.file_mb, new.log.files),
        "the form of the log": old.log.format != new.log.format,
    }
    names = [name for name, changed in waiting.items() if changed]
    if not names:
        return ""
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if names[:-1] else names)
    return f"A change to {listed} takes effect at the next start."


def _changes(watched: Places, stop: threading.Event) -> AsyncGenerator[set[Any], None]:
    return changes(
        watched.folders,
        stop,
        quiet_ms=QUIET_MS,
        longest_ms=LONGEST_MS,
        look_anyway_ms=LOOK_ANYWAY_MS,
        concerns=lambda _, path: Path(path) in watched.entries or Path(path) in watched.folders,
    )


class _Follower:
    """The snapshot in force, and what was last seen of the file."""

    def __init__(self, settings: Settings, apply: Apply, announce: Announce, environ: Mapping[str, str] | None) -> None:
        self._settings = settings
        self._apply = apply
        self._announce = announce
        self._environ = environ
        self._seen: str | None = settings.digest
        self._lock = anyio.Lock()

    async def begin(self, status: anyio.abc.TaskStatus[None]) -> None:
        """Look once: the watch was registered before it first waited, and so before this task had its turn."""
        await self.look()
        status.started()

    async def look(self) -> None:
        """Read the file again when its bytes are not those seen last."""
        async with self._lock:
            digest = await anyio.to_thread.run_sync(_digest, self._settings.path)
            if digest == self._seen:
                return
            self._seen = digest
            try:
                fresh, sentence = await anyio.to_thread.run_sync(self._load)
                await self._apply(fresh)
            except ReelForgeError as error:
                self._announce(SettingsRefused(path=self._settings.shown, sentence=_kept(error)))
                return
            except Exception as error:  # an edit must never end the daemon and its jobs
                log.exception("An edit could not be taken over, by a mistake of ReelForge's.")
                told = ReelForgeError(f"ReelForge made a mistake: {error!r}.")
                self._announce(SettingsRefused(path=self._settings.shown, sentence=_kept(told)))
                return
            self._settings = fresh
            self._seen = fresh.digest
            self._announce(SettingsReloaded(path=fresh.shown, sentence=sentence))

    def _load(self) -> tuple[Settings, str]:
        """The settings that come into force, and a sentence about those that cannot yet.

        The work folder stays the one this process holds, and what lies in it by default stays there.
        """
        fresh = reload(self._settings, self._environ)
        sentence = restart_needed(self._settings, fresh)
        if fresh.home != self._settings.home:
            environ = {**(os.environ if self._environ is None else self._environ), HOME: str(self._settings.home)}
            fresh = reload(self._settings, environ)
        return fresh, sentence


def _kept(error: ReelForgeError) -> str:
    return f"{error} The settings before this edit stay in force."


def _digest(path: Path) -> str | None:
    """The SHA-256 of the file's bytes; None while it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
