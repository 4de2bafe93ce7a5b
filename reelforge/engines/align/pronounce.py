"""How the words of a text are said: the spoken words of its tokens with their phones, from espeak-ng's IPA."""

from __future__ import annotations

from collections.abc import Sequence

from reelforge.engines.align.said import Said
from reelforge.engines.align.sphinx.arpabet import arpabet
from reelforge.engines.voice.phonemes.client import EspeakProcess
from reelforge.engines.voice.spoken import Token
from reelforge.errors import InputError, NeedsPersonError, TryLaterError


def espeak_voice(language: str) -> str:
    """espeak-ng's tag for a BCP 47 language tag."""
    return "en-us" if language.lower() == "en" else language


async def pronounced(espeak: EspeakProcess, tokens: Sequence[Token], language: str) -> tuple[Said, ...]:
    """One entry for each spoken word. Without phones where espeak-ng is not there or does not know the language: the
    finders that need them then say so.
    """
    words = [word for token in tokens for word in token.words]
    pauses = [pause for token in tokens for pause in token.pauses]
    english = language.lower().split("-")[0] == "en"
    try:
        ipa = await espeak.phonemes(words, pauses, espeak_voice(language)) if words else ()
    except (InputError, NeedsPersonError, TryLaterError):
        ipa = ("",) * len(words)
    return tuple(
        Said(word, tuple(arpabet(sound).split()) if sound else (), pause, english)
        for word, sound, pause in zip(words, ipa, pauses, strict=True)
    )
