"""How captions look and move: the style that a timeline carries and that ``config/captions.toml`` names."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reelforge.domain.colour import HEX, Colour
from reelforge.domain.value import Value


class CaptionEnter(Value):
    """How the words of a cue come up: pure functions of the time since they do. In the first frame in which a word is
    spoken it can be read already, whatever moves.
    """

    name: Literal[
        "none", "fade", "rise", "fall", "slide", "pop", "scale", "settle", "swing", "bounce", "typewriter"
    ] = "rise"
    """One of ``render/animations.py``, or ``typewriter``, which sets letter after letter."""
    by: Literal["cue", "word"] = "cue"
    """Whether a cue comes up as one, or each word when it is spoken."""
    seconds: float = Field(default=0.1, ge=0, le=3)
    """How long it takes; with ``typewriter`` for each letter, with ``bounce`` the spring alone decides."""
    distance: float = Field(default=0.12, ge=0, le=4)
    """How far words travel in ``rise``, ``fall``, ``slide`` and ``bounce``, in ems: 1 is the letters' size."""
    side: Literal["left", "right", "top", "bottom"] = "left"
    """Where they come from in ``slide``."""
    easing: str = ""
    """The curve of its time, one of ``render/easing.py``; empty for the animation's own."""
    stiffness: float = Field(default=320.0, ge=10, le=5_000)
    """Of the spring, in 1/s² for a mass of 1: the more, the faster it swings."""
    damping: float = Field(default=16.0, ge=2, le=200)
    """Of the spring, in 1/s: the more, the sooner it rests; from twice the root of the stiffness on it does not swing
    at all.
    """


class CaptionLeave(Value):
    """How a cue goes, all of it at once, in its last frames."""

    name: Literal["none", "fade", "rise", "fall", "slide", "pop", "scale", "settle"] = "none"
    """One of ``render/animations.py``, played backwards."""
    seconds: float = Field(default=0.1, ge=0, le=3)
    """How long it takes, once its last word has been said; less where the next cue comes sooner."""


class SpokenWord(Value):
    """How the word that is being spoken is told from the others."""

    name: Literal["none", "colour", "karaoke", "box"] = "colour"
    """``colour`` sets it in the style's ``highlight``, ``karaoke`` fills it with that colour as far as it has been
    spoken, ``box`` puts a rounded box behind it as well, which glides along the line.
    """
    scale: float = Field(default=1.0, ge=0.8, le=1.6)
    """How many times as large it is; long words grow less, so that they do not touch their neighbours."""
    seconds: float = Field(default=0.1, ge=0, le=1)
    """How long it takes to grow, and the box to reach it."""
    keep: bool = True
    """With ``karaoke``, whether words stay filled when they have been said."""
    box: Colour = Field(default="#6d28d9", pattern=HEX)
    """The box's colour."""
    radius: float = Field(default=0.2, ge=0, le=2)
    """Of the box's corners, in ems."""
    padding: float = Field(default=0.14, ge=0, le=1)
    """How far the box reaches beyond the word, in ems."""


class Wave(Value):
    """A wave that runs through a cue as long as it is seen; an amplitude of 0 is none."""

    amplitude: float = Field(default=0.0, ge=0, le=1)
    """How far letters rise and fall, in ems."""
    frequency: float = Field(default=1.0, ge=0.05, le=8)
    """How often they do in a second."""
    delay: float = Field(default=0.05, ge=-2, le=2)
    """How many seconds each is behind the one before it."""
    by: Literal["letter", "word"] = "letter"
    """What rises and falls by itself. Scripts whose letters join move word by word all the same."""


class Emphasis(Value):
    """Which words stand out, and how."""

    numbers: bool = False
    """Whether numbers do, with their signs of currency and per cent, where captions are made from a script."""
    words: tuple[str, ...] = Field(default=(), max_length=200)
    """Words that do, likewise; neither case nor punctuation counts."""
    colour: Colour = Field(default="#ffb703", pattern=HEX)
    """Their colour while they are not being spoken."""
    scale: float = Field(default=1.0, ge=0.5, le=2)
    """How many times as large they are."""


class CaptionStyle(Value):
    """How cues are drawn. Lengths are pixels of a frame whose shorter side is 1080."""

    name: str = "modern"
    """What the style is called; it changes nothing."""
    font: str = "Montserrat ExtraBold"
    """One of ``fonts/``."""
    size: int = Field(default=84, ge=8, le=400)
    """The letters' size, px."""
    colour: Colour = Field(default="#ffffff", pattern=HEX)
    """Of words that are not being spoken."""
    highlight: Colour = Field(default="#ffe14d", pattern=HEX)
    """Of the word that is being spoken."""
    stroke: Colour = Field(default="#000000", pattern=HEX)
    """Of the letters' outline."""
    stroke_width: int = Field(default=8, ge=0, le=40)
    """The outline's width, px."""
    uppercase: bool = False
    """Whether all is set in capitals."""
    y: float = Field(default=0.66, ge=0, le=1)
    """Where the text's centre stands, as a fraction of the height."""
    spacing: float = Field(default=0.0, ge=0, le=2)
    """How much more room than usual there is between words, in ems."""
    leading: float = Field(default=1.16, ge=0.8, le=3)
    """From one baseline to the next, in ems; more where letters would touch."""
    max_words: int = Field(default=4, ge=1, le=12)
    """How many words a caption has at most, where captions are made from a script."""
    max_chars: int = Field(default=26, ge=4, le=120)
    """How many characters a caption has at most, likewise."""
    max_speed: float = Field(default=20.0, ge=5, le=100)
    """How many characters a second people are asked to read at most where speech leaves the time, likewise."""
    shadow: float = Field(default=0.45, ge=0, le=1)
    """The opacity of the soft shadow."""
    waiting: float = Field(default=1.0, ge=0, le=1)
    """The opacity of words that have not been spoken yet; at 0 each word comes when it is."""
    enter: CaptionEnter = CaptionEnter()
    """How words come up."""
    leave: CaptionLeave = CaptionLeave()
    """How cues go."""
    spoken: SpokenWord = SpokenWord()
    """How the word that is being spoken is told from the others."""
    wave: Wave = Wave()
    """A wave through the letters."""
    emphasis: Emphasis = Emphasis()
    """Which words stand out, and how."""
    pop: float | None = Field(default=None, ge=0, le=1)
    """What older documents have in place of ``enter``: the seconds in which a cue comes up; null for none."""

    @property
    def coming(self) -> CaptionEnter:
        """How words come up, whichever way the document says it."""
        return self.enter if self.pop is None else CaptionEnter(seconds=self.pop)
