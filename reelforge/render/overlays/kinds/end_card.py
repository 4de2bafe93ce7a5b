"""The end: the picture dimmed, a logo, what to do, where, each coming up after the one above it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import moving, pieces
from reelforge.render.overlays.options import Colour, Coming, Length, Lettering, Panel, Place
from reelforge.render.overlays.pieces import Piece
from reelforge.render.overlays.stage import Stage
from reelforge.render.text.layout import Block

TITLE: Final = "end card"
TEXTS: Final = ("title", "action", "handle")
IMAGE: Final[Literal["none", "may", "must"]] = "may"
FIXED: Final = False


class Picture(Value):
    """The box into which the logo goes, and its corners."""

    width: Length = 260
    height: Length = 260
    radius: Length = 0


class Options(Value):
    """What ``config/templates/end_card.toml`` explains."""

    width: float = Field(default=860, ge=100, le=2000)
    gap: Length = 76
    dim: Colour = "#0a0b0ff2"
    place: Place = Place(corner="centre")
    image: Picture = Picture()
    title: Lettering = Lettering(size=104)
    action: Lettering = Lettering(size=50, colour="#10141a")
    button: Panel = Panel(colour="#ffe14d", radius=200, pad_x=60, pad_y=40, shadow=0.3)
    handle: Lettering = Lettering(font="Noto Sans Bold", size=44, colour="#c9d3dd")
    enter: Coming = Coming(animation="rise", seconds=0.6, easing="quint_out", travel=70, stagger=0.12)
    leave: Coming = Coming(animation="fade", seconds=0.3)
    action_enter: Coming = Coming(animation="pop", seconds=0.55, stagger=0.14)


class _Row(Struct, frozen=True):
    """One thing below another, ``inset`` px of it around its text."""

    name: str
    width: float
    height: float
    inset: tuple[float, float] = (0.0, 0.0)
    block: Block | None = None


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """The dimming, then logo, title, button and handle."""
    stage = stage.fitted(options.place, lambda smaller: _size(options, smaller))
    scale, rows = stage.scale, _rows(options, stage)
    width, height = _size(options, stage)
    left, top = stage.stand(options.place, width, height, free=False)
    ways = options.enter, options.leave
    found: list[AnyLayer] = [moving.dim(stage, options.dim, ways)]
    y = float(top)
    for nth, row in enumerate(rows):
        x = left + (width - row.width) / 2
        parts = _parts(row, (x, y), options, stage)
        group = pieces.union([part.box for part in parts])
        coming = options.action_enter if row.name == "action" else options.enter
        found += [stage.layer(part, (coming, options.leave), nth=nth, of=len(rows), group=group) for part in parts]
        y += row.height + options.gap * scale
    return found


def _parts(row: _Row, corner: tuple[float, float], options: Options, stage: Stage) -> list[Piece]:
    x, y = corner
    if row.block is None:
        assert stage.image
        whole = round(x), round(y), round(x) + round(row.width), round(y) + round(row.height)
        return [pieces.picture(stage.image, whole, options.image.radius * stage.scale)]
    look = {"title": options.title, "action": options.action, "handle": options.handle}[row.name]
    inner = x + row.inset[0], y + row.inset[1]
    words = pieces.text(row.block, inner, look, stage.scale, centred=row.block.width)
    if row.name != "action":
        return [words]
    edges = x, y, x + row.width, y + row.height
    return [pieces.plate(edges, options.button, stage.scale), words]


def _rows(options: Options, stage: Stage) -> list[_Row]:
    scale, found = stage.scale, []
    room = min(options.width * scale, stage.room(options.place)[0])
    if stage.image:
        box = options.image.width * scale, options.image.height * scale
        factor = min(min(box[0], room) / stage.image.width, box[1] / stage.image.height)
        found.append(_Row("image", max(2.0, stage.image.width * factor), max(2.0, stage.image.height * factor)))
    for name, look in (("title", options.title), ("action", options.action), ("handle", options.handle)):
        inset = (options.button.pad_x * scale, options.button.pad_y * scale) if name == "action" else (0.0, 0.0)
        block = stage.block(name, look, room - 2 * inset[0])
        if block:
            found.append(_Row(name, block.width + 2 * inset[0], block.height + 2 * inset[1], inset, block))
    return found


def _size(options: Options, stage: Stage) -> tuple[float, float]:
    rows = _rows(options, stage)
    height = sum(row.height for row in rows) + (len(rows) - 1) * options.gap * stage.scale
    return max(row.width for row in rows), height
