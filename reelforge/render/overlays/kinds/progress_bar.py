"""How far the video has come: a rounded bar that fills evenly, a sixteenth of a pixel at a time."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import moving
from reelforge.render.overlays.options import Colour, Coming, Length, Place, Share
from reelforge.render.overlays.stage import Stage

TITLE: Final = "progress bar"
TEXTS: Final = ()
IMAGE: Final[Literal["none", "may", "must"]] = "none"
FIXED: Final = True


class Options(Value):
    """What ``config/templates/progress_bar.toml`` explains."""

    width: Length = 0
    height: float = Field(default=10, ge=2, le=200)
    counts: Literal["video", "overlay"] = "video"
    fill: Colour = "#ffe14d"
    track: Colour = "#ffffff66"
    shadow: Share = 0.5
    place: Place = Place(corner="bottom left")
    enter: Coming = Coming(animation="open", seconds=0.6)
    leave: Coming = Coming(animation="none", seconds=0.3)


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """One bar."""
    room = stage.room(options.place)[0]
    width = min(room, options.width * stage.scale or room)
    height = max(2, 2 * round(options.height * stage.scale / 2))
    if width < 2:
        raise stage.cramped()
    left, top = stage.stand(options.place, width, height, free=False)
    span = (0, stage.frames) if options.counts == "video" else (stage.first, stage.last)
    look = moving.Bar(
        (left, top, left + width, top + height), options.fill, options.track, options.shadow, 5 * stage.scale
    )
    return [moving.progress(stage, look, span, (options.enter, options.leave))]
