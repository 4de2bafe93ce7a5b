"""How a timeline is wanted otherwise than it says, for a video of it and for one frame alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from msgspec import Struct

from reelforge.domain.timeline import Timeline
from reelforge.errors import InputError

T = TypeVar("T")


class Wish(Struct, frozen=True):
    """How a timeline is to be rendered otherwise than it says; what is left out stays as it is."""

    preview: bool = False
    shape: str | None = None
    platform: str | None = None
    quality: str | None = None


def changed(wish: Wish, *, whole: bool = True) -> Callable[[Timeline], Timeline]:
    """What makes a timeline as it was wished for. Raises InputError for a shape, platform or quality there is not.

    When not the ``whole`` is made, but a frame of it, it need not be what the platform takes.
    """
    if wish == Wish():
        return lambda timeline: timeline
    from reelforge.domain.formats import SHAPES  # noqa: PLC0415  # not loaded for what stays as it is
    from reelforge.render.reshape import preview, reshaped  # noqa: PLC0415

    shape = _named("shape", wish.shape, {name: name for name in SHAPES})
    platform = quality = None
    if wish.platform is not None or wish.quality is not None:
        from reelforge.settings import shipped  # noqa: PLC0415  # a frame as the timeline says needs no settings

        platform = _named("platform", wish.platform, shipped.platforms())
        quality = _named("quality", wish.quality, shipped.qualities())

    def change(timeline: Timeline) -> Timeline:
        if shape or platform or quality:
            timeline = reshaped(timeline, shape, platform=platform, quality=quality)
        if platform and whole and not wish.preview:
            seconds = timeline.rate.seconds(timeline.frames)
            for sentence, remedy in platform.objections(timeline.size, timeline.rate, seconds):
                raise InputError(sentence, remedy=remedy)
        return preview(timeline) if wish.preview else timeline

    return change


def _named(kind: str, name: str | None, known: Mapping[str, T]) -> T | None:
    if name is None:
        return None
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    meant = f"Did you mean “{near[0]}”? " if near else ""
    raise InputError(f"--{kind}: there is no {kind} called “{name}”.", remedy=f"{meant}There are: {', '.join(known)}.")
