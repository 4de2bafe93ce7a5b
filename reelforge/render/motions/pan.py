"""Sideways at one height, from the first point to the second; over the whole picture when they are the same."""

from __future__ import annotations

from reelforge.domain.timeline import Motion, Size
from reelforge.render.easing import find
from reelforge.render.moment import Moment
from reelforge.render.motion import View, between, clamped, zoomed

TRAVELS = True


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    left, right = motion.start[0], motion.end[0]
    if left == right:
        reach = 0.5 * motion.amount
        left, right = left - reach, right + reach
    first = zoomed(motion.zoom[0], (left, motion.start[1]), picture, frame)
    last = zoomed(motion.zoom[0], (right, motion.start[1]), picture, frame)
    return (clamped(between(first, last, find(motion.easing)(now.time)), picture),)
