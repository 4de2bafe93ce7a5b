"""Voices: a sentence in, speech with the times of its words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext

PARTS: Final = (
    "command",
    "kokoro_model",
    "kokoro_symbols",
    "narrator",
    "phonemes",
    "spoken",
    "takes",
)
"""Files of this folder that are not engines."""


class VoiceEngine(Protocol):
    """Speaks one sentence at a time; long texts are split and joined by the narrator."""

    name: str
    voice: str

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name, model or program version, and options: whatever changes the sound belongs here."""

    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        """Speak one written sentence (numbers and symbols still as written). A step with slot ``voice``.

        ``language`` is the script's BCP 47 tag; an engine that does not speak it raises InputError.

        Raises TryLaterError, NeedsPersonError or NeverWorksError; never returns silence or a part.
        """

    def check(self) -> Iterable[Finding]: ...

    async def aclose(self) -> None: ...
