"""Reads the journal. A second process may do so while a daemon writes: readers never lock anybody out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from reelforge.domain.events import AnyEvent
from reelforge.domain.job import Account, Cost, JobRecord, JobState, StepRecord
from reelforge.errors import NeedsPersonError
from reelforge.store.opening import DATABASE_NAME, explain
from reelforge.store.queries import migrations, statements

_EVENT: Final[TypeAdapter[AnyEvent]] = TypeAdapter(AnyEvent)


class Reader:
    """Answers from one connection; each method is one consistent look, and may be called from one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._statements = statements()

    def jobs(self, states: Iterable[JobState] | None = None, limit: int = 200) -> tuple[JobRecord, ...]:
        """The newest jobs first, without their steps."""
        wanted = None if states is None else json.dumps(list(states))
        return tuple(job_record(row) for row in self._rows("jobs", states=wanted, limit=limit))

    def job(self, job: str) -> JobRecord | None:
        """One job with its steps in the order they began, or ``None``."""
        rows = self._rows("job", id=job)
        if not rows:
            return None
        steps = tuple(_step_record(row) for row in self._rows("steps", job=job))
        return job_record(rows[0]).model_copy(update={"steps": steps})

    def deferrals(self, job: str) -> int:
        """How often a job was put off by itself since it was asked for."""
        rows = self._rows("job", id=job)
        return int(rows[0]["deferrals"]) if rows else 0

    def detail(self, job: str) -> str:
        """The traceback of a job that failed by a fault of ours; empty otherwise."""
        rows = self._rows("job", id=job)
        return str(rows[0]["detail"]) if rows else ""

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state."""
        return {row["state"]: row["number"] for row in self._rows("job_counts")}

    def costs(self, job: str) -> tuple[Cost, ...]:
        return tuple(Cost(**row) for row in self._rows("costs", job=job))

    def account(self, job: str) -> Account:
        """A job's finished steps in the order they finished, and its costs."""
        return Account(
            steps=tuple(_step_record(row) for row in self._rows("finished_steps", job=job)), costs=self.costs(job)
        )

    def spent(self, channel: str | None = None, since: float = 0.0) -> dict[str, float]:
        """What was paid since a time (Unix seconds), by currency; for one channel or all."""
        return {row["currency"]: row["price"] for row in self._rows("spent", channel=channel, since=since)}

    def events(self, after: int, limit: int = 500) -> tuple[AnyEvent, ...]:
        """Stored events with a greater id than ``after``, oldest first."""
        return tuple(_event(row) for row in self._rows("events", after=after, limit=limit))

    def job_events(self, job: str) -> tuple[AnyEvent, ...]:
        """What is still stored of what happened to one job, oldest first."""
        return tuple(_event(row) for row in self._rows("job_events", job=job))

    def last_event(self) -> int:
        return int(self._rows("last_event")[0]["id"])

    def next_due(self, own: Iterable[str] | None = None) -> float | None:
        """When the next deferred job (of ``own`` ids, when given) may begin, in Unix seconds."""
        ids = None if own is None else json.dumps(sorted(own))
        due: float | None = self._rows("next_due", own=ids)[0]["due"]
        return due

    def result(self, key: str) -> str | None:
        """The JSON that a step's key gave."""
        rows = self._rows("result", key=key)
        return rows[0]["body"] if rows else None

    def recorded(self, job: str, path: str) -> tuple[str, ...]:
        """The JSON of everything that a job's step at ``path`` ever gave, oldest first."""
        return tuple(row["body"] for row in self._rows("recorded", job=job, path=path))

    def finished(self, key: str) -> bool:
        """Whether a step whose key begins so has a result."""
        return bool(self._rows("results_like", key=key))

    def unclear_step(self, key: str, job: str) -> tuple[str, str] | None:
        """(job, path) of a paid step with this key that was stopped in the middle; ``job``'s own before another's."""
        rows = self._rows("unclear_step", key=key, job=job)
        return (rows[0]["job"], rows[0]["path"]) if rows else None

    def _rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(self._statements[name], values).fetchall()]


def connect_reader(home: Path) -> sqlite3.Connection:
    """A connection that can only read. With no database yet it reads an empty one."""
    path = home / DATABASE_NAME
    if not path.exists():
        return _empty()
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )
    connection.row_factory = sqlite3.Row
    return connection


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for number, script in migrations():
        connection.executescript(f"{script}\nPRAGMA user_version = {number};")
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def open_reader(home: Path) -> Iterator[Reader]:
    """Read a work folder's journal from any process, daemon or none. Raises NeedsPersonError when it cannot be read."""
    with closing(connect_reader(home)) as connection:
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.Error as error:
            raise explain(error, home) from error
        if version == 0:  # made, and stopped before its first table was: a full disk, or kill -9
            with closing(_empty()) as empty:
                yield Reader(empty)
            return
        known = len(migrations())
        if version != known:
            raise NeedsPersonError(
                f"The database in {home} has schema {version}; this ReelForge reads {known}.",
                remedy="Use the daemon's own version; a daemon of this version brings an older database up to date.",
            )
        yield Reader(connection)


def job_record(row: Any) -> JobRecord:
    """A row of ``jobs`` as a value, without its steps."""
    return JobRecord(
        id=row["id"],
        channel=row["channel"],
        state=row["state"],
        order=json.loads(row["order"]),
        priority=row["priority"],
        attempt=row["attempt"],
        requeues=row["requeues"],
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
        not_before=row["not_before"],
        error=row["error"],
        mistake=bool(row["mistake"]),
        result=None if row["result"] is None else json.loads(row["result"]),
    )


def _event(row: dict[str, Any]) -> AnyEvent:
    return _EVENT.validate_python({**json.loads(row["body"]), "id": row["id"]})


def _step_record(row: dict[str, Any]) -> StepRecord:
    return StepRecord(
        name=row["path"],
        state=row["state"],
        seconds=row["seconds"],
        cached=bool(row["cached"]),
        attempt=row["attempt"],
        error=row["error"],
    )
