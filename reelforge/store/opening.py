"""Opens the journal's database: its version, its health, a copy of it as it is, and only then its migrations."""

from __future__ import annotations

import calendar
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from reelforge.errors import InputError, NeedsPersonError, ReelForgeError, TryLaterError
from reelforge.store.queries import migrations
from reelforge.store.space import FULL, disk_full

DATABASE_NAME: Final = "reelforge.db"
BACKUPS_NAME: Final = "backups"

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_FULL: Final = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE"})
_REFUSED: Final = frozenset({"SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_READONLY_DIRECTORY", "SQLITE_PERM"})


def open_database(home: Path, *, keep_backups: int, now: float) -> sqlite3.Connection:
    """The one connection that writes, in write-ahead mode and synced at every commit.

    The database is checked first and copied into ``backups/`` (the newest ``keep_backups`` stay), so that a migration
    that goes wrong can be undone. Raises NeedsPersonError when it is damaged or made by a newer ReelForge, with the
    copy to go back to, and InputError when it cannot be written.
    """
    path = home / DATABASE_NAME
    fresh = not path.exists()
    try:
        connection = _connect(path)
    except sqlite3.Error as error:
        raise explain(error, home) from error
    try:
        version = _version(connection, home)
        _check(connection, home)
        if not fresh:
            backup(connection, home, keep=keep_backups, now=now)
        _migrate(connection, version)
    except sqlite3.Error as error:
        connection.close()
        raise explain(error, home) from error
    except BaseException:
        connection.close()
        raise
    return connection


def backup(connection: sqlite3.Connection, home: Path, *, keep: int, now: float) -> Path | None:
    """Copy the database while it is open; the newest ``keep`` copies stay. Their names are UTC times, so they sort.

    What a killed process left of a copy is removed: only the work folder's runner makes copies. Raises InputError when
    they cannot be written.
    """
    if keep <= 0:
        return None
    folder = home / BACKUPS_NAME
    try:
        return _copy(connection, folder, keep, now)
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(home) from error
        raise InputError(
            f"ReelForge may not keep copies of its database in {folder} ({error.strerror}).",
            remedy="Give yourself the right to, and let no other file stand there.",
        ) from error


def _copy(connection: sqlite3.Connection, folder: Path, keep: int, now: float) -> Path:
    folder.mkdir(exist_ok=True)
    # The newest copy has the last name, also when the clock was set back.
    taken = [_named_at(path) for path in folder.glob("reelforge-*.db")]
    moment = max([int(now), *(at + 1 for at in taken if at is not None)])
    for unfinished in folder.glob("reelforge-*.partial*"):
        unfinished.unlink()
    place = folder / f"reelforge-{time.strftime(_STAMP, time.gmtime(moment))}.db"
    partial = place.with_suffix(".partial")
    try:
        with closing(sqlite3.connect(partial)) as copy:
            connection.backup(copy)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
    for old in sorted(set(folder.glob("reelforge-*.db")) - {place})[: 1 - keep or None]:
        old.unlink()
    return place


def _named_at(path: Path) -> int | None:
    """The time in a copy's name, in Unix seconds; None for a name that is not ours."""
    try:
        return calendar.timegm(time.strptime(path.stem.removeprefix("reelforge-"), _STAMP))
    except ValueError:
        return None


def explain(error: sqlite3.Error, home: Path) -> ReelForgeError:
    """A database error as a sentence about the work folder."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TryLaterError(
            f"Another program holds the database {home / DATABASE_NAME} locked.",
            remedy="Close what has it open (a database browser, a backup), then try again.",
        )
    if name in _FULL:
        return disk_full(home)
    if name in _REFUSED:
        return InputError(
            f"ReelForge may not write its database in {home} ({error}).",
            remedy="Give yourself the right to, or choose another folder with REELFORGE_HOME.",
        )
    return _damaged(home, str(error))


def _connect(path: Path) -> sqlite3.Connection:
    # The connection is handed from thread to thread, but only ever used by one at a time: the writer's.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.row_factory = sqlite3.Row
        _write_ahead(connection, path.parent)
        connection.execute("PRAGMA synchronous = FULL")
        # Only macOS heeds these two: there fsync alone leaves the data in the drive's own memory.
        connection.execute("PRAGMA fullfsync = 1")
        connection.execute("PRAGMA checkpoint_fullfsync = 1")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, home: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise NeedsPersonError(
            f"The file system of {home} cannot hold a write-ahead log (a network share?).",
            remedy="Choose a work folder on a local disk with REELFORGE_HOME.",
        )


def _version(connection: sqlite3.Connection, home: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    known = len(migrations())
    if version > known:
        raise NeedsPersonError(
            f"The database in {home} was made by a newer ReelForge (schema {version}; this one knows {known}).",
            remedy=f"Install the newer ReelForge again. {_how_to_restore(home)}",
        )
    return version


def _check(connection: sqlite3.Connection, home: Path) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchall()
    if [row[0] for row in found] != ["ok"]:
        raise _damaged(home, str(found[0][0]).splitlines()[0])


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for number, script in migrations()[version:]:
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _damaged(home: Path, finding: str) -> NeedsPersonError:
    return NeedsPersonError(f"The database {home / DATABASE_NAME} is damaged: {finding}.", remedy=_how_to_restore(home))


def _how_to_restore(home: Path) -> str:
    copies = sorted((home / BACKUPS_NAME).glob("reelforge-*.db"))
    if not copies:
        return f"There is no copy to go back to: move {DATABASE_NAME}* out of {home} to begin with an empty one."
    return (
        f"To go back to the last good copy, move {DATABASE_NAME}* out of {home} and copy {copies[-1]} to "
        f"{home / DATABASE_NAME}; finished Reels and assets stay as they are."
    )
