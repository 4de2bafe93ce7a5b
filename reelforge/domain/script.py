"""What will be said and shown, before anything is made."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from reelforge.domain.value import Value

CARD_WORDS: Final = 5
"""As many words are read at a glance (row M9): the most of a card, and of a hook."""


class Scene(Value):
    """One thing said over one picture.

    ``visual`` describes the picture wanted; ``picture`` is the absolute path of one a person named; ``card`` is a text
    of at most five words shown over the scene (row M9). ``emphasis`` are words of the narration that stand out in its
    captions.
    """

    narration: str = Field(min_length=1)
    visual: str = ""
    picture: str | None = None
    card: str = ""
    emphasis: tuple[str, ...] = ()


class Script(Value):
    """A whole Reel in words; ``language`` is a BCP 47 tag."""

    title: str = Field(min_length=1)
    hook: str = ""
    scenes: tuple[Scene, ...] = Field(min_length=1)
    hashtags: tuple[str, ...] = ()
    description: str = ""
    language: str = "en"
