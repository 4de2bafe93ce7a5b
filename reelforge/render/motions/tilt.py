"""Up or down at one place, from the first point to the second; over the whole picture when they are the same."""

from __future__ import annotations

from reelforge.domain.timeline import Motion, Size
from reelforge.render.easing import find
from reelforge.render.moment import Moment
from reelforge.render.motion import View, between, clamped, zoomed

TRAVELS = True


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    top, bottom = motion.start[1], motion.end[1]
    if top == bottom:
        reach = 0.5 * motion.amount
        top, bottom = top - reach, bottom + reach
    first = zoomed(motion.zoom[0], (motion.start[0], top), picture, frame)
    last = zoomed(motion.zoom[0], (motion.start[0], bottom), picture, frame)
    return (clamped(between(first, last, find(motion.easing)(now.time)), picture),)
