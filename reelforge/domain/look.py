"""How a channel's Reels look and sound, apart from what they say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reelforge.domain.caption_style import CaptionStyle
from reelforge.domain.timeline import CardStyle, Ducking, Effect, Encode, Rate, SafeArea, Size
from reelforge.domain.value import Value


class MotionLook(Value):
    """How stills move: by one of ``render/motions/``; ``amount`` is the zoom over a whole shot (0.12 = 12 %), eased by
    the curve called ``easing``.
    """

    name: str = "ken_burns"
    amount: float = Field(default=0.12, ge=0, le=1)
    easing: str = "sine_in_out"


class TransitionLook(Value):
    """How one scene gives way to the next: by one of ``render/transitions/``; ``seconds`` is the length of the overlap,
    ``direction`` where things move to.
    """

    name: str = "dissolve"
    seconds: float = Field(default=0.4, ge=0, le=2)
    direction: Literal["left", "right", "up", "down"] = "left"


class MusicLook(Value):
    """How loud the bed is against the narration (dB, before ducking), and how it makes room for speech."""

    gain_db: float = Field(default=-6.0, ge=-60, le=12)
    ducking: Ducking = Ducking()


class SoundEffectsLook(Value):
    """Short sounds (of ``sound/effects/``) at transitions other than a cut, when a card comes, and at the hook; empty
    for none. ``gain_db`` is how loud they are beside the speech.
    """

    transitions: str = ""
    cards: str = ""
    hook: str = ""
    gain_db: float = Field(default=-8.0, ge=-60, le=12)


class Look(Value):
    """Everything :func:`reelforge.recipes.compose.compose` needs to know besides the material."""

    size: Size = Size()
    rate: Rate = Rate()
    captions: CaptionStyle = CaptionStyle()
    cards: CardStyle = CardStyle()
    safe_area: SafeArea = SafeArea()
    motion: MotionLook = MotionLook()
    transition: TransitionLook = TransitionLook()
    effects: tuple[Effect, ...] = ()
    music: MusicLook = MusicLook()
    sound_effects: SoundEffectsLook = SoundEffectsLook()
    encode: Encode = Encode()
    loudness: float = Field(default=-14.0, ge=-40, le=-5)
    true_peak: float = Field(default=-1.0, ge=-12, le=0)
