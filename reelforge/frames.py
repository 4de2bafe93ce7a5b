"""One frame of a timeline as a picture file, for a person at work on it: nothing is loaded that this does not need."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from reelforge.domain.timeline import Card, Timeline
from reelforge.errors import InputError, TryLaterError
from reelforge.render.document import load
from reelforge.render.material import Drawing, Material, Parts
from reelforge.render.outputs import refuse_nowhere, refuse_sources, unwritable
from reelforge.render.planes import rgb_from_planes
from reelforge.render.sources import Hashes, Sources
from reelforge.wishes import Wish, changed

if TYPE_CHECKING:
    from reelforge.domain.asset import AssetRef
    from reelforge.store.assets import FileAssets

AS_IT_IS = Wish()
# To pack a PNG takes as long as to draw the frame, and it is looked at once; a WebP without loss takes two seconds.
_SAVED = {
    ".png": (cv2.IMWRITE_PNG_COMPRESSION, 0, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 95),
}
_MOST_BYTES = 64 << 20
"""Of pictures for the frames to come: half a dozen."""
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


def save_frame(timeline: Path, seconds: float, out: Path, home: Callable[[], Path], wish: Wish = AS_IT_IS) -> int:
    """Draw the frame that is on screen at a time in the timeline changed as wished, and write it; gives its number.

    ``home`` says where the work folder is; it is asked only when the timeline names files by their hash. Raises
    InputError for a timeline that is not right, a time beyond its end, and an ``out`` that cannot be written.
    """
    if out.suffix.lower() not in ENDINGS:
        raise InputError(f"{out} is not the name of a picture.", remedy=f"Let it end in {', '.join(ENDINGS)}.")
    change = changed(wish, whole=False)
    document = change(load(timeline))
    number = frame_at(document, seconds)
    refuse_nowhere(out)
    refuse_sources(document, timeline.parent, out)
    try:
        sources = Sources(_Assets(home), timeline.parent, _hashes())
        drawing = Drawing(Material.gather(_around(document, number), sources), _parts())
        try:
            rgb = rgb_from_planes(drawing.frame(number))
            sources.refuse_changed()
        except TryLaterError as error:
            _parts.cache_clear()  # what was made of it may not be what its hash stands for
            raise TryLaterError(error.message, remedy="Give the same command again.") from error
        finally:
            drawing.close()
    except InputError as error:
        raise InputError(f"{timeline}: {error.message}", remedy=error.remedy) from error
    ending = out.suffix.lower()
    done, data = cv2.imencode(ending, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _SAVED.get(ending, ()))
    assert done
    try:
        out.write_bytes(data.data)
    except OSError as error:
        raise unwritable(out, error) from error
    return number


@cache
def _parts() -> Parts:
    """For a process that draws several frames: most often the next is of the same shot."""
    return Parts(_MOST_BYTES)


@cache
def _hashes() -> Hashes:
    return {}


def _around(timeline: Timeline, number: int) -> Timeline:
    """The timeline with no more text than a frame's depends on: cards keep off captions and cards of their time, and
    overlays off those of theirs.
    """
    if timeline.overlays:
        return timeline
    first, last, before = number, number + 1, -1
    cards: tuple[Card, ...] = ()
    while len(cards) != before:
        before = len(cards)
        cards = tuple(card for card in timeline.cards if card.first < last and first < card.last)
        first = min((card.first for card in cards), default=first)
        last = max((card.last for card in cards), default=last)
    cues = tuple(cue for cue in timeline.cues if cue.first < last and first < cue.last)
    return timeline.model_copy(update={"cues": cues, "cards": cards})


def frame_at(timeline: Timeline, seconds: float) -> int:
    """The frame on screen at a time. Raises InputError for one before the start or beyond the end."""
    rate = timeline.rate
    number = int(seconds * rate.num / rate.den + 1e-6) if 0 <= seconds < 1e6 else -1
    if not 0 <= number < timeline.frames:
        raise InputError(
            f"There is no frame at {seconds:g} s: the timeline has {rate.seconds(timeline.frames):.2f} s, and its last "
            f"frame begins at {_milliseconds(timeline)} s.",
            remedy="Choose a time within it.",
        )
    return number


def _milliseconds(timeline: Timeline) -> str:
    """When the last frame begins, in seconds, rounded up to where it can be asked for."""
    rate, last = timeline.rate, timeline.frames - 1
    whole, part = divmod(-(-1000 * last * rate.den // rate.num), 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".") if part else str(whole)


class _Assets:
    """The asset store of a work folder that is looked for only when something in it is."""

    def __init__(self, home: Callable[[], Path]) -> None:
        self._home = home

    @cached_property
    def _store(self) -> FileAssets:
        from reelforge.store.assets import FileAssets  # noqa: PLC0415  # not loaded for a timeline of plain files

        return FileAssets(self._home() / "assets")

    def has(self, ref: AssetRef | str) -> bool:
        return self._store.has(ref)

    def path(self, ref: AssetRef | str) -> Path:
        return self._store.path(ref)
