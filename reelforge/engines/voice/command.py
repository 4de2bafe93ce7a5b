"""Running one program to its end: its errors are read, and it does not outlive the step that wants it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

import anyio
import anyio.abc

from reelforge.errors import NeedsPersonError, TryLaterError


async def run_command(command: Sequence[str], *, limit: float) -> bytes:
    """Run to the end and return standard output.

    Cancelling, or ``limit`` seconds passing, kills the program's whole process group. Raises NeedsPersonError when
    the program is not there, TryLaterError when it fails or takes too long.
    """
    name = command[0]
    try:
        process = await anyio.open_process(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as problem:
        raise NeedsPersonError(
            f"The program {name!r} cannot be run: {problem.strerror or problem}.", remedy="See `reelforge check`."
        ) from problem
    out, complaints = bytearray(), bytearray()
    try:
        with anyio.fail_after(limit):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_read, process.stdout, out)
                tasks.start_soon(_read, process.stderr, complaints)
            code = await process.wait()
    except TimeoutError:
        raise TryLaterError(f"The program {name!r} did not finish within {limit:g} seconds and was stopped.") from None
    finally:
        await _end(process)
    if code != 0:
        lines = complaints.decode("utf-8", "replace").strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        raise TryLaterError(f"The program {name!r} ended with code {code}{said}.")
    return bytes(out)


async def _read(stream: anyio.abc.ByteReceiveStream | None, into: bytearray) -> None:
    assert stream is not None
    async for block in stream:
        into += block


async def _end(process: anyio.abc.Process) -> None:
    with anyio.CancelScope(shield=True):
        with contextlib.suppress(ProcessLookupError):  # the group has ended
            os.killpg(process.pid, signal.SIGKILL)
        await process.aclose()
