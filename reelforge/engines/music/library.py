"""Music from the shipped tracks and from a folder of the person's own, chosen by mood and tempo, cut on bar lines."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

from reelforge import resources
from reelforge.domain.cues import SAMPLE_RATE
from reelforge.domain.doctor import Finding
from reelforge.domain.job import Assets, StepContext, step
from reelforge.domain.music import STRENGTH_STEP, Bed
from reelforge.domain.value import Value
from reelforge.engines.music import FoundBed, MusicRequest
from reelforge.engines.music.cutting import loops_for, spans_for
from reelforge.engines.music.moods import Mood, read_moods
from reelforge.engines.music.tracks import Shelved, measured, read_track, sidecars, undescribed
from reelforge.errors import InputError
from reelforge.sound.strength import strength


class Options(Value):
    """``folder`` holds tracks of one's own with their sidecars, as an absolute path; empty for none. ``shipped`` says
    whether ReelForge's own tracks may be chosen too.
    """

    folder: str = ""
    shipped: bool = True


class Engine:
    """Chooses among the tracks of up to two folders; see the module."""

    name = "library"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folders: tuple[tuple[Path, bool], ...] = (
            *(((Path(options.folder).expanduser(), False),) if options.folder else ()),
            *(((resources.folder("music"), True),) if options.shipped else ()),
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"engine": self.name, "version": 2, **self._options.model_dump(mode="json")}

    @step(version=1, tries=1, scope="job")
    async def bed(self, context: StepContext, request: MusicRequest) -> FoundBed:
        found: FoundBed = await context.in_thread(self._bed, context.assets, request)
        return found

    def check(self) -> Iterable[Finding]:
        usable = 0
        for folder, shipped in self._folders:
            try:
                files, bare = sidecars(folder), undescribed(folder)
            except InputError as error:
                yield _refused(error)
                continue
            for file in files:
                try:
                    measured(read_track(file, shipped=shipped))
                    usable += 1
                except InputError as error:
                    yield _refused(error)
            for path in bare:
                yield Finding(
                    subject="music library",
                    ok=False,
                    optional=True,
                    sentence=f"The track {path} has no sidecar and is not used.",
                    remedy=f"Write {path.with_suffix('.toml').name} beside it; music/boss-door.toml shows the keys.",
                )
        yield Finding(
            subject="music library",
            ok=usable > 0,
            sentence=f"{usable} tracks can be chosen from." if usable else "There is no track to choose from.",
            remedy="" if usable else "Set `shipped = true` in the channel's `music`, or put tracks into its folder.",
        )

    async def aclose(self) -> None:
        """Nothing is held open."""

    def _bed(self, assets: Assets, request: MusicRequest) -> FoundBed:
        shelf = [read_track(file, shipped=shipped) for folder, shipped in self._folders for file in sidecars(folder)]
        chosen = choose(shelf, read_moods(), request)
        spans = spans_for(chosen.track, request.samples, measured(chosen))
        asset = assets.add_file(chosen.path, chosen.media_type, chosen.provenance)
        felt = strength(chosen.path, SAMPLE_RATE // STRENGTH_STEP)
        return FoundBed(bed=Bed(track=chosen.track, asset=asset, spans=spans, strength=felt))


def choose(shelf: Sequence[Shelved], moods: Mapping[str, Mood], request: MusicRequest) -> Shelved:
    """The track for a request: of its mood, else of the tempo nearest to the mood's (by ratio); of these the ones that
    repeat least; of these one drawn by the seed.

    The draw ranks tracks by a hash of seed and file name, so that a new track changes only the choices it wins. Raises
    InputError when the shelf is empty or nobody knows the mood.
    """
    if not shelf:
        raise InputError(
            "There is no music track to choose from.",
            remedy="Set `shipped = true` in the channel's `music`, put tracks into its folder, or take engine `none`.",
        )
    fitting = [one for one in shelf if one.track.mood == request.mood]
    if not fitting:
        wanted = _tempo(shelf, moods, request.mood)
        nearest = min(abs(log(one.track.bpm / wanted)) for one in shelf)
        fitting = [one for one in shelf if abs(log(one.track.bpm / wanted)) <= nearest + 1e-9]
    least = min(loops_for(one.track, request.samples) for one in fitting)
    longest = [one for one in fitting if loops_for(one.track, request.samples) == least]
    return min(longest, key=lambda one: hashlib.sha256(f"{request.seed}\n{one.path.name}".encode()).digest())


def _tempo(shelf: Sequence[Shelved], moods: Mapping[str, Mood], mood: str) -> float:
    if mood in moods:
        return moods[mood].bpm
    known = sorted({*moods, *(one.track.mood for one in shelf)})
    near = difflib.get_close_matches(mood, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise InputError(f"No track and no preset has the mood {mood!r}.", remedy=hint)


def _refused(error: InputError) -> Finding:
    return Finding(subject="music library", ok=False, sentence=error.message, remedy=error.remedy)
