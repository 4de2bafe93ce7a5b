"""The subject comes nearer faster than what is behind it, as it would before a camera that moves.

Without a mask in the shot there is but one layer, which moves as with Ken Burns.
"""

from __future__ import annotations

from reelforge.domain.timeline import Motion, Size
from reelforge.render.easing import find
from reelforge.render.moment import Moment
from reelforge.render.motion import View, between, clamped, zoomed

_BEHIND = 0.35
"""How much of the motion's zoom the far layer takes part in."""
_BEFORE = 0.04
"""How much nearer the near layer comes than the motion's zoom, at an amount of 1."""


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    """Both layers are in register where the motion is widest, so that no edge of the hole behind is ever far off."""
    done = find(motion.easing)(now.time)
    wide = min(motion.zoom)
    near = [zoom * (1.0 + _BEFORE * motion.amount * (zoom > wide)) for zoom in motion.zoom]
    far = [wide + (zoom - wide) * _BEHIND for zoom in motion.zoom]
    layers = []
    for zooms in (far, near):
        first = zoomed(zooms[0], motion.start, picture, frame)
        last = zoomed(zooms[1], motion.end, picture, frame)
        layers.append(clamped(between(first, last, done), picture))
    return tuple(layers)
