"""Speech and the times of its words. All times are samples at 48 kHz, counted from the start of the narration."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from reelforge.domain.asset import AssetRef
from reelforge.domain.value import Value

SAMPLE_RATE: Final = 48_000

WordSource = Literal["native", "aligned", "energy", "estimate", "person"]


class Word(Value):
    """A word as it is written (``text``), when it is spoken, and how sure that is (0–1) by which method."""

    text: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    confidence: float = Field(ge=0, le=1)
    source: WordSource


class Utterance(Value):
    """One sentence as an engine spoke it: mono PCM at 48 kHz. ``words`` is empty when the engine gives no times;
    otherwise it has one entry for each written token (:mod:`reelforge.domain.tokens`), times relative to the
    utterance's start.
    """

    text: str
    audio: AssetRef
    samples: int = Field(gt=0)
    words: tuple[Word, ...] = ()


class SpokenScene(Value):
    """One scene's stretch ``[start, end)`` of the narration; scenes follow each other without gap or overlap."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    utterances: tuple[tuple[int, Utterance], ...]
    """(start sample in the narration, utterance), in order."""


class Narration(Value):
    """The whole speech of a Reel as one mono 48 kHz file at the target loudness."""

    audio: AssetRef
    samples: int = Field(gt=0)
    scenes: tuple[SpokenScene, ...]
    engine: str
    voice: str


class SceneWords(Value):
    """Every written word of one scene with its time, in order. ``notes`` are sentences for a person to look into:
    methods that disagree, words that are not heard, speech that is not in the text.
    """

    start: int
    end: int
    words: tuple[Word, ...]
    notes: tuple[str, ...] = ()


class Alignment(Value):
    """When every written word of the script is spoken, scene by scene. ``notes`` are about the whole."""

    samples: int
    scenes: tuple[SceneWords, ...]
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for scene in self.scenes for word in scene.words)

    @property
    def every_note(self) -> tuple[str, ...]:
        return (*self.notes, *(note for scene in self.scenes for note in scene.notes))
