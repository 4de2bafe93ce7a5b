"""The composition root: opens everything in order, closes it in reverse, on one page. Nothing is made at import."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import structlog

from reelforge import logs
from reelforge.api.control import serve, socket_path
from reelforge.domain.events import AnyEvent
from reelforge.domain.job import JobRecord, Order, StepContext
from reelforge.domain.look import Look
from reelforge.domain.material import WORDS, Material
from reelforge.domain.post import Reel
from reelforge.domain.script import Script
from reelforge.engines.align.aligner import Aligner
from reelforge.engines.align.recording import Recording
from reelforge.engines.picture.gather import Gatherer
from reelforge.engines.voice.narrator import Narrator
from reelforge.errors import InputError, ReelForgeError
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.events import EventBus
from reelforge.jobs.runner import Runner
from reelforge.jobs.slots import Slots
from reelforge.pool import Pool, engine_key
from reelforge.recipes.kit import Kit
from reelforge.recipes.narrated import narrated
from reelforge.render.studio import Studio
from reelforge.render.text.layers import missing
from reelforge.rendering import open_studio, slot_totals
from reelforge.settings import ChannelSettings, EngineSettings, Settings, adapters
from reelforge.settings.watch import watch
from reelforge.store.assets import FileAssets
from reelforge.store.space import SpaceGate
from reelforge.store.store import open_store

log = structlog.get_logger("reelforge")


class App:
    """Everything that lives as long as the process; fulfils :class:`reelforge.api.control.Desk`."""

    def __init__(self, settings: Settings, studio: Studio, assets: FileAssets, bus: EventBus) -> None:
        self.settings = settings
        self.bus = bus
        self.runner: Runner
        self._studio = studio
        self._assets = assets
        self._pool = Pool()
        self._ended = anyio.Event()

    async def recipe(self, record: JobRecord, context: StepContext) -> Reel:
        """Make one job's Reel with the settings in force as it starts."""
        settings = self.settings
        channel = settings.channel(record.order.channel)
        if record.order.recipe != "narrated":
            raise InputError(f"There is no recipe called {record.order.recipe!r}.", remedy="There is: narrated.")
        async with AsyncExitStack() as stack:
            return await narrated(context, record.order, await self._kit(stack, settings, channel))

    async def _kit(self, stack: AsyncExitStack, settings: Settings, channel: ChannelSettings) -> Kit:
        async def borrow(engine: EngineSettings) -> Any:
            make = partial(open_engine, engine, settings.home)
            return await stack.enter_async_context(self._pool.borrow(engine.kind, engine.engine, engine.options, make))

        chosen = settings.engine("writer", "verbatim")
        verbatim = chosen or EngineSettings(
            kind="writer", engine="verbatim", options=adapters.options("writer", "verbatim")()
        )
        taken_over, loudness = await borrow(verbatim), channel.sound.narration
        return Kit(
            brief=channel.brief,
            look=channel.look,
            mood=channel.mood,
            palette=channel.palette,
            writer=await borrow(channel.writer) if channel.writer else taken_over,
            verbatim=taken_over,
            narrator=Narrator(await borrow(channel.voice), loudness),
            aligner=Aligner(),
            recordings={trim: Recording(trim_silence=trim, loudness=loudness) for trim in (False, True)},
            gatherer=Gatherer([await borrow(engine) for engine in channel.pictures], await borrow(channel.vision)),
            music=await borrow(channel.music),
            studio=self._studio,
            publishers=[await borrow(engine) for engine in channel.publishers],
            legible=legible,
        )

    async def apply(self, settings: Settings) -> None:
        """Take over edited settings: jobs that start from now on use them, running ones go on with the old.

        Raises NeedsPersonError, and changes nothing, when the ffmpeg or encoder they name does not work.
        """
        changed = _machinery(settings) != _machinery(self.settings)
        studio = await open_studio(settings, settings.home / "cache") if changed else self._studio
        self._studio, self.settings = studio, settings
        self.runner.resize(slot_totals(settings), settings.min_free_bytes)
        try:
            await self.keep_engines()
        except Exception:  # the edit is in force all the same
            log.exception("An engine that is no longer used could not be closed.")

    async def keep_engines(self) -> None:
        """Keep the engines of the configured channels open between jobs, and close others once unused."""
        engines = [engine for channel in self.settings.channels for engine in channel.engines]
        await self._pool.want({engine_key(engine.kind, engine.engine, engine.options) for engine in engines})

    async def listen_to_music(self) -> None:
        """Listen to tracks as they are dropped into the channels' music folders, until cancelled.

        Channels of edited settings that name other folders are followed when the process starts anew; till then their
        next Reel listens.
        """
        music = [channel.music for channel in self.settings.channels]
        async with anyio.create_task_group() as tasks:
            for engine in {engine_key(one.kind, one.engine, one.options): one for one in music}.values():
                tasks.start_soon(self._listen, engine)

    async def _listen(self, engine: EngineSettings) -> None:
        make = partial(open_engine, engine, self.settings.home)
        try:
            async with self._pool.borrow(engine.kind, engine.engine, engine.options, make) as opened:
                if follow := getattr(opened, "watch", None):
                    await follow()
        except ReelForgeError as error:  # whoever needs the music says so himself
            log.warning("music_folder", reason=str(error))

    async def submit(self, order: Order, job: str | None = None) -> JobRecord:
        self.settings.channel(order.channel)
        return await self.runner.adopt_or_submit(order, job)

    async def cancel(self, job: str) -> JobRecord:
        return await self.runner.cancel(job)

    async def retry(self, job: str) -> JobRecord:
        return await self.runner.retry(job)

    async def amend(self, job: str, material: Material, known: int) -> JobRecord:
        return await self.runner.amend(job, WORDS, material, known)

    def follow(self, job: str) -> AsyncIterator[AnyEvent]:
        return self.runner.follow(job)

    async def drain(self) -> None:
        """Let running steps end (120 s at most), hand unfinished jobs back, and stop."""
        stopped = await self.runner.drain()
        self._ended.set()
        if not stopped:
            os._exit(1)  # a thread that cannot be cancelled; the journal is right at any moment

    async def ended(self) -> None:
        """Until :meth:`drain` was called and is over."""
        await self._ended.wait()

    async def aclose(self) -> None:
        await self._pool.aclose()


@asynccontextmanager
async def open_app(settings: Settings, written: logs.Logs | None = None, *, own_jobs_only: bool) -> AsyncIterator[App]:
    """Hold the work folder and run its jobs, or, with ``own_jobs_only``, just those handed in while this lasts.

    Raises FolderHeldError when another process holds the folder.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.home, socket=socket_path(settings.home)))
        assets = FileAssets(settings.home / "assets")
        bus = EventBus(store, clock)
        stack.callback(bus.listen(logs.log_event))
        slots = Slots(slot_totals(settings))
        studio = await open_studio(settings, settings.home / "cache")
        app = App(settings, studio, assets, bus)
        stack.push_async_callback(app.aclose)
        await app.keep_engines()
        space = SpaceGate(settings.home, settings.min_free_bytes)
        app.runner = Runner(store, assets, slots, bus, clock, app.recipe, space=space, own_jobs_only=own_jobs_only)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        stack.callback(tasks.cancel_scope.cancel)
        await tasks.start(app.runner.run)
        await stack.enter_async_context(serve(app, settings.home))
        if not own_jobs_only:
            await tasks.start(partial(_watch, app, settings, written))
            tasks.start_soon(app.listen_to_music)
        yield app


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[Runner]:
    """Hold the work folder to change its queue; nothing runs. Raises FolderHeldError as :func:`open_app`."""

    async def nothing(_record: JobRecord, _context: StepContext) -> Reel:
        raise AssertionError("this runner never runs")

    clock = SystemClock()
    async with open_store(settings.home) as store:
        assets = FileAssets(settings.home / "assets")
        runner = Runner(store, assets, Slots(), EventBus(store, clock), clock, nothing)
        await runner.recover()
        yield runner


async def _watch(app: App, settings: Settings, written: logs.Logs | None, *, task_status: Any) -> None:
    async def apply(fresh: Settings) -> None:
        await app.apply(fresh)
        if written is not None:
            written.use(fresh.log)

    await watch(settings, apply, app.bus.publish, task_status=task_status)


def _machinery(settings: Settings) -> tuple[str | None, str, int]:
    """What of the settings the studio is made of."""
    return settings.render.ffmpeg, settings.render.encoder, settings.cache_bytes


def open_engine(engine: EngineSettings, home: Path) -> Any:
    """An engine or publisher from its file, with its options."""
    module = adapters.module(engine.kind, engine.engine)
    return module.Engine(engine.options, home) if engine.kind in adapters.AT_HOME else module.Engine(engine.options)


def legible(script: Script, look: Look) -> None:
    """Raises InputError when a text needs a font that is not there, before anything is made or paid."""
    captions = " ".join(scene.narration for scene in script.scenes)
    cards = " ".join([script.hook, *(scene.card for scene in script.scenes)])
    for text, font in ((captions, look.captions.font), (cards, look.cards.font)):
        if lacking := missing(text, font=font, language=script.language):
            raise InputError(lacking)
