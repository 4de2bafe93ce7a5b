"""What renders, put together: for jobs, and for a timeline file by itself, which must not wait for all the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import anyio

from reelforge.domain.events import Event, StepProgressed
from reelforge.domain.post import Rendition
from reelforge.errors import NeedsPersonError, TryLaterError
from reelforge.jobs.failures import telling
from reelforge.jobs.plain import PlainContext
from reelforge.render.clip_cache import ClipCache
from reelforge.render.ffmpeg import Ffmpeg, discover
from reelforge.render.file import render_file
from reelforge.render.studio import Studio
from reelforge.settings import Settings
from reelforge.store.assets import FileAssets
from reelforge.store.space import FULL
from reelforge.wishes import Wish, changed


def slot_totals(settings: Settings) -> dict[str, int]:
    """How much of each kind of work may go on at once, and how many jobs."""
    return {**{str(slot): total for slot, total in settings.slots.limits().items()}, "jobs": settings.slots.jobs}


async def open_studio(settings: Settings, cache: Path, program: Callable[[], Ffmpeg] | None = None) -> Studio:
    """The renderer with the ffmpeg and encoder the settings name, or the best that works here. ``program`` gives the
    ffmpeg, where it is being looked for already.
    """
    chosen, usual = settings.render, settings.home / "cache"
    return await Studio.open(
        ClipCache(cache, settings.cache_bytes),
        known=None if cache == usual else ClipCache(usual, settings.cache_bytes),
        program=program or partial(discover, chosen.program),
        encoder=None if chosen.encoder == "auto" else chosen.encoder,
    )


async def render_alone(
    settings: Settings,
    timeline: Path,
    out: Path,
    wish: Wish,
    program: Callable[[], Ffmpeg],
    *,
    cached: bool,
    listener: Callable[[Event], None],
) -> Rendition:
    """Render a timeline file, changed as wished, without a job; what it names by hash is looked up in the work folder.
    ``program`` gives the ffmpeg.

    Nobody tries again by himself, so an error that passes says what a person can do.
    """

    def progress(path: str, done: float, total: float, unit: str) -> None:
        listener(StepProgressed(job="", channel="", step=path, done=done, total=total, unit=unit))

    change = changed(wish)
    limits = {slot: anyio.CapacityLimiter(total) for slot, total in slot_totals(settings).items()}
    with _told_to_a_person(cached=cached), ExitStack() as stack:
        cache = settings.home / "cache"
        if not cached:  # a folder that is swept at the next start, should this process be killed
            cache = stack.enter_context(ClipCache(cache, settings.cache_bytes).use()).folder / "cache"
        studio = await open_studio(settings, cache, program)
        context = PlainContext(FileAssets(settings.home / "assets"), on_progress=progress, limits=limits)
        return await render_file(context, studio, timeline, out, change)


@contextmanager
def _told_to_a_person(*, cached: bool) -> Iterator[None]:
    try:
        yield
    except (BaseExceptionGroup, OSError, NeedsPersonError, TryLaterError) as caught:
        error = telling(caught) if isinstance(caught, BaseExceptionGroup) else caught
        if isinstance(error, TryLaterError):
            kept = ": what is finished already is kept" if cached else ""
            raise TryLaterError(error.message, remedy=f"Give the same command again{kept}.") from error
        full = error if isinstance(error, OSError) else error.__cause__
        if isinstance(full, OSError) and full.errno in FULL:
            said = error.message if isinstance(error, NeedsPersonError) else "The disk is full."
            raise NeedsPersonError(said, remedy="Free some space, then give the same command again.") from full
        if error is caught:
            raise
        raise error from error.__cause__
