"""espeak-ng: the floor. It speaks over a hundred languages, robotically, at once, and tells when each word begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reelforge.domain.asset import Provenance
from reelforge.domain.cues import SAMPLE_RATE, Utterance, Word
from reelforge.domain.doctor import Finding
from reelforge.domain.job import StepContext, step
from reelforge.domain.value import Value
from reelforge.engines.voice import takes
from reelforge.engines.voice.phonemes.client import EspeakProcess, EspeakSpeech, espeak_version, espeak_voice_finding
from reelforge.engines.voice.phonemes.letters import with_letter_names
from reelforge.engines.voice.spoken import VERSION, Token, laid_out, spoken
from reelforge.errors import InputError, NeverWorksError

_TOLD: Final = 0.95
_INTERPOLATED: Final = 0.6
_NATURAL_WORDS_PER_MINUTE: Final = 165
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class Options(Value):
    """``voice``: a language tag (``en-us``, ``de``, ``pt-br``) or espeak voice; empty follows the script's language.

    ``words_per_minute`` 80–450, ``pitch`` 0–99.
    """

    voice: str = ""
    words_per_minute: int = Field(default=165, ge=80, le=450)
    pitch: int = Field(default=50, ge=0, le=99)


class Engine:
    """Fulfils :class:`reelforge.engines.voice.VoiceEngine`."""

    name = "espeak"

    def __init__(self, options: Options) -> None:
        self.voice = options.voice or "auto"
        self._options = options
        self._espeak = EspeakProcess()

    @property
    def identity(self) -> Mapping[str, Any]:
        options = self._options.model_dump(mode="json")
        return {"name": self.name, "version": espeak_version(), "spoken": VERSION, **options}

    @step(slot="voice", version=2)
    async def speak(self, context: StepContext, sentence: str, language: str = "en") -> Utterance:
        """Raises InputError when espeak-ng has no voice for the language or the sentence has no words."""
        voice = self._voice_for(language)
        _refuse_unreadable(sentence, voice)
        tokens = spoken(sentence, voice)
        text, places = _text(tokens, voice)
        if not places:
            raise InputError(f"There is nothing to say in {sentence!r}.", remedy="Give the scene words.")
        pace = self._options.words_per_minute / _NATURAL_WORDS_PER_MINUTE
        speech = await self._espeak.speak(text, voice, self._options.words_per_minute, self._options.pitch)
        utterance: Utterance = await context.in_thread(_take, context, sentence, tokens, places, speech, pace)
        return utterance

    def check(self, language: str = "en") -> Iterable[Finding]:
        yield espeak_voice_finding("espeak's voice", self._voice_for(language))

    async def aclose(self) -> None:
        await self._espeak.aclose()

    def _voice_for(self, language: str) -> str:
        return self._options.voice or ("en-us" if language.lower() == "en" else language)


def _refuse_unreadable(sentence: str, voice: str) -> None:
    """espeak-ng has readings of Chinese characters in Chinese alone; in Japanese it says “Chinese letter” for each."""
    found = _HAN.search(sentence)
    if found and re.split("[-_]", voice.lower())[0] == "ja":
        raise InputError(
            f"espeak-ng cannot read {found[0]!r} in “{sentence}”: in Japanese it knows no Chinese characters.",
            remedy="Write the words in kana, or choose another voice.",
        )


def _text(tokens: Sequence[Token], voice: str) -> tuple[str, list[tuple[int, int]]]:
    """The text to speak, and where each spoken word stands in it as (first character, end)."""
    return laid_out(tokens, with_letter_names([word for token in tokens for word in token.words], voice))


def _starts(
    places: Sequence[tuple[int, int]], events: Sequence[tuple[int, int, int]], total: int
) -> tuple[list[int], list[bool]]:
    """The start sample of each spoken word, and whether espeak told it.

    Words that espeak runs together (``of the``) give one event for all: those without share the time up to the next
    event by their letters.
    """
    told: dict[int, int] = {0: 0}
    for position, _length, sample in events:
        word = next((index for index, (start, end) in enumerate(places) if start <= position < end), None)
        if word is not None and word not in told and word > max(told) and sample >= max(told.values()):
            told[word] = sample
    starts: list[int] = []
    known = sorted(told)
    for first, following in zip(known, [*known[1:], len(places)], strict=True):
        begin, end = told[first], told.get(following, total)
        weights = [stop - start + 1 for start, stop in places[first:following]]
        passed = 0
        for weight in weights:
            starts.append(begin + (end - begin) * passed // sum(weights))
            passed += weight
    return starts, [index in told for index in range(len(places))]


def _take(
    context: StepContext,
    sentence: str,
    tokens: Sequence[Token],
    places: Sequence[tuple[int, int]],
    speech: EspeakSpeech,
    pace: float,
) -> Utterance:
    context.check_cancelled()
    rate = speech.rate
    whole: NDArray[np.float32] = speech.pcm.astype(np.float32) / np.float32(32768)
    pauses = takes.pauses_in(tokens)
    if found := takes.flaw(whole, rate, takes.sounds_in(tokens), pauses=pauses, speed=pace):
        raise NeverWorksError(f"espeak-ng's recording of “{sentence}” {found}.", remedy="Put the sentence another way.")
    onset, sounding_end = takes.heard(whole, rate)
    starts, told = _starts(places, speech.words, sounding_end)
    spans = takes.from_onset(takes.ends_from_sound(whole, rate, starts), onset, rate // 40)
    samples, cut = takes.trimmed(whole, rate)
    total = len(samples) * SAMPLE_RATE // rate
    moved = [tuple(max(0, round((edge - cut) * SAMPLE_RATE / rate)) for edge in span) for span in spans]
    written = takes.written_times(tokens, [(start, end) for start, end in moved], total)
    sure = iter(told)
    words = []
    for token, (start, end) in zip(tokens, written, strict=True):
        known = [next(sure) for _ in token.words][:1] != [False]
        words.append(
            Word(
                text=token.written,
                start=start,
                end=end,
                confidence=_TOLD if known else _INTERPOLATED,
                source="native" if known else "estimate",
            )
        )
    provenance = Provenance(source="espeak", title="Narration", model=f"espeak-ng ({espeak_version()})")
    return takes.keep(context.assets, sentence, samples, rate, words, provenance)
