"""Bars that follow the music's strength, which runs through them as time goes by."""

from __future__ import annotations

from typing import Final, Literal

from msgspec.structs import replace
from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import moving
from reelforge.render.overlays.options import Colour, Coming, Place, Seconds, Share
from reelforge.render.overlays.stage import Stage
from reelforge.render.text.sprite import Box

TITLE: Final = "waveform"
TEXTS: Final = ()
IMAGE: Final[Literal["none", "may", "must"]] = "none"
FIXED: Final = False
_SHARES: Final = (1.0, 0.8, 0.64, 0.5)
"""How high bars may be, against what they are asked to be: the first that has room."""
_SHORTEST: Final = 1.0
"""Seconds for which it is worth coming back between texts."""


class Options(Value):
    """What ``config/templates/waveform.toml`` explains."""

    bars: int = Field(default=29, ge=3, le=120)
    bar: float = Field(default=10, ge=2, le=100)
    gap: float = Field(default=8, ge=0, le=100)
    height: float = Field(default=130, ge=8, le=1000)
    style: Literal["ripple", "scroll"] = "ripple"
    seconds: float = Field(default=0.7, gt=0, le=10)
    smooth: Seconds = 0.1
    taper: Share = 0.55
    colour: Colour = "#ffffff"
    shadow: Share = 0.25
    place: Place = Place(corner="bottom", margin_y=60)
    enter: Coming = Coming(animation="fade", seconds=0.4)
    leave: Coming = Coming(animation="fade", seconds=0.3)


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """One row of bars, as wide as there is room for, and lower where it would stand over a text; where there is no room
    for it beside one at all, it goes while that is seen.
    """
    scale = stage.scale
    bar, gap = max(2, round(options.bar * scale)), max(1, round(options.gap * scale))
    room = stage.room(options.place)
    count = min(options.bars, int((room[0] + gap) // (bar + gap)))
    if count < 1:
        raise stage.cramped()
    width, tall = count * (bar + gap) - gap, min(options.height * scale, room[1])
    for share in _SHARES:
        height = max(bar, 2 * round(share * tall / 2))
        left, top = stage.stand(options.place, width, height)
        spans = stage.free(Box(left - gap, top - gap, left + width + gap, top + height + gap))
        if spans == [(stage.first, stage.last)]:
            break
    look = moving.Bars(
        left, top, height, count, bar, gap, options.colour, options.shadow, options.style == "ripple", options.taper
    )
    ways = options.enter, options.leave
    least = stage.number(_SHORTEST)
    return [
        moving.waveform(replace(stage, first=first, last=last), look, options.seconds, options.smooth, ways)
        for first, last in spans
        if last - first >= least or (first, last) == (stage.first, stage.last)
    ]
