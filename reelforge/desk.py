"""The desk: where orders are handed in, and where one asks after them.

A command that wants something made looks for the process that holds the work folder and hands the order to it; when
there is none, it becomes that process for as long as its job takes. Either way the same code makes the Reel.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import anyio
import structlog

from reelforge import logs, resources
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.events import Event, JobEvent
from reelforge.domain.job import JobRecord, Order
from reelforge.errors import InputError, ReelForgeError, TryLaterError
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.failures import understood
from reelforge.jobs.ids import JobIds
from reelforge.settings import Settings
from reelforge.store.lock import FolderHeldError, holder
from reelforge.store.reader import open_reader

if TYPE_CHECKING:
    from reelforge.app import App
    from reelforge.domain.post import Rendition
    from reelforge.domain.timeline import Timeline

Listener = Callable[[Event], None]
Level = Literal["debug", "info", "warning", "error"]

log = structlog.get_logger("reelforge")

START_SECONDS: Final = 150.0
"""How long a process may take to start or stop before a command gives up on it: draining alone has 120 s."""
_LOOK_SECONDS: Final = 0.3
DEMO_CHANNEL: Final = "tech_explained"
NO_JOB: Final = "There is no job called {!r} in {}."
MOST_SCRIPT_BYTES: Final = 4 << 20


def order(
    settings: Settings,
    channel: str,
    *,
    topic: str | None,
    script: Path | None,
    out: Path | None,
    by_person: bool = True,
) -> Order:
    """An order as a person gave it, checked as far as can be before a job exists. Raises InputError."""
    from reelforge.engines.writer import verbatim

    chosen = settings.channel(channel)
    if topic is None and script is None:
        raise InputError("A Reel needs a topic or a script.", remedy='Give --topic "…" or --script FILE.')
    if topic is not None and script is not None:
        raise InputError("A Reel is made from a topic or from a script, and both were given.", remedy="Give only one.")
    if topic is not None and not topic.strip():
        raise InputError("The topic is empty.", remedy='Say what the Reel is about, as in --topic "…".')
    if topic is not None and chosen.writer is None:
        raise InputError(
            f"The channel {channel!r} has no writer, so it cannot make a Reel from a topic.",
            remedy="Set one up as [engines.writer.openai], or give a text with --script.",
        )
    if out is not None and not (there := _nearest(out)).is_dir():
        raise InputError(f"--out names {out}, but {there} is not a folder.", remedy="Name a folder.")
    if out is not None and not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f"--out names {out}, but you may not write in {there}.", remedy="Name another folder.")
    text = verbatim.read_text(script) if script is not None else None
    given = Order(
        channel=channel,
        topic=topic.strip() if topic else None,
        text=text,
        text_path=str(script.resolve()) if script else None,
        out=str(out.resolve()) if out else None,
        by_person=by_person,
    )
    if text is not None:
        verbatim.read_script(text, Path(given.text_path) if given.text_path else None, chosen.brief)
    return given


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest of its parents that exists."""
    path = path.absolute()
    return next((place for place in (path, *path.parents) if os.path.lexists(place)), path)


def demo_order(settings: Settings, *, out: Path | None) -> Order:
    """The order for the demo Reel, "The Moon is leaving us"."""
    channel = DEMO_CHANNEL if DEMO_CHANNEL in settings.names else next(iter(settings.names), DEMO_CHANNEL)
    return order(settings, channel, topic=None, script=resources.folder("demo") / "script.md", out=out)


async def make(settings: Settings, wanted: Order, listener: Listener, *, aloud: Level) -> JobRecord:
    """Have one Reel made, here or by the process that already runs, and wait for it. Ctrl-C hands the job back.

    The job is named before it is handed in: whatever becomes of the process that takes it, it stays one job.
    """
    names = [JobIds(SystemClock()).new()]
    with logs.recording(settings, aloud=aloud) as written, _sentences():
        patience = anyio.current_time() + START_SECONDS
        while True:
            try:
                await _make_here(settings, written, wanted, listener, names)
                break
            except FolderHeldError as held:
                log.debug("handing over", reason=str(held))
            try:
                await _make_elsewhere(settings, wanted, listener, names)
                break
            except TryLaterError:
                if anyio.current_time() > patience:
                    if len(names) == 1:
                        raise
                    break
            # The other process is starting or stopping: no event says when it is done.
            await anyio.sleep(_LOOK_SECONDS)
    return await anyio.to_thread.run_sync(job, settings, names[-1])


@contextmanager
def _sentences() -> Iterator[None]:
    """Errors leave task groups as groups; a person gets the most telling one."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = understood(group)
        raise error from error.__cause__


async def _make_here(
    settings: Settings, written: logs.Logs, wanted: Order, listener: Listener, names: list[str]
) -> None:
    """Run the job in this process; its name, or that of the one it goes on with, is the last of ``names``."""
    from reelforge.app import open_app

    async with open_app(settings, written, own_jobs_only=True) as app, anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, app, tasks.cancel_scope, anyio.Event())
        with anyio.CancelScope(shield=True):
            names.append((await app.submit(wanted, names[-1])).id)
        stop = app.bus.listen(partial(_only, names[-1], listener))
        await app.runner.wait(names[-1])
        await app.runner.own_idle()
        await app.drain()
        stop()
        tasks.cancel_scope.cancel()


def _only(identifier: str, listener: Listener, event: Event) -> None:
    if isinstance(event, JobEvent) and event.job == identifier:
        listener(event)


async def _make_elsewhere(settings: Settings, wanted: Order, listener: Listener, names: list[str]) -> None:
    """Hand the order over and follow its job, whose name is then the last of ``names``."""
    from reelforge.api.control import Control

    control = Control(settings.home)
    names.append((await control.submit(wanted, names[-1])).id)
    async for event in control.follow(names[-1]):
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
    patience = anyio.current_time() + START_SECONDS
    while True:
        held = holder(settings.home)
        if held is None or held.socket is not None or anyio.current_time() > patience:
            return
        await anyio.sleep(_LOOK_SECONDS)


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

    patience = anyio.current_time() + START_SECONDS
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
                if anyio.current_time() > patience:
                    raise
            await anyio.sleep(_LOOK_SECONDS)


@dataclass(frozen=True)
class Wish:
    """How a timeline is to be rendered otherwise than it says; what is left out stays as it is."""

    preview: bool = False
    shape: str | None = None
    platform: str | None = None
    quality: str | None = None


async def render(
    settings: Settings, timeline: Path, out: Path, wish: Wish, *, cached: bool, listener: Listener
) -> Rendition:
    """Render a timeline file by itself: no job, no journal; clips are shared with those of jobs.

    Raises InputError for a shape, platform or quality that there is not.
    """
    from reelforge.rendering import render_alone

    with logs.recording(settings, aloud="warning"), _sentences():
        change = _changed(wish)
        return await render_alone(settings, timeline, out, change, cached=cached, listener=listener)


def _changed(wish: Wish) -> Callable[[Timeline], Timeline]:
    from reelforge.domain.formats import SHAPES
    from reelforge.render.reshape import preview, reshaped
    from reelforge.settings import shipped

    def one(kind: str, name: str | None, known: Mapping[str, Any]) -> Any:
        if name is not None and name not in known:
            raise InputError(f"There is no {kind} called {name!r}.", remedy=f"There are: {', '.join(known)}.")
        return known[name] if name is not None else None

    shape = one("shape", wish.shape, {str(name): name for name in SHAPES})
    platform = one("platform", wish.platform, shipped.platforms() if wish.platform else {})
    quality = one("quality", wish.quality, shipped.qualities() if wish.quality else {})

    def change(timeline: Timeline) -> Timeline:
        if shape or platform or quality:
            timeline = reshaped(timeline, shape, platform=platform, quality=quality)
        return preview(timeline) if wish.preview else timeline

    return change


def jobs(settings: Settings) -> tuple[JobRecord, ...]:
    """The newest jobs of the work folder; none when it has never been used."""
    if not _used(settings):
        return ()
    with open_reader(settings.home) as reader:
        return reader.jobs()


def job(settings: Settings, identifier: str) -> JobRecord:
    """One job with its steps. Raises InputError when there is none of that name."""
    found = None
    if _used(settings):
        with open_reader(settings.home) as reader:
            found = reader.job(identifier)
    if found is None:
        raise InputError(NO_JOB.format(identifier, settings.home), remedy="`reelforge jobs` lists them.")
    return found


def _used(settings: Settings) -> bool:
    return (settings.home / "reelforge.db").exists()


def made(record: JobRecord) -> dict[str, Any]:
    """A finished (or failed) job as ``make --json`` prints it."""
    result = record.result or {}
    files = _files(record)
    words = [
        {
            "text": word["text"],
            "start": round(word["start"] / SAMPLE_RATE, 4),
            "end": round(word["end"] / SAMPLE_RATE, 4),
            "confidence": word["confidence"],
            "source": word["source"],
        }
        for word in result.get("words", ())
    ]
    document: dict[str, Any] = {
        "job": record.id,
        "state": record.state,
        "video": files.get("video"),
        "cover": files.get("cover"),
        "contact_sheet": files.get("contact_sheet"),
        "captions": files.get("captions"),
        "receipt": files.get("receipt"),
        "timeline": files.get("timeline"),
        "steps": [
            {"name": step.name, "seconds": round(step.seconds, 3), "cached": step.cached} for step in record.steps
        ],
        "words": words,
    }
    return document | ({"error": record.error} if record.error else {})


def rendered(out: Path, rendition: Rendition) -> dict[str, Any]:
    """A rendition as ``render --json`` prints it."""
    return {
        "video": str(out),
        "frames": rendition.frames,
        "seconds": rendition.seconds,
        "encoder": rendition.encoder,
        "loudness": rendition.loudness,
        "true_peak": rendition.true_peak,
        "checks": [check.model_dump(mode="json") for check in rendition.checks],
    }


def summary(record: JobRecord) -> str:
    """Where a finished Reel is and how long each step took, for a person."""
    files = _files(record)
    shown = ("video", "cover", "captions", "contact_sheet", "receipt")
    lines = [f"{role.replace('_', ' '):14}{files[role]}" for role in shown if role in files]
    lines += ["", *_steps(record)]
    return "\n".join(lines)


def _files(record: JobRecord) -> dict[str, str]:
    """The Reel's files by role: where the person wanted them, else where they were published."""
    for publication in (record.result or {}).get("publications", ()):
        chosen = publication.get("copies") or publication.get("files")
        if chosen:
            return dict(chosen)
    return {}


def _steps(record: JobRecord) -> list[str]:
    top = [step for step in record.steps if "/" not in step.name]
    lines = [
        f"{step.name:18}{step.seconds:8.1f} s{'  (kept from before)' if step.cached else ''}"
        f"{'' if step.state == 'done' else '  ' + step.state}"
        for step in top
    ]
    if record.started and record.finished:
        lines.append(f"{'altogether':18}{record.finished - record.started:8.1f} s")
    return lines


def table(records: Sequence[JobRecord]) -> str:
    """Jobs, a line each."""
    if not records:
        return "There are no jobs yet. `reelforge make CHANNEL --script FILE` makes the first one."
    lines = [f"{'job':18}{'channel':20}{'state':14}{'asked':18}about"]
    for record in records:
        asked = datetime.fromtimestamp(record.created).astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(f"{record.id:18}{record.channel:20}{record.state:14}{asked:18}{_about(record.order)}")
        lines += [f"{'':18}{record.error}"] if record.error else []
    return "\n".join(lines)


def _about(order: Order) -> str:
    """What a person will know an order by: its topic, or its script's file name."""
    return order.topic or (Path(order.text_path).name if order.text_path else "a text")


def story(record: JobRecord) -> str:
    """Everything about one job, for a person."""
    head = f"job {record.id} of {record.channel}: {record.state}"
    lines = [head, *([record.error] if record.error else []), "", *_steps(record)]
    files = _files(record)
    return "\n".join([*lines, *(f"{role:18}{path}" for role, path in files.items())])
