"""What changes in folders, told as it happens."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio


async def changes(
    folders: Iterable[Path],
    stop: threading.Event,
    *,
    quiet_ms: int,
    longest_ms: int,
    look_anyway_ms: int,
    concerns: Callable[[Any, str], bool] | None = None,
) -> AsyncGenerator[set[Any], None]:
    """Batches of changes right in the folders, for which ``concerns`` (change, path) holds, until ``stop`` is set.

    A batch comes when nothing has happened for ``quiet_ms``, or after ``longest_ms``; an empty one each
    ``look_anyway_ms``, because network drives report nothing. Where the system has no watches left to give, the folders
    are read again and again instead. Ends when a folder went before it was watched.
    """
    import watchfiles  # noqa: PLC0415  # only a process that stays watches

    for polling in (None, True):
        try:
            found = watchfiles.awatch(
                *folders,
                watch_filter=concerns,
                debounce=longest_ms,
                step=quiet_ms,
                stop_event=stop,
                rust_timeout=look_anyway_ms,
                yield_on_timeout=True,
                force_polling=polling,
                recursive=False,
            )
            async with aclosing(found):
                async for batch in found:
                    yield batch
        except FileNotFoundError:
            return
        except (PermissionError, RuntimeError):  # RuntimeError is the base of what watchfiles raises then
            if polling:
                raise
        else:
            return


async def stop_when_cancelled(stop: threading.Event) -> None:
    """The watch waits in a thread that no cancellation reaches, but which looks at this event."""
    try:
        await anyio.sleep_forever()
    finally:
        stop.set()
