"""A work folder with everything a job needs, opened and closed in order: what ``app.py`` does, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from msgspec import Struct

from reelforge.domain.job import Clock
from reelforge.jobs.clock import SystemClock
from reelforge.jobs.events import EventBus
from reelforge.jobs.runner import Recipe, Runner
from reelforge.jobs.slots import Slots
from reelforge.store.assets import FileAssets
from reelforge.store.space import SpaceGate
from reelforge.store.store import Store, open_store


class Workshop(Struct, frozen=True):
    """The opened parts; the runner is ready, but runs nothing before :meth:`Runner.run` is started."""

    store: Store
    assets: FileAssets
    bus: EventBus
    slots: Slots
    runner: Runner


@asynccontextmanager
async def open_workshop(
    home: Path,
    recipe: Recipe,
    *,
    clock: Clock | None = None,
    slots: Slots | None = None,
    space: SpaceGate | None = None,
    **options: Any,
) -> AsyncIterator[Workshop]:
    """Open ``home``; ``options`` go to :class:`Runner`. No ballast, no space gate unless ``space`` is given."""
    clock = clock or SystemClock()
    slots = slots or Slots()
    gate = space or SpaceGate(home, 0)
    async with open_store(home, ballast=0, now=clock.now) as store:
        assets = FileAssets(home / "assets")
        bus = EventBus(store, clock)
        runner = Runner(store, assets, slots, bus, clock, recipe, space=gate, seed=0, **options)
        yield Workshop(store, assets, bus, slots, runner)


@asynccontextmanager
async def running_workshop(home: Path, recipe: Recipe, **options: Any) -> AsyncIterator[Workshop]:
    """The same with the runner at work; on leaving, what still runs is handed back at once."""
    async with open_workshop(home, recipe, **options) as shop, anyio.create_task_group() as tasks:
        await tasks.start(shop.runner.run)
        try:
            yield shop
        finally:
            tasks.cancel_scope.cancel()
