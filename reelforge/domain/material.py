"""What a narrated Reel is composed of, once everything that costs time or money is there."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from reelforge.domain.cues import Alignment, Narration
from reelforge.domain.music import Bed
from reelforge.domain.picture import Picture
from reelforge.domain.script import Script
from reelforge.domain.value import Value

WORDS: Final = "words"
"""The step of a job under which its material is recorded, each time a person has edited the words anew."""


class Material(Value):
    """The script, its speech, a picture a scene, when every word is said, and the music. ``edit`` counts how often a
    person has changed the words; 0: they are as they were found.
    """

    script: Script
    narration: Narration
    pictures: tuple[Picture, ...]
    alignment: Alignment
    bed: Bed | None = None
    edit: int = Field(default=0, ge=0)

    @property
    def captioned(self) -> Script:
        """The script with the words that its captions show for the narration."""
        said = zip(self.script.scenes, self.alignment.scenes, strict=True)
        scenes = tuple(
            scene.model_copy(update={"narration": " ".join(word.text for word in words.words) or scene.narration})
            for scene, words in said
        )
        return self.script.model_copy(update={"scenes": scenes})
