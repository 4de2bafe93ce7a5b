"""Bars that follow the music's strength, which runs through them as time goes by."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import moving
from reelforge.render.overlays.options import Colour, Coming, Place, Seconds, Share
from reelforge.render.overlays.stage import Stage

TITLE: Final = "waveform"
TEXTS: Final = ()
IMAGE: Final[Literal["none", "may", "must"]] = "none"
FIXED: Final = False


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
    """One row of bars, as wide as there is room for."""
    scale = stage.scale
    bar, gap = max(2, round(options.bar * scale)), max(1, round(options.gap * scale))
    room = stage.room(options.place)
    count = min(options.bars, int((room[0] + gap) // (bar + gap)))
    height = max(bar, 2 * round(min(options.height * scale, room[1]) / 2))
    width = count * (bar + gap) - gap
    left, top = stage.stand(options.place, width, height)
    look = moving.Bars(
        left, top, height, count, bar, gap, options.colour, options.shadow, options.style == "ripple", options.taper
    )
    return [moving.waveform(stage, look, options.seconds, options.smooth, (options.enter, options.leave))]
