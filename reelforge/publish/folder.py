"""Publishes into a folder on this machine: a folder a Reel, by channel, date and title, ready to be posted by hand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.post import Package, Publication
from reelforge.domain.value import Value
from reelforge.publish.contents import file_name, job_of
from reelforge.publish.naming import slug
from reelforge.publish.placing import place_flat, place_folder, sentences
from reelforge.publish.swap import recover_all

_DATE = re.compile(r"\d{4}-\d\d-\d\d-")


class Options(Value):
    """``folder`` is where the channels' folders are made; left out, ``videos`` in the work folder."""

    folder: str | None = None


class Engine:
    """Writes ``CHANNEL/DATE-TITLE-JOB/`` with the video, cover, contact sheet, captions, timeline, receipt, metadata.

    The date is the day of publication by this machine's calendar. A job published again replaces its own folder,
    whatever its title is now.
    """

    name = "folder"
    public = False

    def __init__(self, options: Options, home: Path) -> None:
        self._folder = Path(options.folder).expanduser() if options.folder else home / "videos"

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"publisher": self.name, "version": 1, "folder": str(self._folder)}

    @step(slot="none", version=1, tries=1)
    async def publish(self, context: StepContext, package: Package, out: str | None = None) -> Publication:
        """Put the files into the Reel's folder, and beside others in ``out`` when that is given."""
        today = datetime.fromtimestamp(context.clock.now(), tz=UTC).astimezone().date().isoformat()
        publication: Publication = await context.in_thread(self._publish, context, package, out, today)
        return publication

    def _publish(self, context: StepContext, package: Package, out: str | None, today: str) -> Publication:
        job = slug(package.job, "job")
        channel = self._folder / slug(package.channel, "channel")
        with sentences(channel):
            place = _earlier(channel, package.job) or channel / f"{today}-{slug(package.title)}-{job}"
        part = channel / f".{job}.part"
        files = place_folder(package, place, part, context.assets, context.check_cancelled)
        copies: dict[str, str] = {}
        if out is not None:
            copies = place_flat(package, Path(out), slug(package.title), context.assets, context.check_cancelled)
        return Publication(publisher=self.name, folder=str(place), files=files, copies=copies)

    def check(self) -> Iterable[Finding]:
        """Whether files can be made in the folder, or in the nearest one above it that exists."""
        standing = next(place for place in (self._folder, *self._folder.parents) if place.exists())
        ok = standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)
        yield Finding(
            subject="videos folder",
            ok=ok,
            sentence=f"Videos go to {self._folder}." if ok else f"ReelForge may not write to {self._folder}.",
            remedy="" if ok else "Allow it there, or name another folder as `publish.folder` in reelforge.toml.",
        )

    async def aclose(self) -> None:
        """Nothing is held open."""


def _earlier(channel: Path, job: str) -> Path | None:
    """The folder that a job was published to before, under any date and title."""
    if not channel.is_dir():
        return None
    ending = f"-{slug(job, 'job')}"
    recover_all(channel, ending)
    found = (place for place in channel.iterdir() if _DATE.match(place.name) and place.name.endswith(ending))
    named = (place for place in found if place.is_dir() and job_of(place / file_name("metadata")) in {job, ""})
    return min(named, default=None)
