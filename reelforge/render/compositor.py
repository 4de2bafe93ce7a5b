"""``frame(timeline, n)``: what is on screen in one frame, whatever was drawn before it."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from reelforge.domain.timeline import Timeline
from reelforge.render import easing
from reelforge.render.layer import Layer
from reelforge.render.pictures import decode
from reelforge.render.planes import Planes
from reelforge.render.sprites import SpriteShelf, showing
from reelforge.render.still import Scratch, Still, largest_scale
from reelforge.render.transitions import find

_MOST_STILL_BYTES = 192 << 20


def starts(timeline: Timeline) -> tuple[int, ...]:
    """The first frame of each shot."""
    return tuple(accumulate((shot.frames for shot in timeline.shots[:-1]), initial=0))


def visible(timeline: Timeline, index: int) -> int:
    """How many frames a shot is seen for: its own, and those of the next one's transition."""
    after = timeline.shots[index + 1].transition.frames if index + 1 < len(timeline.shots) else 0
    return timeline.shots[index].frames + after


def moment(timeline: Timeline, index: int, since: int) -> float:
    """A shot's normalised time (0–1) ``since`` frames after it began; 1 in the last frame in which it is seen."""
    return since / max(visible(timeline, index) - 1, 1)


class StillShelf:
    """The prepared pictures of one render, each decoded once however many threads ask; the longest unused go first.

    ``paths`` gives the file of each shot's picture. Shots with the same file and motion share one.
    """

    def __init__(self, timeline: Timeline, paths: Sequence[Path], most_bytes: int = _MOST_STILL_BYTES) -> None:
        self._timeline = timeline
        self._paths = tuple(paths)
        self._most = most_bytes
        self._lock = threading.Lock()
        self._preparing: dict[str, threading.Lock] = {}
        self._kept: OrderedDict[str, Still] = OrderedDict()

    def still(self, index: int) -> Still:
        """The picture of a shot, ready for its motion. Raises InputError naming the shot when it cannot be read."""
        shot = self._timeline.shots[index]
        key = f"{self._paths[index]}|{shot.motion.model_dump_json()}"
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            preparing = self._preparing.setdefault(key, threading.Lock())
        with preparing:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            still = self._prepare(index)
            with self._lock:
                self._kept[key] = still
                while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values()) > self._most:
                    self._kept.popitem(last=False)
                self._preparing.pop(key, None)
            return still

    def _prepare(self, index: int) -> Still:
        shot, size = self._timeline.shots[index], self._timeline.size
        decoded = decode(
            self._paths[index],
            f"shots[{index}].picture",
            lambda width, height: largest_scale(shot.motion, (width, height), size),
        )
        return Still.prepare(decoded.rgb, decoded.size, shot.motion, size)


class Composer:
    """Draws frames of a timeline for one worker: its buffers are allocated here and used for every frame."""

    def __init__(self, timeline: Timeline, layers: Sequence[Layer], stills: StillShelf, sprites: SpriteShelf) -> None:
        self._timeline = timeline
        self._layers = tuple(layers)
        self._stills = stills
        self._sprites = sprites
        self._starts = starts(timeline)
        self._scratch = Scratch(timeline.size)
        self._below = Planes.empty(timeline.size)
        self.out, self._other = Planes.empty(timeline.size), Planes.empty(timeline.size)

    def frame(self, number: int) -> Planes:
        """The frame of that number (from 0), in :attr:`out`, valid until the call after the next."""
        if not 0 <= number < self._timeline.frames:
            raise IndexError(f"the timeline has no frame {number}")
        self.out, self._other = self._other, self.out
        index = bisect_right(self._starts, number) - 1
        self._shot(index, number - self._starts[index], self.out)
        self._transition(index, number - self._starts[index])
        for layer in self._layers:
            now = showing(layer, number)
            if now and (sprite := self._sprites.sprite(layer)):
                sprite.blend(self.out, layer.x, layer.y + now.drop, now.opacity)
        return self.out

    def _shot(self, index: int, since: int, out: Planes) -> None:
        self._stills.still(index).draw(moment(self._timeline, index, since), out, self._scratch)

    def _transition(self, index: int, since: int) -> None:
        transition = self._timeline.shots[index].transition
        if since >= transition.frames or transition.name == "cut":
            return
        kind = find(transition.name, f"shots[{index}].transition.name")
        if index == 0:
            self._below.take(Planes.black(self._timeline.size))
        else:
            self._shot(index - 1, self._timeline.shots[index - 1].frames + since, self._below)
        time = easing.find(transition.easing or kind.easing)((since + 1) / (transition.frames + 1))
        kind.blend(self._below, self.out, self.out, time, transition.direction)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
