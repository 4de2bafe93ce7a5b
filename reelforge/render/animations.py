"""How things over the picture come in and go: pure functions of normalised time, by the names that templates use.

Each is ``pose(time, done, extent) -> Showing``: ``time`` runs evenly from 0 (not yet there) to 1 (in its place),
``done`` is the same eased. At 1 every pose is exactly the place itself. Going plays the same backwards, so that a curve
that comes to rest gently also leaves gently.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from reelforge.render import easing as easings
from reelforge.render.layer import IN_PLACE, Course, Showing
from reelforge.render.naming import unknown

Side = Literal["left", "right", "top", "bottom"]

_TOWARDS: Final = MappingProxyType({"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)})
_OVERSHOOT: Final = 1.70158
"""Penner's constant for “back”: a tenth too far on the way."""
_SMALLEST: Final = 0.5
"""Sprites are never drawn smaller than this: below it, bilinear samples would pass over pixels."""


class Spring(Struct, frozen=True):
    """A mass of 1 on a spring, let go one unit from where it rests: ``stiffness`` in 1/s², ``damping`` in 1/s.

    The closed form of the damped oscillator (French, *Vibrations and Waves*, 1971, chapter 3): no steps are simulated,
    so that any moment can be asked for by itself. From twice the root of the stiffness on, damping keeps it from
    swinging over; more than that counts as that.
    """

    stiffness: float = 320.0
    damping: float = 16.0

    def done(self, seconds: float) -> float:
        """How far it has come: 0 when it is let go, 1 at rest, more where it swings over."""
        if seconds <= 0:
            return 0.0
        fade = self._fade
        swing = math.sqrt(max(0.0, self.stiffness - fade * fade))
        sway = fade * seconds if swing * seconds < 1e-6 else fade / swing * math.sin(swing * seconds)
        return 1.0 - math.exp(-fade * seconds) * (math.cos(swing * seconds) + sway)

    @property
    def rest(self) -> float:
        """The seconds after which it is never more than a hundredth away from rest."""
        return (5.0 if self._fade < 0.7 * math.sqrt(self.stiffness) else 6.7) / self._fade

    @property
    def _fade(self) -> float:
        return min(self.damping / 2, math.sqrt(self.stiffness))


class Extent(Struct, frozen=True):
    """What an animation must know of the thing it moves, in output pixels: its size, the point about which it grows and
    turns (from its top-left corner), how far it travels, and on which side it comes in; and the spring that pulls it.
    """

    width: float
    height: float
    anchor: tuple[float, float]
    travel: float
    side: Side = "left"
    spring: Spring = Spring()


Pose = Callable[[float, float, Extent], Showing]


class Animation(Struct, frozen=True):
    """A way to come in; ``easing`` names the curve that suits it when none is asked for."""

    pose: Pose
    easing: str


def _at_once(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """It is there at once."""
    return IN_PLACE


def _fade(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """It fades in."""
    return Showing(done)


def _rise(time: float, done: float, extent: Extent) -> Showing:
    """It comes up from below its place, fading in."""
    return Showing(_soft(time), y=extent.travel * (1 - done))


def _fall(time: float, done: float, extent: Extent) -> Showing:
    """It comes down from above its place, fading in."""
    return Showing(_soft(time), y=-extent.travel * (1 - done))


def _slide(time: float, done: float, extent: Extent) -> Showing:
    """It comes from one side, fading in."""
    across, down = _TOWARDS[extent.side]
    return Showing(_soft(time), x=across * extent.travel * (1 - done), y=down * extent.travel * (1 - done))


def _reveal(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """It slides out from behind the edge of its own place."""
    across, down = _TOWARDS[extent.side]
    rest = 1 - done
    return Showing(x=across * extent.width * rest, y=down * extent.height * rest, **_edges(extent.side, done))


def _wipe(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """It stands still and is uncovered from one side to the other."""
    return Showing(**_edges(extent.side, done))


def _open(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """It is uncovered from its middle, to both sides (or up and down)."""
    if extent.side in ("left", "right"):
        return Showing(left=0.5 - done / 2, right=0.5 + done / 2)
    return Showing(top=0.5 - done / 2, bottom=0.5 + done / 2)


def _pop(time: float, done: float, extent: Extent) -> Showing:
    """It springs up from small, a little too large on the way (Penner's “back”, over the eased time)."""
    beyond = done - 1
    spring = 1 + (_OVERSHOOT + 1) * beyond**3 + _OVERSHOOT * beyond**2
    return Showing(_soft(2 * time), scale=_grown(0.6, spring), **_about(extent))


def _scale(time: float, done: float, extent: Extent) -> Showing:
    """It grows a little, fading in."""
    return Showing(_soft(time), scale=_grown(0.82, done), **_about(extent))


def _settle(time: float, done: float, extent: Extent) -> Showing:
    """It comes from nearer to the eye and sinks into its place."""
    return Showing(_soft(time), scale=_grown(1.25, done), **_about(extent))


def _bounce(time: float, done: float, extent: Extent) -> Showing:  # noqa: ARG001  # the protocol's signature
    """A spring pulls it up into its place and a little beyond, while it grows."""
    pulled = extent.spring.done(time * extent.spring.rest)
    return Showing(
        _soft(2 * time), y=extent.travel * (1 - pulled), scale=max(_SMALLEST, 0.75 + 0.25 * pulled), **_about(extent)
    )


def _swing(time: float, done: float, extent: Extent) -> Showing:
    """It turns into its place, once a little too far (a damped oscillation)."""
    sway = math.exp(-4 * done) * math.cos(2.5 * math.pi * done) * (1 - done)
    return Showing(_soft(2 * time), turn=-9 * sway, **_about(extent))


def _soft(time: float) -> float:
    """Opacity of things that move: whole after two thirds of the time."""
    return min(1.0, 1.5 * time)


def _grown(start: float, done: float) -> float:
    return max(_SMALLEST, start + (1 - start) * done)


def _about(extent: Extent) -> dict[str, float]:
    return {"anchor_x": extent.anchor[0], "anchor_y": extent.anchor[1]}


def _edges(side: Side, done: float) -> dict[str, float]:
    """The part of the place that is seen, growing from a side."""
    if side == "left":
        return {"right": done}
    if side == "right":
        return {"left": 1 - done}
    if side == "top":
        return {"bottom": done}
    return {"top": 1 - done}


ANIMATIONS: Final[Mapping[str, Animation]] = MappingProxyType(
    {
        "none": Animation(_at_once, "linear"),
        "fade": Animation(_fade, "sine_in_out"),
        "rise": Animation(_rise, "cubic_out"),
        "fall": Animation(_fall, "cubic_out"),
        "slide": Animation(_slide, "quint_out"),
        "reveal": Animation(_reveal, "quint_out"),
        "wipe": Animation(_wipe, "quart_in_out"),
        "open": Animation(_open, "quart_out"),
        "pop": Animation(_pop, "linear"),
        "scale": Animation(_scale, "cubic_out"),
        "settle": Animation(_settle, "quint_out"),
        "swing": Animation(_swing, "linear"),
        "bounce": Animation(_bounce, "linear"),
    }
)


def find(name: str, where: str = "animation") -> Animation:
    """The animation of that name. Raises InputError, with the nearest spelling, when there is none."""
    if name not in ANIMATIONS:
        raise unknown("animation", name, ANIMATIONS, where)
    return ANIMATIONS[name]


def course(name: str, easing: str, frames: int, extent: Extent) -> Course | None:
    """A way to come in or go in ``frames`` frames; None when nothing moves. An empty ``easing`` is the animation's own.

    Numbers are rounded to a ten-thousandth, so that they are the same wherever they are computed.
    """
    if frames <= 0 or name == "none":
        return None
    kind = find(name)
    curve = easings.find(easing or kind.easing)

    def pose(time: float) -> Showing:
        if time >= 1:
            return IN_PLACE
        now = kind.pose(time, curve(time), extent)
        return Showing(*(round(value, 4) for value in _numbers(now)))

    return Course(frames, pose)


def _numbers(now: Showing) -> tuple[float, ...]:
    return (
        now.opacity, now.x, now.y, now.scale, now.turn, now.anchor_x, now.anchor_y,
        now.left, now.top, now.right, now.bottom,
    )  # fmt: skip
