"""Music from the shipped tracks and from a folder of the person's own, chosen by mood and tempo, cut on bar lines.

A file that is dropped into a folder is listened to once. Its sidecar, should the person write one, goes before what was
heard, and says by what right it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import anyio.to_thread
import platformdirs
import structlog

from reelforge import resources
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.music import STRENGTH_STEP, Bed, Track, publishable
from reelforge.domain.value import Value
from reelforge.engines.music import FoundBed, MusicRequest
from reelforge.engines.music.archive import Archive
from reelforge.engines.music.choosing import choose
from reelforge.engines.music.cutting import cut
from reelforge.engines.music.moods import read_moods
from reelforge.engines.music.plays import Plays
from reelforge.engines.music.shelf import Folder, Listing, Shelf
from reelforge.engines.music.tracks import Shelved, measured
from reelforge.engines.music.watching import follow
from reelforge.errors import InputError, NeedsPersonError, ReelForgeError
from reelforge.sound.strength import strength

log = structlog.get_logger(__name__)


class Options(Value):
    """``folder`` holds tracks of one's own, as an absolute path; left out, it is ``music`` in the work folder, should
    that be there. ``shipped`` says whether ReelForge's own tracks may be chosen too.
    """

    folder: str = ""
    shipped: bool = True


class Engine:
    """Chooses among the tracks of up to two folders; see the module. What was heard is kept in the ``home`` folder's
    cache, and without one in memory.
    """

    name = "library"

    def __init__(self, options: Options, home: Path | None = None) -> None:
        self._options = options
        cache = home / "cache" / "music" if home else None
        self._own = Path(options.folder).expanduser() if options.folder else home / "music" if home else None
        folders = [Folder(self._own, shipped=False, expected=bool(options.folder))] if self._own else []
        folders += [Folder(resources.folder("music"), shipped=True, expected=True)] if options.shipped else []
        self._moods = read_moods()
        compiled = cache or platformdirs.user_cache_path("reelforge", appauthor=False)
        self._shelf = Shelf(folders, Archive(cache / "heard" if cache else None), compiled, self._moods)
        self._plays = Plays(cache / "plays.json" if cache else None)

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 3, **self._options.model_dump(mode="json")}

    @step(version=2, tries=1, scope="job")
    async def bed(self, context: StepContext, request: MusicRequest) -> FoundBed:
        listing = await self._shelf.learn(now=context.clock.now(), progress=context.progress)
        found: FoundBed = await context.in_thread(self._bed, context, request, listing)
        return found

    async def current(self, bed: Bed) -> Track:
        return await anyio.to_thread.run_sync(self._shelf.described, bed) or bed.track

    async def watch(self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Listen to tracks as they are dropped into the person's folder, until cancelled; for a process that stays.

        The work folder's own music folder is made, so that there is a place to drop them.
        """
        if self._own is None:
            task_status.started()
            return
        if not self._options.folder:
            try:
                await anyio.Path(self._own).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                log.warning("music_folder", reason=f"{self._own} cannot be made: {error.strerror}.")
        await follow([self._own], self._look, task_status=task_status)

    async def _look(self) -> None:
        try:
            await self._shelf.learn()
        except ReelForgeError as error:  # whoever needs the music says so himself
            log.warning("music_folder", reason=str(error))

    def check(self) -> Iterable[Finding]:
        try:
            listing = self._shelf.listing()
        except InputError as error:
            yield _refused(error, optional=False)
            return
        for broken in listing.refused:
            yield _refused(broken, optional=bool(listing.ready))
        usable: list[Shelved] = []
        for one in listing.ready:
            try:
                measured(one)
                usable.append(one)
            except InputError as error:
                yield _refused(error, optional=len(listing.ready) > 1)
        for entry in listing.unheard:
            yield _hint(f"The track {entry.path} has not been listened to yet; the next Reel does.", ok=True)
        for one in usable:
            if refusal := publishable(one.track):
                yield refusal.model_copy(update={"optional": True})
        if usable:
            for mood in self._moods:
                if not any(one.track.mood == mood for one in usable):
                    remedy = f'Write `mood = "{mood}"` into the sidecar of a track that suits it.'
                    yield _hint(f"No track has the mood {mood}; the nearest tempo is taken for it.", remedy)
        count = len(usable) + len(listing.unheard)
        yield Finding(
            subject="music library",
            ok=count > 0,
            sentence=f"{count} tracks can be chosen from." if count else "There is no track to choose from.",
            remedy="" if count else "Set `shipped = true` in the channel's `music`, or put tracks into its folder.",
        )

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _bed(self, context: StepContext, request: MusicRequest, listing: Listing) -> FoundBed:
        chosen, samples = self._measured(context, request, listing)
        parts = cut(chosen.track, request.samples, samples, made_to_loop=chosen.made_to_loop)
        asset = context.assets.add_file(chosen.path, chosen.media_type, chosen.provenance)
        felt = chosen.strength or strength(chosen.path, SAMPLE_RATE // STRENGTH_STEP, context.check_cancelled)
        self._plays.note(context.channel, _reel(request), chosen.path.name)
        return FoundBed(
            bed=Bed(
                track=chosen.track,
                asset=asset,
                spans=parts.spans,
                strength=felt,
                fade_out=parts.fade_out,
                crossfade=parts.crossfade,
            )
        )

    def _measured(self, context: StepContext, request: MusicRequest, listing: Listing) -> tuple[Shelved, int]:
        """The track for a request and its length in samples; one that turns out to be unusable is passed over, and for
        a Reel that is published one that may not be. When those were all, a person has to say something about one.
        """
        shelf: Sequence[Shelved] = listing.ready
        refused = list(listing.refused)
        withheld: list[NeedsPersonError] = []
        recent = self._plays.before(context.channel, _reel(request))
        while shelf or not (refused or withheld):
            try:
                chosen = choose(shelf, self._moods, request, recent)
            except InputError as error:
                if withheld:
                    raise withheld[0] from error
                raise
            try:
                return chosen, _measured_for(request, chosen)
            except (InputError, NeedsPersonError) as error:
                log.warning("track_passed_over", reason=str(error), channel=context.channel)
                if isinstance(error, NeedsPersonError):
                    withheld.append(error)
                else:
                    refused.append(error)
                shelf = [one for one in shelf if one is not chosen]
        raise [*withheld, *refused][0]


def _measured_for(request: MusicRequest, chosen: Shelved) -> int:
    """A track's length in samples. Raises InputError when it is unusable, NeedsPersonError when nobody may hear it."""
    if request.public and (refusal := publishable(chosen.track)):
        raise NeedsPersonError(refusal.sentence, remedy=refusal.remedy)
    return measured(chosen)


def _reel(request: MusicRequest) -> str:
    """What a Reel is known by here, however its words are changed."""
    return f"{request.mood} {request.seed}"


def _refused(error: InputError, *, optional: bool) -> Finding:
    return Finding(subject="music library", ok=False, sentence=error.message, remedy=error.remedy, optional=optional)


def _hint(sentence: str, remedy: str = "", *, ok: bool = False) -> Finding:
    return Finding(subject="music library", ok=ok, sentence=sentence, remedy=remedy, optional=True)
