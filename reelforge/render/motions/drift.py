"""A slow glide in one direction, which the seed chooses, at an even pace: for pictures with nothing to aim at."""

from __future__ import annotations

import math
import random

from reelforge.domain.timeline import Motion, Size
from reelforge.render.moment import Moment
from reelforge.render.motion import View, between, clamped, zoomed

_REACH = 0.035
"""Of the picture, to either side of the first point, at an amount of 1."""
_LEAST_ZOOM = 1.06


def views(motion: Motion, picture: tuple[int, int], frame: Size, now: Moment) -> tuple[View, ...]:
    turn = 2 * math.pi * random.Random(motion.seed).random()  # noqa: S311  # a direction, no secret
    x, y = _REACH * motion.amount * math.cos(turn), _REACH * motion.amount * math.sin(turn)
    zoom = max(motion.zoom[0], _LEAST_ZOOM)
    # Both ends lie within the picture before they are moved apart, so that the glide never stops at an edge.
    middle = zoomed(zoom, motion.start, picture, frame).centre
    room = zoomed(zoom, (0.0, 0.0), picture, frame)
    reach_x = min(abs(x) * picture[0], (picture[0] - room.width) / 2)
    reach_y = min(abs(y) * picture[1], (picture[1] - room.height) / 2)
    middle_x = min(max(middle[0], room.width / 2 + reach_x), picture[0] - room.width / 2 - reach_x)
    middle_y = min(max(middle[1], room.height / 2 + reach_y), picture[1] - room.height / 2 - reach_y)
    step_x, step_y = math.copysign(reach_x, x), math.copysign(reach_y, y)
    ends = [
        zoomed(zoom, ((middle_x + way * step_x) / picture[0], (middle_y + way * step_y) / picture[1]), picture, frame)
        for way in (-1, 1)
    ]
    return (clamped(between(ends[0], ends[1], now.time), picture),)
