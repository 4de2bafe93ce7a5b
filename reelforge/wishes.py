"""How a timeline is wanted otherwise than it says, for a video of it and for one frame alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from reelforge.domain.formats import SHAPES, Platform, Quality
from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError
from reelforge.render.reshape import preview, reshaped


@dataclass(frozen=True)
class Wish:
    """How a timeline is to be rendered otherwise than it says; what is left out stays as it is."""

    preview: bool = False
    shape: str | None = None
    platform: str | None = None
    quality: str | None = None


def changed(wish: Wish) -> Callable[[Timeline], Timeline]:
    """What makes a timeline as it was wished for. Raises InputError for a shape, platform or quality there is not."""
    shape = next((one for one in SHAPES if one == wish.shape), None)
    if wish.shape and shape is None:
        raise _unknown("shape", wish.shape, SHAPES)
    platform, quality = _platform(wish.platform), _quality(wish.quality)

    def change(timeline: Timeline) -> Timeline:
        if shape or platform or quality:
            timeline = reshaped(timeline, shape, platform=platform, quality=quality)
        if platform and not wish.preview:
            seconds = timeline.rate.seconds(timeline.frames)
            for sentence, remedy in platform.objections(timeline.size, timeline.rate, seconds):
                raise InputError(sentence, remedy=remedy)
        return preview(timeline) if wish.preview else timeline

    return change


def _platform(name: str | None) -> Platform | None:
    if name is None:
        return None
    from reelforge.settings import shipped  # noqa: PLC0415  # a frame as the timeline says needs no settings

    known = shipped.platforms()
    if name not in known:
        raise _unknown("platform", name, known)
    return known[name]


def _quality(name: str | None) -> Quality | None:
    if name is None:
        return None
    from reelforge.settings import shipped  # noqa: PLC0415  # as for platforms

    known = shipped.qualities()
    if name not in known:
        raise _unknown("quality", name, known)
    return known[name]


def _unknown(kind: str, name: str, known: Iterable[str]) -> InputError:
    names = list(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    meant = f"Did you mean “{near[0]}”? " if near else ""
    return InputError(f"--{kind}: there is no {kind} called “{name}”.", remedy=f"{meant}There are: {', '.join(names)}.")
