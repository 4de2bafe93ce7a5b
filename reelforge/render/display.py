"""What each frame shows, worked out to numbers before anything is drawn.

A :class:`Display` is everything that a frame's pixels depend on: which pictures from which view, what is done to them,
how two are blended, what stands over them. The composer draws a display and looks at nothing else; so the hash of the
displays of its frames is the right key of a clip, whatever the timeline may come to say.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import astuple, fields

from reelforge.domain.timeline import Timeline
from reelforge.render import easing, effects, motions, transitions
from reelforge.render.effects import State
from reelforge.render.layer import AnyLayer, Layer, Showing
from reelforge.render.moment import Moment
from reelforge.render.motion import Extent, View, canvas_size, clamped
from reelforge.render.sprites import showing

if TYPE_CHECKING:
    from reelforge.render.clips.info import ClipInfo

_DIGITS = 4
"""Views are rounded to a ten-thousandth of a picture's pixel, so that no clip depends on a machine's last bit."""


class Known(Struct, frozen=True):
    """What must be known of a shot's file: the SHA-256 of its content, and its upright (width, height) in pixels.

    ``mask`` is the SHA-256 of the shot's mask, if it has one; ``clip`` what is known of a video file.
    """

    digest: str
    size: tuple[int, int]
    mask: str = ""
    clip: ClipInfo | None = None


class Still(Struct, frozen=True):
    """A picture made ready once for all views of a shot: the part it shows, at the size it needs.

    ``size`` is that of what views count in: the picture's own, or with ``blurred`` that of the canvas it stands on.
    ``only`` is the one view of a shot that does not move.
    """

    digest: str
    size: tuple[int, int]
    extent: Extent
    colours: tuple[tuple[str, State], ...] = ()
    blurred: bool = False
    only: View | None = None


class Plate(Struct, frozen=True):
    """One shot in one frame: a still seen from a view, or (``near``) two layers of it from two views, or a clip at a
    second of its file.

    ``finish`` are the effects on the frame, in order.
    """

    still: Still
    view: View
    near: View | None = None
    mask: str = ""
    seconds: float | None = None
    finish: tuple[tuple[str, State], ...] = ()

    def told(self) -> tuple[Any, ...]:
        near = _VIEW(self.near) if self.near else None
        return (_told(self.still), _VIEW(self.view), near, self.mask, self.seconds, self.finish)


class Over(Struct, frozen=True):
    """A layer over the picture as it stands in this frame."""

    layer: AnyLayer
    now: Showing | State

    def told(self) -> tuple[Any, ...]:
        now = _SHOWING(self.now) if isinstance(self.now, Showing) else self.now
        return (self.layer.identity, self.layer.x, self.layer.y, now)


class Display(Struct, frozen=True):
    """One frame. ``plates`` are one, or two that a transition (name, eased time, direction) blends."""

    plates: tuple[Plate, ...]
    blend: tuple[str, float, str] | None
    over: tuple[Over, ...]

    def told(self) -> list[Any]:
        """All of it as plain values, in which two frames differ when their pixels may."""
        return [[plate.told() for plate in self.plates], self.blend, [over.told() for over in self.over]]


_VIEW: Final = attrgetter(*(field.name for field in fields(View)))
_SHOWING: Final = attrgetter(*(field.name for field in fields(Showing)))


@lru_cache(maxsize=64)
def _told(still: Still) -> str:
    """The SHA-256 of all that it says, which is the same in all frames of a shot."""
    return hashlib.sha256(json.dumps(still, default=astuple).encode()).hexdigest()


def starts(timeline: Timeline) -> tuple[int, ...]:
    """The first frame of each shot."""
    return tuple(accumulate((shot.frames for shot in timeline.shots[:-1]), initial=0))


def blended(timeline: Timeline, index: int) -> int:
    """For how many frames of a shot the one before it goes on beneath: those of its transition, none of a cut."""
    transition = timeline.shots[index].transition
    return 0 if transition.name == "cut" else transition.frames


def visible(timeline: Timeline, index: int) -> int:
    """How many frames a shot is seen for: its own, and those of the next one's transition."""
    after = blended(timeline, index + 1) if index + 1 < len(timeline.shots) else 0
    return timeline.shots[index].frames + after


class Displays:
    """The displays of a timeline's frames, for files that are known and layers that are set.

    ``known`` has one entry a shot. Raises InputError, with its place in the timeline, for an effect's wrong setting.
    """

    def __init__(self, timeline: Timeline, known: Sequence[Known], layers: Sequence[AnyLayer]) -> None:
        self.timeline = timeline
        self.starts = starts(timeline)
        self._count = timeline.frames
        self._layers = tuple(layers)
        self._shots = [_Course(timeline, index, start, known[index]) for index, start in enumerate(self.starts)]

    def between(self, first: int, last: int) -> Iterator[Display]:
        """Frames ``[first, last)``, in order. Layers that are not seen in them cost nothing."""
        near = tuple(layer for layer in self._layers if layer.first < last and layer.last > first)
        for number in range(first, last):
            yield self.display(number, near)

    def display(self, number: int, layers: Sequence[AnyLayer] | None = None) -> Display:
        """The frame of that number, from 0; of ``layers`` alone, when they hold all that are seen in it."""
        if not 0 <= number < self._count:
            raise IndexError(f"the timeline has no frame {number}")
        index = bisect_right(self.starts, number) - 1
        since = number - self.starts[index]
        plates: tuple[Plate, ...] = (self._shots[index].plate(since),)
        blend = self._blend(index, since)
        if blend and index:
            before = self._shots[index - 1].plate(self.timeline.shots[index - 1].frames + since)
            plates = (before, *plates)
        near = self._layers if layers is None else layers
        over = ((layer, _now(layer, number)) for layer in near if layer.first <= number < layer.last)
        return Display(plates, blend, tuple(Over(layer, now) for layer, now in over if now is not None))

    def unmoving(self) -> frozenset[int]:
        """The indices of the shots that show their picture from one view all along."""
        return frozenset(index for index, shot in enumerate(self._shots) if len(set(shot.views)) == 1)

    def _blend(self, index: int, since: int) -> tuple[str, float, str] | None:
        transition = self.timeline.shots[index].transition
        if since >= blended(self.timeline, index):
            return None
        kind = transitions.find(transition.name, f"shots[{index}].transition.name")
        time = easing.find(transition.easing or kind.easing)((since + 1) / (transition.frames + 1))
        return transition.name, round(min(max(time, 0.0), 1.0), 6), transition.direction


def _now(layer: AnyLayer, number: int) -> Showing | State | None:
    return showing(layer, number) if isinstance(layer, Layer) else layer.state(number)


class _Course:
    """One shot's way through time."""

    def __init__(self, timeline: Timeline, index: int, start: int, known: Known) -> None:
        self._timeline = timeline
        self._shot = timeline.shots[index]
        self._start = start
        self._known = known
        self._place = f"shots[{index}]"
        self._frames = visible(timeline, index)
        self._rate, self._length = timeline.rate, timeline.rate.seconds(self._frames)
        self._beats, self._energy = timeline.audio.beats, timeline.audio.energy
        self._views_at = motions.find(self._shot.motion.name, f"{self._place}.motion.name")
        self._asked: list[tuple[effects.Kind, Any]] = [
            (effects.find(effect.name, f"{where}.name"), effects.read(effect, where))
            for number, effect in enumerate(self._shot.effects)
            for where in (f"{self._place}.effects[{number}]",)
        ]

    @cached_property
    def _canvas(self) -> tuple[int, int]:
        """The (width, height) that views count in: with a blurred surround, that of a canvas of the frame's shape."""
        return canvas_size(self._known.size, self._timeline.size) if self._blurred else self._known.size

    @property
    def _blurred(self) -> bool:
        return self._shot.fit == "blur"

    def moment(self, since: int) -> Moment:
        sample = self._rate.sample_at(self._start + since)
        beat = bisect_right(self._beats, sample)
        energy, values = 0.0, self._energy.values
        if values:
            place = sample / self._energy.step
            left = min(int(place), len(values) - 1)
            right = min(left + 1, len(values) - 1)
            energy = values[left] + (place - left) * (values[right] - values[left])
        return Moment(
            seconds=self._rate.seconds(since),
            length=self._length,
            since_beat=(sample - self._beats[beat - 1]) / 48_000 if beat else math.inf,
            energy=min(max(energy, 0.0), 1.0),
        )

    def _warped(self, now: Moment) -> Moment:
        """The moment that motion and clip are at, where an effect runs time faster and slower."""
        for kind, options in self._asked:
            if kind.time:
                time = min(max(kind.time(options, now), 0.0), 1.0)
                now = Moment(time * now.length, now.length, now.since_beat, now.energy)
        return now

    def _views_of(self, since: int) -> tuple[View, ...]:
        now, frame = self.moment(since), self._timeline.size
        found = self._views_at(self._shot.motion, self._canvas, frame, self._warped(now))
        found = found if self._layered else found[-1:]
        for kind, options in self._asked:
            if kind.view:
                found = tuple(kind.view(options, view, now, frame) for view in found)
        return tuple(_rounded(clamped(view, self._canvas)) for view in found)

    @cached_property
    def views(self) -> list[tuple[View, ...]]:
        """What is seen of the picture in each of the shot's frames."""
        return [self._views_of(since) for since in range(self._frames)]

    @property
    def _layered(self) -> bool:
        return bool(self._known.mask) and self._shot.picture is not None and not self._blurred

    @cached_property
    def _still(self) -> Still:
        seen = [view for views in self.views for view in views]
        painted = ((kind.name, kind.paint(options)) for kind, options in self._asked if kind.paint)
        colours = tuple((name, state) for name, state in painted if state is not None)
        only = seen[0] if len(set(seen)) == 1 and not self._layered else None
        return Still(self._known.digest, self._canvas, Extent.of(seen), colours, self._blurred, only)

    def plate(self, since: int) -> Plate:
        found = self.views[since]
        return Plate(
            self._still,
            found[0],
            found[1] if len(found) > 1 else None,
            self._known.mask if len(found) > 1 else "",
            self._seconds(since),
            self._finish(since) if self._asked else (),
        )

    def _finish(self, since: int) -> tuple[tuple[str, State], ...]:
        """The effects on the frame, as they stand in it."""
        now, frame = self.moment(since), self._timeline.size
        states = ((kind.name, kind.state(options, now, frame)) for kind, options in self._asked if kind.state)
        return tuple((name, state) for name, state in states if state is not None)

    def _seconds(self, since: int) -> float | None:
        """The second of its file that a clip is at."""
        clip, info = self._shot.clip, self._known.clip
        if clip is None or info is None:
            return None
        from reelforge.render.clips.retime import retimed  # noqa: PLC0415  # libav is loaded for clips alone

        return round(retimed(clip, info, self._warped(self.moment(since)).seconds, f"{self._place}.clip"), 6)


def _rounded(view: View) -> View:
    return View(*(round(value, _DIGITS) for value in (view.x, view.y, view.width, view.height, view.angle)))
