"""Voices: a sentence in, speech with the times of its words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from reelforge.domain.cues import Utterance
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext

PARTS: Final = (
    "clauses",
    "command",
    "helper",
    "hosted",
    "kokoro_mlx",
    "kokoro_model",
    "kokoro_symbols",
    "lettering",
    "narrator",
    "phonemes",
    "piper_program",
    "spoken",
    "takes",
)
"""Files of this folder that are not engines."""


class Terms(Struct, frozen=True):
    """What a voice takes and costs.

    ``most_characters`` of spoken text at once (None: any length); a longer sentence is said clause by clause. The
    sentences of a ``paid`` voice are all finished before a failure of one is told: what is begun is kept, and not paid
    for again. A voice with ``continuity`` is told what is said around each sentence.
    """

    most_characters: int | None = None
    paid: bool = False
    continuity: bool = False


class VoiceEngine(Protocol):
    """Speaks one sentence at a time; long texts are split and joined by the narrator.

    An engine may have ``terms`` (:class:`Terms`); one without takes any length and costs nothing.
    """

    name: str
    voice: str

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name, model or program version, and options: whatever changes the sound belongs here."""

    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        """Speak one written sentence (numbers and symbols still as written). A step with slot ``voice``.

        ``language`` is the script's BCP 47 tag; an engine that does not speak it raises InputError. An engine whose
        terms have ``continuity`` takes two more texts: what is said before and after.

        Raises TryLaterError, NeedsPersonError or NeverWorksError; never returns silence or a part.
        """

    def check(self, language: str = "en") -> Iterable[Finding]:
        """What is needed and missing to speak ``language``, each with the sentence that :meth:`speak` would refuse
        with. Blocking.
        """

    async def aclose(self) -> None: ...


def terms_of(engine: VoiceEngine) -> Terms:
    found = getattr(engine, "terms", None)
    return found if isinstance(found, Terms) else Terms()
