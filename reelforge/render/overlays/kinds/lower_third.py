"""A name and what it stands for, low in the frame: a bar grows, a panel opens beside it, the lines come up in it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Literal

from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import pieces
from reelforge.render.overlays.options import Colour, Coming, Length, Lettering, Panel, Place
from reelforge.render.overlays.stage import Stage
from reelforge.render.text.layout import Block

TITLE: Final = "lower third"
TEXTS: Final = ("name", "title")
IMAGE: Final[Literal["none", "may", "must"]] = "none"
FIXED: Final = False


class Accent(Value):
    """The upright bar at the panel's leading edge; a width of 0 for none."""

    colour: Colour = "#ffe14d"
    width: Length = 10


class Options(Value):
    """What ``config/templates/lower_third.toml`` explains."""

    width: float = Field(default=820, ge=100, le=2000)
    gap: Length = 30
    place: Place = Place(corner="bottom left", margin_y=56)
    name: Lettering = Lettering(size=58)
    title: Lettering = Lettering(font="Noto Sans Bold", size=36, colour="#c9d3dd")
    panel: Panel = Panel(colour="#0e1218eb", radius=14, pad_x=34, pad_y=32, shadow=0.4)
    accent: Accent = Accent()
    enter: Coming = Coming(animation="wipe", seconds=0.5, easing="expo_out", stagger=0.09)
    leave: Coming = Coming(animation="wipe", seconds=0.35, easing="cubic_out", stagger=0.05)
    text_enter: Coming = Coming(animation="reveal", side="bottom", seconds=0.5, stagger=0.13)
    text_leave: Coming = Coming(animation="fade", seconds=0.2, stagger=0.12)


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """Bar, panel, name and title, each a little after the one before it."""
    stage = stage.fitted(options.place, lambda smaller: _size(options, smaller, _blocks(options, smaller)))
    scale, blocks = stage.scale, _blocks(options, stage)
    width, height = _size(options, stage, blocks)
    left, top = stage.stand(options.place, width, height)
    right_to_left = blocks[0].right_to_left
    bar = options.accent.width * scale
    edges = (
        (left, top, left + width - bar, top + height)
        if right_to_left
        else (left + bar, top, left + width, top + height)
    )
    bar_left = left + width - bar if right_to_left else left
    parts = [pieces.plate(edges, options.panel, scale)]
    if bar:
        parts.insert(0, pieces.bar((bar_left, top, bar_left + bar, top + height), options.accent.colour, bar / 2))
    group = pieces.union([part.box for part in parts])
    ways = options.enter, options.leave
    if right_to_left:
        ways = (
            ways[0].model_copy(update={"side": _across(ways[0])}),
            ways[1].model_copy(update={"side": _across(ways[1])}),
        )
    of = len(parts) + len(blocks)
    found: list[AnyLayer] = []
    for nth, part in enumerate(parts):
        grown = tuple(way.model_copy(update={"side": "bottom"}) for way in ways) if bar and not nth else ways
        found.append(stage.layer(part, (grown[0], grown[1]), nth=nth, of=of, group=group))
    y = top + options.panel.pad_y * scale
    for nth, (block, look) in enumerate(zip(blocks, (options.name, options.title), strict=False)):
        start = (
            edges[2] - options.panel.pad_x * scale - block.width
            if right_to_left
            else edges[0] + options.panel.pad_x * scale
        )
        piece = pieces.text(block, (start, y), look, scale)
        found.append(
            stage.layer(piece, (options.text_enter, options.text_leave), nth=len(parts) + nth, of=of, group=group)
        )
        y += block.height + _gap(options, stage, block)
    return found


def _across(way: Coming) -> str:
    return {"left": "right", "right": "left"}.get(way.side, way.side)


def _blocks(options: Options, stage: Stage) -> list[Block]:
    panel = options.panel
    room = min(options.width * stage.scale, stage.room(options.place)[0])
    room -= (2 * panel.pad_x + options.accent.width) * stage.scale
    found = (stage.block("name", options.name, room), stage.block("title", options.title, room, least=0.9))
    return [block for block in found if block]


def _gap(options: Options, stage: Stage, block: Block) -> float:
    """From the last baseline of a block to the top of the capitals below it."""
    below = max((line.ink[3] for line in block.lines), default=0.0)
    return max(options.gap * stage.scale, below + 0.4 * options.gap * stage.scale)


def _size(options: Options, stage: Stage, blocks: list[Block]) -> tuple[float, float]:
    panel = options.panel
    height = sum(block.height for block in blocks) + sum(_gap(options, stage, above) for above, _ in pairwise(blocks))
    width = max(block.width for block in blocks) + (2 * panel.pad_x + options.accent.width) * stage.scale
    return width, height + 2 * panel.pad_y * stage.scale
