"""The bus: what happened, told to whoever listens. Nobody who listens can hold up the work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import anyio
import anyio.from_thread
import anyio.lowlevel
import structlog

from reelforge.domain.events import AnyEvent
from reelforge.domain.job import Clock
from reelforge.store.store import Store

Listener = Callable[[AnyEvent], None]

_BATCH = 500
"""How many missed events are read at a time."""


class EventBus:
    """One work folder's events. Make it in the event loop; it hears everything the store commits.

    Stored events (``id`` > 0) come in the order of their ids. Progress and the like (``id`` 0) pass by once.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._token = anyio.lowlevel.current_token()
        self._thread = threading.get_ident()
        self._listeners: list[Listener] = []
        self._log = structlog.get_logger("reelforge.events")
        store.announce_to(self.publish)

    @property
    def last_event(self) -> int:
        """The id of the newest stored event, 0 when there is none."""
        return self._store.last_event

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` in the event loop with every event from now on; returns what ends that. It must not block.

        A listener that raises is logged and kept: a broken progress bar is no reason for a Reel to fail.
        """
        self._listeners.append(listener)
        return partial(self._forget, listener)

    def publish(self, event: AnyEvent) -> None:
        """Tell an event that is not stored. Callable from any thread; an event without a time gets the present one."""
        if not event.at:
            event = event.model_copy(update={"at": self._clock.now()})
        if threading.get_ident() == self._thread:
            self._tell(event)
        else:
            with suppress(anyio.RunFinishedError):  # the program is ending: nobody listens any more
                anyio.from_thread.run_sync(self._tell, event, token=self._token)

    async def record(self, event: AnyEvent) -> None:
        """Store an event and tell it with its id."""
        await self._store.record(event)

    @asynccontextmanager
    async def subscribe(self, after: int | None = None, *, room: int = 1000) -> AsyncIterator[Subscription]:
        """Follow events with ``async for``. With ``after``, first those stored since that id, then the live ones.

        A follower who is more than ``room`` events behind loses unstored ones and is given the stored ones again from
        the journal; the journal itself keeps a bounded number.
        """
        start = self.last_event if after is None else after
        subscription = Subscription(self._store, start, behind=start < self.last_event, room=room)
        stop = self.listen(subscription.offer)
        try:
            yield subscription
        finally:
            stop()

    def _tell(self, event: AnyEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001  # whatever a listener raises, the work goes on
                self._log.exception("A listener failed.", listener=repr(listener), kind=type(event).__name__)

    def _forget(self, listener: Listener) -> None:
        with suppress(ValueError):  # ended twice
            self._listeners.remove(listener)


class Subscription:
    """One follower's view of the events; an endless asynchronous iterator."""

    def __init__(self, store: Store, after: int, *, behind: bool, room: int) -> None:
        self._store = store
        self._last = after
        self._behind = behind
        self._room = room
        self._live: deque[AnyEvent] = deque()
        self._missed: deque[AnyEvent] = deque()
        self._arrived = anyio.Event()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> AnyEvent:
        while True:
            event = await self._next()
            if event.id == 0:
                return event
            if event.id > self._last:
                self._last = event.id
                return event

    def offer(self, event: AnyEvent) -> None:
        """Take note of an event; never waits."""
        if len(self._live) >= self._room:
            self._live.clear()
            self._behind = True
        self._live.append(event)
        self._arrived.set()

    async def _next(self) -> AnyEvent:
        while True:
            if self._missed:
                return self._missed.popleft()
            if self._behind:
                await self._catch_up()
            elif self._live:
                return self._live.popleft()
            else:
                self._arrived = anyio.Event()
                await self._arrived.wait()

    async def _catch_up(self) -> None:
        after = self._last
        missed = await self._store.read(lambda reader: reader.events(after, _BATCH))
        self._missed.extend(missed)
        self._behind = len(missed) == _BATCH
