"""What templates of any kind say: where a thing stands, how its letters and panels look, how it comes and goes.

Lengths are pixels of a frame whose shorter side is 1080.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from reelforge.domain.colour import HEX
from reelforge.domain.value import Value
from reelforge.errors import InputError
from reelforge.render import animations, easing
from reelforge.render.animations import Side

Colour = Annotated[str, Field(pattern=HEX)]
Length = Annotated[float, Field(ge=0, le=2000)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=5)]
Corner = Literal["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"]


def _animation(name: str) -> str:
    try:
        animations.find(name)
    except InputError as error:
        raise ValueError(_said(error, "animation")) from error
    return name


def _easing(name: str) -> str:
    try:
        if name:
            easing.find(name)
    except InputError as error:
        raise ValueError(_said(error, "easing")) from error
    return name


def _said(error: InputError, place: str) -> str:
    return f"{error.message.removeprefix(f'{place}: ').rstrip('.')}. {error.remedy.rstrip('.')}"


class Place(Value):
    """A corner, a side or the centre of the safe area, and the distance from its edges."""

    corner: Corner = "bottom left"
    margin_x: Length = 0
    margin_y: Length = 0


class Coming(Value):
    """How a thing comes in, or goes: one of ``render/animations.py`` within ``seconds``.

    ``side`` is where it comes from (or goes to), in those that have one; ``travel`` how far it moves, 0 for all the way
    from outside the frame. ``easing`` is the curve of its time, empty for the animation's own. Parts follow one another
    ``stagger`` seconds apart; going, the last one goes first.
    """

    animation: Annotated[str, AfterValidator(_animation)] = "fade"
    side: Side = "left"
    seconds: Seconds = 0.4
    easing: Annotated[str, AfterValidator(_easing)] = ""
    travel: Length = 60
    stagger: Seconds = 0


class Lettering(Value):
    """A text's letters. ``font`` is a family of ``fonts/``; ``shadow`` the opacity of a soft shadow."""

    font: str = "Montserrat ExtraBold"
    size: float = Field(default=56, ge=8, le=400)
    colour: Colour = "#ffffff"
    uppercase: bool = False
    shadow: Share = 0
    stroke: Colour = "#000000"
    stroke_width: float = Field(default=0, ge=0, le=40)


class Panel(Value):
    """The plate behind: its colour (an alpha of 00 for none), corners, padding, border and soft shadow."""

    colour: Colour = "#101418e0"
    radius: Length = 20
    pad_x: Length = 40
    pad_y: Length = 34
    border: Length = 0
    border_colour: Colour = "#ffffff40"
    shadow: Share = 0.35
