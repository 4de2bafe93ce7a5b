"""Exactly one runner per work folder.

``flock`` belongs to an open file and falls with its process, also after ``kill -9``; Python's descriptors are not
inherited by subprocesses, so an orphan cannot keep it. What the file says (who holds it, where it listens) counts
only while the lock is held. Whoever takes or asks first locks the folder itself for that moment, so that a mere
question never stands in the way of a runner that starts.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reelforge.domain.value import Value
from reelforge.errors import InputError, NeedsPersonError

LOCK_NAME: Final = "runner.lock"


class Holder(Value):
    """The process that runs a work folder's jobs, and the socket at which it answers (if it has one)."""

    pid: int
    socket: str | None = None


class FolderHeldError(NeedsPersonError):
    """Another process runs the jobs of this work folder; ``holder`` says which."""

    def __init__(self, home: Path, holder: Holder | None) -> None:
        who = f"process {holder.pid}" if holder else "another process"
        super().__init__(
            f"The jobs of {home} are already run by {who}.",
            remedy="Let it do the work, stop it first, or choose another folder with REELFORGE_HOME.",
        )
        self.holder = holder


@contextmanager
def hold_folder(home: Path, socket: Path | None = None) -> Iterator[None]:
    """Be the only runner of ``home`` for as long as the block lasts; the folder is made if need be.

    Raises FolderHeldError when another process holds it, InputError when the folder cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _unwritable(home, error) from error
    try:
        with _asking(home):
            if not _try(descriptor, fcntl.LOCK_EX):
                raise FolderHeldError(home, _read(descriptor))
            _write(descriptor, Holder(pid=os.getpid(), socket=str(socket) if socket else None))
        yield
    finally:
        os.close(descriptor)


def holder(home: Path) -> Holder | None:
    """Who runs the jobs of ``home`` now, or ``None``. A dead process never holds it."""
    try:
        descriptor = os.open(home / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        with _asking(home):
            return None if _try(descriptor, fcntl.LOCK_SH) else _read(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _asking(home: Path) -> Iterator[None]:
    folder = os.open(home, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Holder | None:
    try:
        return Holder.model_validate_json(os.pread(descriptor, 65_536, 0))
    except ValidationError:
        return None


def _write(descriptor: int, who: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, who.model_dump_json().encode(), 0)


def _unwritable(home: Path, error: OSError) -> InputError | NeedsPersonError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NeedsPersonError(f"The disk that holds {home} is full.", remedy="Free some space and try again.")
    return InputError(
        f"ReelForge may not write in its work folder {home} ({error.strerror}).",
        remedy="Give yourself the right to, or choose another folder with REELFORGE_HOME.",
    )
