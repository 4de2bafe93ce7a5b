"""Time runs unevenly: the shot's motion or clip speeds up and slows down along a smooth curve.

The speed is a cosine about 1 (its fourth power for ``punch``, whose slow part is long and whose fast ends are short).
The time shown is its integral: nothing jumps, time never stands still, and the shot begins and ends where it did.
"""

from __future__ import annotations

from math import pi, sin
from typing import Literal

from pydantic import Field

from reelforge.render.effects import BaseOptions
from reelforge.render.moment import Moment


class Options(BaseOptions):
    """``in`` begins slowly and ends fast, ``out`` the other way round, ``in_out`` is fast in the middle, and ``punch``
    fast at both ends. ``amount`` is how uneven: the slowest is 1 − amount times the usual speed.
    """

    ramp: Literal["in", "out", "in_out", "punch"] = "punch"
    amount: float = Field(default=0.6, ge=0, le=0.95)


def time(options: Options, now: Moment) -> float:
    at = min(max(now.time, 0.0), 1.0)
    turn = 2 * pi * at
    bend = {
        "in": -sin(pi * at) / pi,
        "out": sin(pi * at) / pi,
        "in_out": -sin(turn) / (2 * pi),
        "punch": (2 * sin(turn) + sin(2 * turn) / 4) / (3 * pi),
    }[options.ramp]
    return min(max(at + options.amount * bend, 0.0), 1.0)
