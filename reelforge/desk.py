"""The desk: where orders are handed in, and where one asks after them.

A command that wants something made looks for the process that holds the work folder and hands the order to it; when
there is none, it becomes that process for as long as its job takes. Either way the same code makes the Reel.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import anyio

from reelforge import lean, logs
from reelforge.domain.events import Event, JobEvent
from reelforge.domain.job import JobRecord, Order
from reelforge.errors import InputError, ReelForgeError, TryLaterError
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.failures import understood
from reelforge.jobs.ids import JobIds
from reelforge.settings import Settings
from reelforge.store.lock import FolderHeldError, holder

if TYPE_CHECKING:
    from reelforge.api.control import Desk
    from reelforge.app import App
    from reelforge.domain.material import Material
    from reelforge.domain.post import Rendition
    from reelforge.wishes import Wish

Listener = Callable[[Event], None]
Level = Literal["debug", "info", "warning", "error"]

log = logs.get_logger("reelforge")

START_SECONDS: Final = 150.0
"""How long a process may take to start or stop before a command gives up on it: draining alone has 120 s."""
_LOOK_SECONDS: Final = 0.3
NO_JOB: Final = "There is no job called {!r} in {}."


async def make(settings: Settings, wanted: Order, listener: Listener, *, aloud: Level) -> JobRecord:
    """Have one Reel made, here or by the process that already runs, and wait for it. Ctrl-C hands the job back.

    The job is named before it is handed in: whatever becomes of the process that takes it, it stays one job.
    """
    errand = _Errand(JobIds(SystemClock()).new(), lambda desk, name: desk.submit(wanted, name))
    return await _finished(settings, errand, listener, aloud)


async def amend(
    settings: Settings, record: JobRecord, material: Material, known: int, listener: Listener, *, aloud: Level
) -> JobRecord:
    """Have a job gone on with from what a person made of its words, as :func:`make` has one made.

    ``known`` is how many versions of them there were. Raises InputError, and changes nothing, while the job runs and
    for words that no font can draw.
    """
    from reelforge.app import legible

    legible(material.captioned, settings.channel(record.channel).look)
    errand = _Errand(record.id, lambda desk, name: desk.amend(name, material, known))
    return await _finished(settings, errand, listener, aloud)


async def _finished(settings: Settings, errand: _Errand, listener: Listener, aloud: Level) -> JobRecord:
    """Hand an errand in and wait until its job is over."""
    with logs.recording(settings, aloud=aloud) as written, _sentences():
        patience = _Patience()
        while True:
            try:
                await _make_here(settings, written, errand, listener)
                break
            except FolderHeldError as held:
                log.debug("handing over", reason=str(held))
            try:
                await _make_elsewhere(settings, errand, listener)
                break
            except TryLaterError:
                if patience.over and errand.taken:
                    break
                if patience.over:
                    raise
            await patience.rest()
    return await anyio.to_thread.run_sync(job, settings, errand.job)


@dataclass
class _Errand:
    """What is to be done on its way: the name of its job (or of the one that it goes on with), what to ask of whoever
    does it, as often as it takes, and whether anybody took it.
    """

    job: str
    ask: Callable[[Desk, str], Awaitable[JobRecord]]
    taken: bool = False

    async def hand_in(self, desk: Desk) -> None:
        record = await self.ask(desk, self.job)
        self.job, self.taken = record.id, True


class _Patience:
    """Waiting for another process to start or stop, which no event tells."""

    def __init__(self) -> None:
        self._until = anyio.current_time() + START_SECONDS

    @property
    def over(self) -> bool:
        return anyio.current_time() > self._until

    async def rest(self) -> None:
        await anyio.sleep(_LOOK_SECONDS)


@contextmanager
def _sentences() -> Iterator[None]:
    """Errors leave task groups as groups; a person gets the most telling one."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = understood(group)
        raise error from error.__cause__


async def _make_here(settings: Settings, written: logs.Logs, errand: _Errand, listener: Listener) -> None:
    """Run the job in this process."""
    from reelforge.app import open_app

    async with open_app(settings, written, own_jobs_only=True) as app, anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, app, tasks.cancel_scope, anyio.Event())
        with anyio.CancelScope(shield=True):
            await errand.hand_in(app)
        stop = app.bus.listen(partial(_only, errand.job, listener))
        await app.runner.wait(errand.job)
        await app.runner.own_idle()
        await app.drain()
        stop()
        tasks.cancel_scope.cancel()


def _only(identifier: str, listener: Listener, event: Event) -> None:
    if isinstance(event, JobEvent) and event.job == identifier:
        listener(event)


async def _make_elsewhere(settings: Settings, errand: _Errand, listener: Listener) -> None:
    """Hand the errand over and follow its job."""
    from reelforge.api.control import Control

    control = Control(settings.home)
    await errand.hand_in(control)
    async for event in control.follow(errand.job):
        listener(event)


async def daemon(settings: Settings, *, until_idle: bool = False) -> None:
    """Run until SIGTERM or SIGINT (drained within 120 s; a second one stops at once), or until no job is left.

    Raises StoppedError when it was stopped at once.
    """
    from reelforge.app import open_app

    forced = anyio.Event()
    with logs.recording(settings) as written, _sentences():
        await _free(settings)
        async with open_app(settings, written, own_jobs_only=False) as app, anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_on_signal, app, tasks.cancel_scope, forced)
            lean.staying()
            log.info("ready", home=str(settings.home), channels=len(settings.channels))
            if until_idle:
                await app.runner.idle()
                await app.drain()
            await app.ended()
            tasks.cancel_scope.cancel()
    if forced.is_set():
        raise StoppedError("ReelForge was stopped at once.", remedy="Unfinished jobs go on when it starts again.")


class StoppedError(ReelForgeError):
    """A second signal ended the process before its work was handed back in order."""


async def _free(settings: Settings) -> None:
    """Wait while a command that is soon over (a ``retry``, say) holds the work folder; not for one that runs jobs."""
    patience = _Patience()
    while (held := holder(settings.home)) and held.socket is None and not patience.over:
        await patience.rest()


async def _stop_on_signal(app: App, scope: anyio.CancelScope, forced: anyio.Event) -> None:
    """The first SIGTERM or SIGINT drains, the second one stops at once."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with anyio.create_task_group() as draining:
            first = True
            async for _ in signals:
                if not first:
                    forced.set()
                    _end_soon()
                    scope.cancel()
                    return
                first = False
                log.info("stopping", remedy="A second signal stops at once.")
                draining.start_soon(app.drain)


def _end_soon() -> None:
    """End this process in two seconds even if a thread does not let go; the journal is right at any moment."""
    timer = threading.Timer(2.0, os._exit, [1])
    timer.daemon = True
    timer.start()


async def change(settings: Settings, what: Literal["retry", "cancel"], identifier: str) -> JobRecord:
    """``retry`` or ``cancel`` a job, by the process that runs, else directly in the journal."""
    from reelforge.api.control import Control
    from reelforge.app import open_queue

    patience = _Patience()
    with logs.recording(settings, aloud="warning"), _sentences():
        while True:
            try:
                async with open_queue(settings) as runner:
                    return await (runner.retry(identifier) if what == "retry" else runner.cancel(identifier))
            except FolderHeldError as held:
                log.debug("asking the holder", reason=str(held))
            control = Control(settings.home)
            try:
                return await (control.retry(identifier) if what == "retry" else control.cancel(identifier))
            except TryLaterError:
                if patience.over:
                    raise
            await patience.rest()


async def render(
    settings: Settings, timeline: Path, out: Path, wish: Wish, *, cached: bool, listener: Listener
) -> Rendition:
    """Render a timeline file by itself: no job, no journal; clips are shared with those of jobs.

    Raises InputError for a shape, platform or quality that there is not.
    """
    from reelforge.render.ffmpeg import discover

    with logs.recording(settings, aloud="warning"), _sentences(), ThreadPoolExecutor(1) as pool:
        program = pool.submit(discover, settings.render.program)  # it is asked what it is while the rest is loaded
        from reelforge.rendering import render_alone

        return await render_alone(settings, timeline, out, wish, program.result, cached=cached, listener=listener)


def jobs(settings: Settings) -> tuple[JobRecord, ...]:
    """The newest jobs of the work folder; none when it has never been used."""
    if not _used(settings):
        return ()
    from reelforge.store.reader import open_reader

    with open_reader(settings.home) as reader:
        return reader.jobs()


def job(settings: Settings, identifier: str) -> JobRecord:
    """One job with its steps. Raises InputError when there is none of that name."""
    found = None
    if _used(settings):
        from reelforge.store.reader import open_reader

        with open_reader(settings.home) as reader:
            found = reader.job(identifier)
    if found is None:
        raise InputError(NO_JOB.format(identifier, settings.home), remedy="`reelforge jobs` lists them.")
    return found


def _used(settings: Settings) -> bool:
    return (settings.home / "reelforge.db").exists()
