"""The picture jumps a little nearer on every beat and swings back."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from reelforge.domain.timeline import Size
from reelforge.render.effects import BaseOptions
from reelforge.render.moment import Moment
from reelforge.render.motion import View

FOLLOWS: Final = "beats"


class Options(BaseOptions):
    """``strength`` is how much larger the picture is on the beat (0.05 = 5 %), ``decay`` how many seconds later it is
    back.
    """

    strength: float = Field(default=0.05, ge=0, le=0.5)
    decay: float = Field(default=0.35, ge=0.05, le=2)


def view(options: Options, view: View, now: Moment, frame: Size) -> View:  # noqa: ARG001  # the protocol's
    rest = 1.0 - now.since_beat / options.decay
    if rest <= 0.0 or not options.strength:
        return view
    return view.scaled(1.0 / (1.0 + options.strength * min(rest, 1.0) ** 3))
