"""What lies over the picture: sprites that stand, come and go, and shapes that are drawn anew in every frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from reelforge.domain.timeline import Rate
from reelforge.render.planes import Planes

Rgba = NDArray[np.uint8]
"""(height, width, 4) straight-alpha sRGB, 0–255; height and width even."""

State = tuple[Any, ...]
"""Numbers, texts and tuples of them: a JSON array."""


class Showing(Struct, frozen=True):
    """How a layer stands in one frame, against its place.

    It is made ``scale`` times as large and turned by ``turn`` degrees clockwise about the point (``anchor_x``,
    ``anchor_y``) px from its top-left corner, then moved by (``x``, ``y``) px (right, down; any fraction). Of its place
    only the rectangle (``left``, ``top``)–(``right``, ``bottom``) is seen, as fractions of the sprite's width and
    height; that window stands still while the sprite moves. ``opacity`` is above 0 and up to 1.
    """

    opacity: float = 1.0
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    anchor_x: float = 0.0
    anchor_y: float = 0.0
    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @property
    def upright(self) -> bool:
        """Whether it is moved by whole, even pixels at most: then no sample needs to be made between others."""
        return self.scale == 1.0 and self.turn == 0.0 and self.x % 2 == 0.0 and self.y % 2 == 0.0

    @property
    def whole(self) -> bool:
        """Whether all of its place is seen."""
        return self.left <= 0.0 and self.top <= 0.0 and self.right >= 1.0 and self.bottom >= 1.0

    @property
    def hidden(self) -> bool:
        """Whether nothing of it can be seen."""
        return self.opacity <= 0.0 or self.scale <= 0.0 or self.left >= self.right or self.top >= self.bottom

    def with_(self, other: Showing) -> Showing:
        """Both at once: moves add up, sizes and opacities multiply, of the place only what both show is seen."""
        about = self if (self.scale, self.turn) != (1.0, 0.0) else other
        return Showing(
            self.opacity * other.opacity,
            self.x + other.x,
            self.y + other.y,
            self.scale * other.scale,
            self.turn + other.turn,
            about.anchor_x,
            about.anchor_y,
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )


IN_PLACE = Showing()


class Course(Struct, frozen=True):
    """How a layer comes to its place in ``frames`` frames, or leaves it: ``pose(time)`` is how it stands, from not yet
    there (0) to in its place (1). A pure function; leaving, time runs backwards.
    """

    frames: int
    pose: Callable[[float], Showing]


class Layer(Struct, frozen=True, eq=False):
    """Drawn over frames ``[first, last)`` with its top-left corner at (``x``, ``y``), both even, in output pixels.

    ``identity`` says everything that decides the sprite's pixels (text, font's hash, size, colours); with how it shows
    frame by frame (:func:`reelforge.render.sprites.showing`) it is this layer's part of a segment's key. ``draw`` makes
    the sprite, ``width`` × ``height`` px where that is known beforehand (0: it is not); it is called at most once per
    identity.

    During the first ``fade_in`` frames opacity rises from 0 to 1 and the sprite comes up by ``rise`` pixels in whole,
    even steps, eased (cubic out); during the last ``fade_out`` frames opacity falls to 0. ``enter`` and ``leave`` are
    any other course. What moves all its time has ``moves`` in place of all these: how it stands in a frame of the
    timeline, None where it is not seen; a pure function. ``place`` says whose it is, for those that are told so
    (``cards[0]``, ``overlays[2]``); it decides no pixel.
    """

    first: int
    last: int
    x: int
    y: int
    identity: str
    draw: Callable[[], Rgba]
    fade_in: int = 0
    fade_out: int = 0
    rise: int = 0
    width: int = 0
    height: int = 0
    enter: Course | None = None
    leave: Course | None = None
    moves: Callable[[int], Showing | None] | None = None
    place: str = ""


class DrawnLayer(Struct, frozen=True, eq=False):
    """Plain shapes that change from frame to frame, drawn over frames ``[first, last)``; unmoved they stand within
    ``width`` × ``height`` px from (``x``, ``y``) on.

    ``states(frame)`` is all that decides what ``paint`` does in a frame besides the ``identity``: both are pure, both
    are part of a segment's key. ``paint(state, planes, room)`` changes the frame in place; ``room`` belongs to the
    thread that draws, and whoever draws may keep buffers there under a name of their own.
    """

    first: int
    last: int
    x: int
    y: int
    width: int
    height: int
    identity: str
    states: Callable[[int], State | None]
    paint: Callable[[State, Planes, dict[str, Any]], None]

    def state(self, frame: int) -> State | None:
        """What is to be drawn in a frame of the timeline; None when nothing is."""
        return self.states(frame) if self.first <= frame < self.last else None

    def draw(self, state: State, planes: Planes, room: dict[str, Any]) -> None:
        """Draw a state over a frame."""
        self.paint(state, planes, room)


AnyLayer = Layer | DrawnLayer


def together(one: tuple[int, int], other: tuple[int, int], rate: Rate) -> bool:
    """Whether two stretches of frames share more than passes while the one goes and the other comes: half a second, or
    half of the shorter one.
    """
    shared = min(one[1], other[1]) - max(one[0], other[0])
    shorter = min(one[1] - one[0], other[1] - other[0])
    return shared > 0 and 2 * shared > min(rate.num // rate.den, shorter)


def posed(first: int, last: int, enter: Course | None, leave: Course | None, frame: int) -> Showing | None:
    """How something that comes and goes by these courses stands in a frame; None when it does not show.

    Coming in, frame ``i`` of ``n`` stands at time ``(i + 1) / (n + 1)``, so that the first frame already shows
    something and the one after the last is the first in its place; going mirrors it.
    """
    if not first <= frame < last:
        return None
    since, left = frame - first, last - 1 - frame
    now = IN_PLACE
    if enter and since < enter.frames:
        now = enter.pose((since + 1) / (enter.frames + 1))
    if leave and left < leave.frames:
        now = now.with_(leave.pose((left + 1) / (leave.frames + 1)))
    return None if now.hidden else now
