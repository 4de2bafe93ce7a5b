"""The camera shakes with the music's energy, on a smooth random course."""

from __future__ import annotations

import math
from typing import Final

from msgspec.structs import replace
from pydantic import Field

from reelforge.domain.timeline import Size
from reelforge.render.effects import BaseOptions
from reelforge.render.moment import Moment
from reelforge.render.motion import View, wander

FOLLOWS: Final = "energy"


class Options(BaseOptions):
    """``strength`` is how far the picture moves at full energy, as a part of the frame's shorter side, ``turn`` how far
    it tilts then, in degrees, ``seed`` chooses the course. ``hertz`` is how fast it swings about; its quickest part is
    2.3 times as fast, which 30 frames a second can still show at 6 Hz.
    """

    strength: float = Field(default=0.012, ge=0, le=0.1)
    turn: float = Field(default=0.4, ge=0, le=5)
    hertz: float = Field(default=4.0, ge=0.2, le=6)
    seed: int = Field(default=0, ge=0, le=(1 << 32) - 1)


def view(options: Options, view: View, now: Moment, frame: Size) -> View:  # noqa: ARG001  # the protocol's
    """A view as much smaller as the strongest shake needs at any energy, so that the zoom itself stands still."""
    if not options.strength:
        return view
    reach = options.strength * min(view.width, view.height)
    tilt = math.radians(options.turn)
    factor = min(
        (view.width - 2 * reach) / (view.width + view.height * math.sin(tilt)),
        (view.height - 2 * reach) / (view.height + view.width * math.sin(tilt)),
    )
    near = view.scaled(factor)
    energy = min(max(now.energy, 0.0), 1.0)
    across, down, turn = (energy * wander(now.seconds, 3 * options.seed + axis, options.hertz) for axis in range(3))
    angle = math.radians(view.angle)
    return replace(
        near,
        x=near.x + reach * (across * math.cos(angle) - down * math.sin(angle)),
        y=near.y + reach * (across * math.sin(angle) + down * math.cos(angle)),
        angle=view.angle + options.turn * turn,
    )
