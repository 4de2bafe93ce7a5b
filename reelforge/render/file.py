"""A timeline file in, a video file out: what ``reelforge render`` does."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reelforge.domain.job import StepContext
from reelforge.domain.post import Rendition
from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError
from reelforge.render.document import load
from reelforge.render.ffmpeg import FULL_DISK
from reelforge.render.outputs import refuse_nowhere, refuse_sources, unwritable
from reelforge.render.studio import Studio


def _as_it_is(timeline: Timeline) -> Timeline:
    return timeline


async def render_file(
    context: StepContext,
    studio: Studio,
    timeline_path: Path,
    out_path: Path,
    change: Callable[[Timeline], Timeline] = _as_it_is,
) -> Rendition:
    """Render a timeline file, changed by ``change``, to ``out_path``, which appears whole or not at all.

    Paths in the timeline count from its own folder. Raises InputError, before any frame is drawn, when the timeline is
    not right or ``out_path`` cannot be written.
    """
    timeline = change(await context.in_thread(load, timeline_path))
    await context.in_thread(_writable, out_path)
    await context.in_thread(refuse_sources, timeline, timeline_path.parent, out_path)
    try:
        rendition = await context.step(studio.at(timeline_path.parent).render, timeline, name="render")
    except InputError as error:
        raise InputError(f"{timeline_path}: {error.message}", remedy=error.remedy) from error
    await context.in_thread(_place, context.assets.path(rendition.video), out_path)
    return rendition


def _writable(out: Path) -> None:
    if out.suffix.lower() != ".mp4":
        raise InputError(f"{out} does not end in .mp4, and an MP4 is what is written.", remedy="Give it that ending.")
    refuse_nowhere(out)
    fresh = _beside(out)
    with _told(out):
        fresh.touch()
        fresh.unlink()


def _place(video: Path, out: Path) -> None:
    fresh = _beside(out)
    try:
        with _told(out):
            shutil.copyfile(video, fresh)
            with fresh.open("rb") as file:
                os.fsync(file.fileno())
            fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)


def _beside(out: Path) -> Path:
    return out.with_name(f".{secrets.token_hex(8)}.part")


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """A place may refuse a file in many ways that its permissions do not tell: network shares, /proc."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_DISK:
            raise
        raise unwritable(out, error) from error
