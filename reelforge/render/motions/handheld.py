"""The motion of Ken Burns, seen by someone who holds the camera: it sways, breathes and leans a little."""

from __future__ import annotations

from msgspec.structs import replace

from reelforge.domain.timeline import Motion, Size
from reelforge.render.moment import Moment
from reelforge.render.motion import View, clamped, wander
from reelforge.render.motions import ken_burns

_SWAY = 0.009
"""Of the view's size, at an amount of 1."""
_LEAN_DEGREES = 0.45
_NEARER = 0.94
"""The view is a little smaller than the motion's, so that there is room to sway."""
_HERTZ = 0.55


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    (view,) = ken_burns.views(motion, picture, frame, now)
    view = clamped(view.scaled(_NEARER), picture)
    sway = _SWAY * motion.amount
    x = view.x + sway * view.width * wander(now.seconds, 3 * motion.seed, _HERTZ)
    y = view.y + sway * view.height * wander(now.seconds, 3 * motion.seed + 1, _HERTZ)
    angle = _LEAN_DEGREES * motion.amount * wander(now.seconds, 3 * motion.seed + 2, 0.7 * _HERTZ)
    return (clamped(replace(view, x=x, y=y, angle=angle), picture),)
