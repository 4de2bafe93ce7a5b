"""Words large in the frame: a small line, the title line by line, a rule, a line below; the picture behind dimmed."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from pydantic import Field

from reelforge.domain.value import Value
from reelforge.render.layer import AnyLayer
from reelforge.render.overlays import moving, pieces
from reelforge.render.overlays.options import Colour, Coming, Length, Lettering, Place
from reelforge.render.overlays.pieces import Piece
from reelforge.render.overlays.stage import Stage
from reelforge.render.text.layout import Block

TITLE: Final = "title card"
TEXTS: Final = ("title", "kicker", "subtitle")
IMAGE: Final[Literal["none", "may", "must"]] = "none"
FIXED: Final = False


class Rule(Value):
    """The bar between the title and the line below; a height of 0 for none."""

    colour: Colour = "#ffe14d"
    width: Length = 132
    height: Length = 10


class Options(Value):
    """What ``config/templates/title_card.toml`` explains."""

    width: float = Field(default=900, ge=100, le=2000)
    gap: Length = 44
    align: Literal["start", "centre"] = "start"
    dim: Colour = "#05080c8c"
    place: Place = Place(corner="left")
    kicker: Lettering = Lettering(font="Noto Sans Bold", size=36, colour="#ffe14d", uppercase=True, shadow=0.3)
    title: Lettering = Lettering(size=116, shadow=0.35)
    subtitle: Lettering = Lettering(font="Noto Sans Bold", size=42, colour="#e4eaf0", shadow=0.35)
    rule: Rule = Rule()
    enter: Coming = Coming(animation="reveal", side="bottom", seconds=0.6, stagger=0.1)
    leave: Coming = Coming(animation="fade", seconds=0.25, stagger=0.03)


class _Row(Struct, frozen=True):
    """One thing below another: its height, and the room above it when it is not the first."""

    height: float
    above: float
    width: float
    block: Block | None
    look: Lettering | None


def layers(options: Options, stage: Stage) -> list[AnyLayer]:
    """The dimming, then every line, each a little after the one above it."""
    stage = stage.fitted(options.place, lambda smaller: _size(_rows(options, smaller)))
    rows = _rows(options, stage)
    width, height = _size(rows)
    left, top = stage.stand(options.place, width, height)
    centred = options.align == "centre"
    parts: list[Piece] = []
    y = float(top)
    for at, row in enumerate(rows):
        y += row.above if at else 0.0
        right = any(other.block and other.block.right_to_left for other in rows)
        x = left + (width - row.width) * (0.5 if centred else 1.0 if right else 0.0)
        if row.block and row.look:
            placed = pieces.spread(row.block, (x, y), row.width if centred else 0.0)
            parts += [pieces.lines([line], row.look, stage.scale) for line in placed]
        else:
            parts.append(pieces.bar((x, y, x + row.width, y + row.height), options.rule.colour, row.height / 2))
        y += row.height
    group = pieces.union([part.box for part in parts])
    found: list[AnyLayer] = [moving.dim(stage, options.dim, (options.enter, options.leave))]
    for nth, part in enumerate(parts):
        found.append(stage.layer(part, (options.enter, options.leave), nth=nth, of=len(parts), group=group))
    return found


def _rows(options: Options, stage: Stage) -> list[_Row]:
    scale = stage.scale
    room = min(options.width * scale, stage.room(options.place)[0])
    gap = options.gap * scale
    found: list[_Row] = []
    for name, look, least in (
        ("kicker", options.kicker, 0.9),
        ("title", options.title, 0.7),
        ("rule", None, 1.0),
        ("subtitle", options.subtitle, 0.9),
    ):
        if look is None:
            if options.rule.height and options.rule.width:
                found.append(
                    _Row(options.rule.height * scale, _below(found, gap), options.rule.width * scale, None, None)
                )
            continue
        block = stage.block(name, look, room, least=least)
        if block:
            found.append(_Row(block.height, _below(found, gap), block.width, block, look))
    return found


def _below(rows: list[_Row], gap: float) -> float:
    """The room under the last of some rows, their descenders kept free."""
    block = rows[-1].block if rows else None
    return max(gap, block.lines[-1].ink[3] + gap / 2) if block else gap


def _size(rows: list[_Row]) -> tuple[float, float]:
    return max(row.width for row in rows), sum(row.height + (row.above if at else 0) for at, row in enumerate(rows))
