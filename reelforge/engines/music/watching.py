"""Following music folders, so that a dropped track is listened to before a Reel asks for it."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc

from reelforge.changes import changes, stop_when_cancelled

QUIET_MS: Final = 1_000
"""A file counts as copied once nothing has happened to the folder for so long."""
LONGEST_MS: Final = 5_000
LOOK_ANYWAY_MS: Final = 60_000
"""Network drives report no changes: the folders are looked at this often besides."""


async def follow(
    folders: Sequence[Path],
    look: Callable[[], Awaitable[Any]],
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Call ``look`` at the start and whenever something changed in the folders, until cancelled.

    A folder that is not there is waited for. ``task_status`` is told when no change can be missed any more.
    """
    status: anyio.abc.TaskStatus[None] = task_status
    while True:
        watched = await anyio.to_thread.run_sync(lambda: {_standing(folder) for folder in folders})
        stop = threading.Event()
        async with anyio.create_task_group() as tasks, aclosing(_heard(watched, stop)) as heard:
            tasks.start_soon(stop_when_cancelled, stop)
            tasks.start_soon(_begin, look, status)
            async for _ in heard:
                if await anyio.to_thread.run_sync(lambda: {_standing(folder) for folder in folders}) != watched:
                    break
                await look()
            tasks.cancel_scope.cancel()
        status = anyio.TASK_STATUS_IGNORED


async def _begin(look: Callable[[], Awaitable[Any]], status: anyio.abc.TaskStatus[None]) -> None:
    """Look once: the watch was registered before it first waited, and so before this task had its turn."""
    status.started()
    await look()


def _heard(watched: set[Path], stop: threading.Event) -> AsyncGenerator[set[Any], None]:
    return changes(watched, stop, quiet_ms=QUIET_MS, longest_ms=LONGEST_MS, look_anyway_ms=LOOK_ANYWAY_MS)


def _standing(folder: Path) -> Path:
    """The folder, or the nearest existing one above it, in which it will appear."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())
