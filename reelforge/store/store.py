"""The journal's one writer.

Every change is a whole transaction: a plain function that is queued, runs in one thread hop and is committed (synced)
or rolled back before the next begins. So no task sees or loses another's half-done change, and a cancelled task cannot
leave one behind: once asked for, a transaction happens whole. Events are written in the transaction that makes them
true and announced after its commit, in the order of their ids.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from reelforge.domain.events import AnyEvent, JobEvent
from reelforge.errors import NeedsPersonError
from reelforge.store.lock import hold_folder
from reelforge.store.opening import backup, explain, open_database
from reelforge.store.queries import statements
from reelforge.store.reader import Reader, connect_reader
from reelforge.store.space import Ballast

T = TypeVar("T")

BALLAST_NAME: Final = "ballast"
_TIDY_EVERY: Final = 64
"""Old events are removed each time so many new ones came."""


class Transaction:
    """What a transaction's function works with: named statements, and events to announce once it is committed."""

    def __init__(self, connection: sqlite3.Connection, named: dict[str, str], now: float, keep_events: int) -> None:
        self._connection = connection
        self._named = named
        self._keep_events = keep_events
        self.now = now
        self.events: list[AnyEvent] = []

    def run(self, name: str, **values: Any) -> list[sqlite3.Row]:
        """Run a statement of ``queries.sql`` and fetch everything it returns."""
        values.setdefault("now", self.now)
        return self._connection.execute(self._named[name], values).fetchall()

    def emit(self, event: AnyEvent) -> None:
        """Store an event; it gets its id and its time here."""
        stamped = event.model_copy(update={"at": self.now})
        job = stamped.job if isinstance(stamped, JobEvent) else ""
        row = self.run("add_event", at=self.now, job=job, body=stamped.model_dump_json(exclude={"id"}))[0]
        self.events.append(stamped.model_copy(update={"id": row["id"]}))
        if row["id"] % _TIDY_EVERY == 0:
            self.run("forget_events", until=row["id"] - self._keep_events)


@dataclass
class _Request(Generic[T]):
    work: Callable[[Transaction], T]
    vital: bool
    done: anyio.Event = field(default_factory=anyio.Event)
    value: T | None = None
    error: Exception | None = None


class Store:
    """The journal of one work folder; made by :func:`open_store`."""

    def __init__(
        self,
        home: Path,
        writing: sqlite3.Connection,
        reading: sqlite3.Connection,
        requests: MemoryObjectSendStream[_Request[Any]],
        *,
        ballast: Ballast,
        keep_events: int,
        keep_backups: int,
        now: Callable[[], float],
    ) -> None:
        self.home = home
        self._writing = writing
        self._reader = Reader(reading)
        self._requests = requests
        self._ballast = ballast
        self._keep_events = keep_events
        self._keep_backups = keep_backups
        self._now = now
        self._statements = dict(statements())
        self._one_reader = anyio.CapacityLimiter(1)
        self._one_writer = anyio.CapacityLimiter(1)
        self._announce: Callable[[AnyEvent], None] = _to_nobody
        self.last_event = self._reader.last_event()

    def now(self) -> float:
        """The wall time (Unix seconds) by which the journal's rows are stamped."""
        return self._now()

    def announce_to(self, listener: Callable[[AnyEvent], None]) -> None:
        """Hand every stored event to ``listener``, after its commit, in order, in the event loop."""
        self._announce = listener

    async def write(self, work: Callable[[Transaction], T], *, vital: bool = False) -> T:
        """Run ``work`` as one transaction; when this returns it is on the disk.

        ``work`` runs in a thread and must touch nothing but its :class:`Transaction`. What it raises is raised here,
        after the rollback. On a full disk that is NeedsPersonError; a ``vital`` change (how a job ended) throws the
        ballast off first. Being cancelled takes effect only afterwards.
        """
        request = _Request(work, vital)
        with anyio.CancelScope(shield=True):
            await self._requests.send(request)
            await request.done.wait()
        if request.error is not None:
            raise request.error
        return request.value  # type: ignore[return-value]  # done without an error: work's own value

    async def read(self, look: Callable[[Reader], T]) -> T:
        """Run ``look`` with the reader in a thread; it sees everything committed so far."""
        return await anyio.to_thread.run_sync(look, self._reader, limiter=self._one_reader)

    async def record(self, event: AnyEvent) -> None:
        """Store and announce an event that belongs to no other change."""
        await self.write(lambda transaction: transaction.emit(event))

    async def backup(self) -> Path | None:
        """Copy the database into ``backups/`` while it is in use; ``None`` when no copies are kept."""
        copy = partial(backup, self._writing, self.home, keep=self._keep_backups, now=self._now())
        return await anyio.to_thread.run_sync(copy, limiter=self._one_writer)

    async def write_all(self, requests: MemoryObjectReceiveStream[_Request[Any]]) -> None:
        """The writer's task: until the queue is closed and empty. Cancelling it does not lose what was asked for."""
        with anyio.CancelScope(shield=True):
            async with requests:
                async for request in requests:
                    await self._answer(request)

    async def _answer(self, request: _Request[Any]) -> None:
        events: list[AnyEvent] = []
        try:
            try:
                request.value, events = await self._commit(request.work)
            except NeedsPersonError:
                if not (request.vital and self._ballast.drop()):
                    raise
                request.value, events = await self._commit(request.work)
        except Exception as error:  # noqa: BLE001  # the writer serves everybody: the asker gets the error, whatever it is
            request.error = error
        finally:
            request.done.set()
        for event in events:
            self.last_event = event.id
            self._announce(event)

    async def _commit(self, work: Callable[[Transaction], T]) -> tuple[T, list[AnyEvent]]:
        return await anyio.to_thread.run_sync(self._transact, work, limiter=self._one_writer)

    def _transact(self, work: Callable[[Transaction], T]) -> tuple[T, list[AnyEvent]]:
        transaction = Transaction(self._writing, self._statements, self._now(), self._keep_events)
        try:
            self._writing.execute("BEGIN IMMEDIATE")
            value = work(transaction)
            self._writing.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._roll_back()
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise explain(error, self.home) from error
        except BaseException:
            self._roll_back()
            raise
        return value, transaction.events

    def _roll_back(self) -> None:
        if self._writing.in_transaction:  # a full disk makes SQLite roll back by itself
            self._writing.execute("ROLLBACK")


@asynccontextmanager
async def open_store(
    home: Path,
    *,
    socket: Path | None = None,
    keep_events: int = 10_000,
    keep_backups: int = 5,
    ballast: int = 16 << 20,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Store]:
    """Be the runner of a work folder: take its lock, check and copy its database, bring it up to date, and write to it.

    ``socket`` is where this process answers others (:func:`reelforge.store.lock.holder` tells them). ``ballast`` is in
    bytes, 0 for none. Raises FolderHeldError when another process is the runner, NeedsPersonError when the database
    cannot be used as it is, InputError when the folder cannot be written. On leaving, what was asked for is finished.
    """
    with hold_folder(home, socket):
        weight = Ballast(home / BALLAST_NAME, ballast)
        await anyio.to_thread.run_sync(weight.load)
        open_now = partial(open_database, home, keep_backups=keep_backups, now=now())
        with closing(await anyio.to_thread.run_sync(open_now)) as writing, closing(connect_reader(home)) as reading:
            send, receive = anyio.create_memory_object_stream[_Request[Any]](64)
            kept = {"keep_events": keep_events, "keep_backups": keep_backups}
            store = Store(home, writing, reading, send, ballast=weight, now=now, **kept)
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(store.write_all, receive)
                    async with send:
                        yield store
            except ExceptionGroup as group:
                if len(group.exceptions) > 1:
                    raise
                raise group.exceptions[0] from group.exceptions[
                    0
                ].__cause__  # what the caller's block raised, as it was


def _to_nobody(_event: AnyEvent) -> None:
    """Before anybody listens."""
