"""A picture with transparency in a corner."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import pieces
from reelforge.render.overlays.options import Coming, Length, Panel, Place
from reelforge.render.overlays.stage import Stage

TITLE: Final = "logo"
TEXTS: Final = ()
IMAGE: Final[Literal["none", "may", "must"]] = "must"
FIXED: Final = True
_LEAST: Final = 2
"""Pixels each way: in small frames too something is seen."""


class Options(Value):
    """What ``config/templates/logo.toml`` explains."""

    width: float = Field(default=180, ge=8, le=2000)
    height: float = Field(default=120, ge=8, le=2000)
    opacity: float = Field(default=0.92, gt=0, le=1)
    radius: Length = 0
    place: Place = Place(corner="top left")
    panel: Panel = Panel(colour="#00000000", radius=24, pad_x=0, pad_y=0, shadow=0)
    enter: Coming = Coming(animation="fade", seconds=0.5)
    leave: Coming = Coming(animation="fade", seconds=0.4)


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """The picture, as large as its box allows, on its plate if it has one."""
    assert stage.image
    scale, panel = stage.scale, options.panel
    pads = 2 * panel.pad_x * scale, 2 * panel.pad_y * scale
    wide, high = stage.image.width, stage.image.height
    if min(options.width / wide, options.height / high) * min(wide, high) < _LEAST:
        raise InputError(
            f"{stage.image.where}: a picture of {wide} × {high} is too narrow to be shown.",
            remedy="Choose another one.",
        )
    room = [side - pad for side, pad in zip(stage.room(options.place), pads, strict=True)]
    if min(room) < _LEAST:
        raise stage.cramped()
    factor = min(min(options.width * scale, room[0]) / wide, min(options.height * scale, room[1]) / high)
    width, height = max(_LEAST, round(wide * factor)), max(_LEAST, round(high * factor))
    left, top = stage.stand(options.place, width + pads[0], height + pads[1], free=False)
    x, y = round(left + pads[0] / 2), round(top + pads[1] / 2)
    shown = pieces.faint(
        pieces.picture(stage.image, (x, y, x + width, y + height), options.radius * scale), options.opacity
    )
    parts = [shown]
    if not panel.colour.endswith("00") or len(panel.colour) == 7:
        parts.insert(0, pieces.plate((left, top, left + width + pads[0], top + height + pads[1]), panel, scale))
    group = pieces.union([part.box for part in parts])
    return [stage.layer(part, (options.enter, options.leave), group=group) for part in parts]
