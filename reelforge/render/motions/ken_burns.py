"""From one view to another, as Ken Burns moved over photographs: zoom and centre together."""

from __future__ import annotations

from reelforge.domain.timeline import Motion, Size
from reelforge.render.easing import find
from reelforge.render.moment import Moment
from reelforge.render.motion import View, between, clamped, zoomed


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    first = zoomed(motion.zoom[0], motion.start, picture, frame)
    last = zoomed(motion.zoom[1], motion.end, picture, frame)
    return (clamped(between(first, last, find(motion.easing)(now.time)), picture),)
