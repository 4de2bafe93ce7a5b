"""Following music folders, so that a dropped track is listened to before a Reel asks for it."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.abc

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
        async with anyio.create_task_group() as tasks, aclosing(_changes(watched, stop)) as changes:
            tasks.start_soon(_stop_when_cancelled, stop)
            tasks.start_soon(_begin, look, status)
            async for _ in changes:
                if await anyio.to_thread.run_sync(lambda: {_standing(folder) for folder in folders}) != watched:
                    break
                await look()
            tasks.cancel_scope.cancel()
        status = anyio.TASK_STATUS_IGNORED


async def _begin(look: Callable[[], Awaitable[Any]], status: anyio.abc.TaskStatus[None]) -> None:
    """Look once: the watch was registered before it first waited, and so before this task had its turn."""
    status.started()
    await look()


async def _changes(watched: set[Path], stop: threading.Event) -> AsyncGenerator[set[Any], None]:
    """Batches of changes; an empty one now and then. Where the system has no watches left, the folders are read again
    and again instead. Ends when a folder went before it was watched.
    """
    import watchfiles  # noqa: PLC0415  # only a process that stays watches

    for polling in (None, True):
        try:
            changes = watchfiles.awatch(
                *watched,
                watch_filter=None,
                debounce=LONGEST_MS,
                step=QUIET_MS,
                stop_event=stop,
                rust_timeout=LOOK_ANYWAY_MS,
                yield_on_timeout=True,
                force_polling=polling,
                recursive=False,
            )
            async with aclosing(changes):
                async for batch in changes:
                    yield batch
        except FileNotFoundError:
            return
        except (PermissionError, RuntimeError):  # RuntimeError is the base of what watchfiles raises then
            if polling:
                raise
        else:
            return


async def _stop_when_cancelled(stop: threading.Event) -> None:
    """The watch waits in a thread that no cancellation reaches, but which looks at this event."""
    try:
        await anyio.sleep_forever()
    finally:
        stop.set()


def _standing(folder: Path) -> Path:
    """The folder, or the nearest existing one above it, in which it will appear."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())
